package dev.stampede;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.http.problem.ProblemCode;
import dev.stampede.support.Page;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** No link of the documentation is dead, and everything that is exported is explained. */
class DocsTest {
    private static final List<String> ROOTS = List.of(
            "README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs", "loadtests", "src/clients");
    /** Where texts name pages in words. */
    private static final List<String> TEXTS = List.of("src/main/java", "src/main/resources", "src/test/java", "k8s");

    private static final Pattern ELSEWHERE = Pattern.compile("(https?|mailto):.*");
    private static final Pattern NAMED = Pattern.compile("\\bdocs/[a-z/]+\\.md(?:#([a-z0-9_-]+))?");
    private static final Pattern METER =
            Pattern.compile("(?:builder\\(|gauge\\(|budget\\(|DISCARDED = )\"(stampede(?:\\.[a-z]+)+)\"");
    private static final int MOST_WORDS_OF_THE_README = 1000;

    /** Codes of calls that no till makes. */
    private static final Set<ProblemCode> NOT_OF_TILLS = EnumSet.of(
            ProblemCode.KEY_NOT_FOUND,
            ProblemCode.PAIRING_NOT_FOUND,
            ProblemCode.KEY_REVOKED,
            ProblemCode.ROTATION_PENDING,
            ProblemCode.LAST_KEY,
            ProblemCode.NOT_A_SANDBOX,
            ProblemCode.CLOCK_GOES_BACK,
            ProblemCode.PROGRAM_INVALID,
            ProblemCode.VERSION_CONFLICT,
            ProblemCode.BUDGET_TOO_SMALL,
            ProblemCode.PRECONDITION_FAILED,
            ProblemCode.POINTS_LEFT);

    private static List<Path> files(String root, String ending) throws IOException {
        try (Stream<Path> paths = Files.walk(Path.of(root))) {
            return paths.filter(path -> path.toString().endsWith(ending))
                    .filter(path -> !path.toString().contains("/target/"))
                    .sorted()
                    .toList();
        }
    }

    /** Why a link leads nowhere; null if it does not. */
    private static String flaw(Path from, String link) throws IOException {
        String[] parts = link.split("#", 2);
        Path target = parts[0].isEmpty() ? from : from.resolveSibling(parts[0]).normalize();
        if (!Files.exists(target)) {
            return from + ": there is no " + target;
        }
        if (parts.length == 2
                && !(target.toString().endsWith(".md") && Page.read(target).has(parts[1]))) {
            return from + ": " + target + " has no #" + parts[1];
        }
        return null;
    }

    @Test
    void noLinkIsDead() throws Exception {
        List<String> flaws = new ArrayList<>();
        int links = 0;
        for (String root : ROOTS) {
            for (Path path : files(root, ".md")) {
                for (String link : Page.read(path).links()) {
                    if (!ELSEWHERE.matcher(link).matches()) {
                        links++;
                        addIfAny(flaws, flaw(path, link));
                    }
                }
            }
        }
        assertEquals(List.of(), flaws);
        assertTrue(links > 300, links + " links");
    }

    @Test
    void pagesThatTextsNameAreThere() throws Exception {
        List<String> flaws = new ArrayList<>();
        for (String root : TEXTS) {
            for (Path path : files(root, "")) {
                if (Files.isRegularFile(path) && path.toString().matches(".*\\.(java|lua|sql|yaml|properties)")) {
                    Matcher named = NAMED.matcher(Files.readString(path));
                    while (named.find()) {
                        String flaw = flaw(Path.of("README.md"), named.group());
                        addIfAny(flaws, flaw == null ? null : path + ": " + flaw);
                    }
                }
            }
        }
        assertEquals(List.of(), flaws);
    }

    private static void addIfAny(List<String> flaws, String flaw) {
        if (flaw != null) {
            flaws.add(flaw);
        }
    }

    /** Whoever looks at a metric finds what it means. {@code AlertRulesTest} does the same for alerts. */
    @Test
    void eachMetricIsExplained() throws Exception {
        String manual = Files.readString(Path.of("docs/operate.md"));
        Set<String> missing = new TreeSet<>();
        int meters = 0;
        for (Path source : files("src/main/java", ".java")) {
            Matcher meter = METER.matcher(Files.readString(source));
            while (meter.find()) {
                meters++;
                String name = meter.group(1).replace('.', '_');
                if (!Pattern.compile("`" + name + "(_total|_seconds)?`")
                        .matcher(manual)
                        .find()) {
                    missing.add(name);
                }
            }
        }
        assertEquals(Set.of(), missing);
        assertTrue(meters > 30, meters + " metrics");
    }

    /** What a till does with each answer is in one table. */
    @Test
    void tillsKnowWhatToDoWithEachCode() throws Exception {
        String page = Files.readString(Path.of("docs/tills.md"));
        String table = page.substring(page.indexOf("## Every answer"), page.indexOf("## How long to wait"));
        Set<ProblemCode> told = EnumSet.noneOf(ProblemCode.class);
        for (ProblemCode code : ProblemCode.values()) {
            if (table.contains("`" + code.code() + "`")) {
                told.add(code);
                String row = table.lines()
                        .filter(line -> line.contains("`" + code.code() + "`"))
                        .findFirst()
                        .orElseThrow();
                assertTrue(row.contains(Integer.toString(code.status())), code + " has the status " + code.status());
            }
        }
        assertEquals(EnumSet.complementOf(EnumSet.copyOf(NOT_OF_TILLS)), told);
    }

    /** A door for each reader, and no more. */
    @Test
    void theReadmeIsShort() throws Exception {
        String readme = Files.readString(Path.of("README.md"));
        int words = readme.strip().split("\\s+").length;
        assertTrue(words <= MOST_WORDS_OF_THE_README, words + " words");
        for (Path page : files("docs", ".md")) {
            assertFalse(Files.readString(page).isBlank(), page.toString());
        }
    }
}
