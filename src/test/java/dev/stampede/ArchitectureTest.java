package dev.stampede;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaFieldAccess;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.domain.properties.HasName;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Future;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.context.RequestScoped;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The habits of this codebase that a compiler doesn't hold. */
class ArchitectureTest {

    private static final String[] PURE = {
        "dev.stampede.points..", "dev.stampede.pricing..", "dev.stampede.award..", "dev.stampede.rules.."
    };

    private static final int MAX_LINE = 120;

    private static JavaClasses main;

    @BeforeAll
    static void read() {
        main = new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages("dev.stampede");
    }

    @Test
    void pointsAndPricingArePure() {
        classes()
                .that()
                .resideInAnyPackage(PURE)
                .should()
                .onlyDependOnClassesThat(JavaClass.Predicates.resideInAnyPackage(PURE)
                        .or(JavaClass.Predicates.resideInAPackage("dev.stampede.document.."))
                        .or(JavaClass.Predicates.resideInAnyPackage("java..", "org.jspecify.annotations..")))
                .because("points arithmetic knows no framework, no clock and no I/O")
                .check(main);
    }

    @Test
    void theDocumentIsAValue() {
        classes()
                .that()
                .resideInAPackage("dev.stampede.document..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage("dev.stampede.document..", "java..", "org.jspecify.annotations..")
                .because("whoever reads a programme need not know how it was written or where it is stored")
                .check(main);
    }

    /** What Lua must be able to do as well. */
    @Test
    void awardsAreSettledOnWholeNumbers() {
        noClasses()
                .that()
                .resideInAPackage("dev.stampede.award..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("java.math..", "java.time..")
                .orShould()
                .dependOnClassesThat()
                .belongToAnyOf(Double.class, Float.class)
                .because("the same settlement runs in Redis: decimals and time zones stay in rules")
                .check(main);
    }

    @Test
    void everyPackageSaysWhatMayBeNull() {
        assertEquals(
                Set.of(),
                main.stream()
                        .map(JavaClass::getPackage)
                        .filter(found -> !found.isAnnotatedWith(NullMarked.class))
                        .map(JavaPackage::getName)
                        .collect(Collectors.toSet()),
                "packages without @NullMarked, which NullAway passes over");
    }

    /** The arrows of ARCHITECTURE.md: each package, and what of the project it may know. */
    @Test
    void arrowsPointDown() {
        Map<String, List<String>> mayKnow = Map.ofEntries(
                Map.entry("points", List.of()),
                Map.entry("document", List.of()),
                Map.entry("award", List.of("points")),
                Map.entry("codec", List.of("award", "points")),
                Map.entry("rules", List.of("document", "award", "points")),
                Map.entry("pricing", List.of("points")),
                Map.entry("account", List.of("rules", "pricing", "award", "codec", "points")),
                Map.entry("redis", List.of()),
                Map.entry("propose", List.of("redis", "account", "points")),
                Map.entry("postgres", List.of()),
                Map.entry("access", List.of("postgres", "account")),
                Map.entry("seal", List.of("postgres", "account", "award", "points")),
                Map.entry("program", List.of("postgres", "rules", "codec", "document", "points")),
                Map.entry(
                        "gateway",
                        List.of("propose", "seal", "redis", "postgres", "account", "award", "codec", "points")),
                Map.entry(
                        "http",
                        List.of(
                                "access",
                                "gateway",
                                "program",
                                "pricing",
                                "rules",
                                "document",
                                "account",
                                "award",
                                "codec",
                                "points")),
                Map.entry(
                        "earn",
                        List.of(
                                "access",
                                "http",
                                "program",
                                "pricing",
                                "rules",
                                "account",
                                "award",
                                "document",
                                "points")),
                Map.entry("redeem", List.of("access", "http", "pricing", "account")),
                Map.entry("hold", List.of("access", "history", "http", "pricing", "account")),
                Map.entry("reverse", List.of("access", "http", "pricing", "rules", "account", "points")),
                Map.entry("manage", List.of("access", "http", "program", "rules", "account", "award", "points")),
                Map.entry(
                        "balance",
                        List.of("access", "http", "gateway", "program", "rules", "account", "award", "points")),
                Map.entry("history", List.of("access", "http", "gateway", "account", "points")),
                Map.entry("codes", List.of("access", "http", "gateway", "program")),
                Map.entry("live", List.of("access", "http", "gateway", "seal", "program", "document", "account")),
                Map.entry("search", List.of("access", "http", "gateway", "program", "document", "account", "points")),
                Map.entry(
                        "publish",
                        List.of(
                                "access",
                                "http",
                                "gateway",
                                "seal",
                                "program",
                                "rules",
                                "document",
                                "account",
                                "points")),
                Map.entry(
                        "quote",
                        List.of(
                                "access",
                                "publish",
                                "history",
                                "http",
                                "gateway",
                                "seal",
                                "program",
                                "rules",
                                "account",
                                "award",
                                "codec",
                                "document",
                                "points")),
                Map.entry(
                        "simulate",
                        List.of(
                                "access",
                                "publish",
                                "http",
                                "gateway",
                                "program",
                                "rules",
                                "account",
                                "award",
                                "codec",
                                "document",
                                "points")),
                Map.entry("keys", List.of("access", "http", "gateway", "program")),
                Map.entry("console", List.of("access", "http", "gateway", "program", "document", "balance", "live")),
                Map.entry("verify", List.of("account", "points")),
                Map.entry("embedded", List.of()),
                Map.entry("cli", List.of()),
                Map.entry(
                        "start",
                        List.of(
                                "access",
                                "cli",
                                "embedded",
                                "verify",
                                "publish",
                                "search",
                                "gateway",
                                "program",
                                "rules",
                                "codec",
                                "seal",
                                "redis",
                                "postgres")));
        mayKnow.forEach((name, others) -> {
            List<String> allowed = new ArrayList<>(others);
            allowed.add(name);
            noClasses()
                    .that()
                    .resideInAPackage("dev.stampede." + name + "..")
                    .should()
                    .dependOnClassesThat(DescribedPredicate.describe(
                            "are of the project but not in " + allowed,
                            (JavaClass known) -> known.getPackageName().startsWith("dev.stampede.")
                                    && !allowed.contains(known.getPackageName().split("\\.")[2])))
                    .check(main);
        });
        classes()
                .should()
                .resideInAnyPackage(mayKnow.keySet().stream()
                        .map(name -> "dev.stampede." + name + "..")
                        .toArray(String[]::new))
                .because("a package without arrows is not on the map")
                .check(main);
    }

    /** Of HTTP's four jobs: features see how a call is read, told and refused, not what came before them. */
    @Test
    void nobodyKnowsWhatARequestHasPassed() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.stampede.http.server..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("dev.stampede.http.server..")
                .because("a feature begins where the filters end")
                .check(main);
    }

    /** The compiler copies constants, so that the classes do not show where they are from. */
    @Test
    void nobodyImportsWhatARequestHasPassed() throws IOException {
        try (Stream<Path> sources = Files.walk(Path.of("src/main/java"))) {
            for (Path source : sources.filter(Files::isRegularFile).toList()) {
                assertTrue(
                        source.toString().contains("/http/server/")
                                || !Files.readString(source).contains("import dev.stampede.http.server."),
                        source.toString());
            }
        }
    }

    @Test
    void linesFitOnAScreen() throws IOException {
        List<String> longer = new ArrayList<>();
        for (String root : List.of("src", "loadtests/src")) {
            try (Stream<Path> sources = Files.walk(Path.of(root))) {
                for (Path source : sources.filter(file -> file.toString().endsWith(".java"))
                        .toList()) {
                    Files.readAllLines(source).stream()
                            .filter(line -> line.length() > MAX_LINE)
                            .forEach(line -> longer.add(source + ": " + line));
                }
            }
        }
        assertEquals(List.of(), longer);
    }

    @Test
    void packagesKnowEachOtherOneWayOnly() {
        slices().matching("dev.stampede.(**)")
                .should()
                .beFreeOfCycles()
                .because("one of two that know each other can't be read alone")
                .check(main);
    }

    @Test
    void pointsAndPricingReadNoClock() {
        noClasses()
                .that()
                .resideInAnyPackage(PURE)
                .should()
                .callMethodWhere(JavaCall.Predicates.target(
                        HasName.Predicates.nameMatching("now|currentTimeMillis|nanoTime|randomUUID")))
                .because("time, randomness and ids are passed in")
                .check(main);
    }

    @Test
    void nobodyDependsOnTheEmbeddedServers() {
        noClasses()
                .that()
                .resideOutsideOfPackages("dev.stampede.embedded..", "dev.stampede.start..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("dev.stampede.embedded..")
                .because("where Postgres and Redis run is a matter of configuration")
                .allowEmptyShould(true)
                .check(main);
    }

    @Test
    void namesAreNounsOfTheField() {
        noClasses()
                .should()
                .haveNameMatching(".*(Impl|Manager|Helper|Util|Utils|Dto)")
                .because("such a name says nothing about points")
                .check(main);
    }

    @Test
    void nothingBlocks() {
        noClasses()
                .should()
                .callMethodWhere(sleepsOrAwaits())
                .because("an event loop that waits serves nobody")
                .check(main);
    }

    @Test
    void nobodyReachesIntoABean() {
        noClasses()
                .should()
                .accessFieldWhere(DescribedPredicate.describe(
                        "is one of somebody else's bean",
                        (JavaFieldAccess access) -> isProxied(access.getTargetOwner())
                                && !isWithin(access.getOriginOwner(), access.getTargetOwner())
                                && access.getTarget()
                                        .resolveMember()
                                        .filter(field -> !field.getModifiers().contains(JavaModifier.STATIC))
                                        .isPresent()))
                .because("what is injected is a proxy, one for all: its fields are nobody's")
                .check(main);
    }

    private static boolean isWithin(JavaClass one, JavaClass other) {
        return one.equals(other) || one.getName().startsWith(other.getName() + '$');
    }

    private static boolean isProxied(JavaClass bean) {
        return bean.isAnnotatedWith(ApplicationScoped.class) || bean.isAnnotatedWith(RequestScoped.class);
    }

    private static DescribedPredicate<? super JavaMethodCall> sleepsOrAwaits() {
        return DescribedPredicate.describe("sleeps, or waits for a result", call -> switch (call.getName()) {
            case "sleep" ->
                call.getTargetOwner().isEquivalentTo(Thread.class)
                        || call.getTargetOwner().isEquivalentTo(TimeUnit.class);
            case "await" ->
                call.getTargetOwner().isAssignableTo(Uni.class)
                        || call.getTargetOwner().isAssignableTo(Future.class);
            default -> false;
        });
    }
}
