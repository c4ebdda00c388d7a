package dev.stampede.program.reading;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The table {@code mistakes.txt}: each mistake is one change of one programme, and is found once, where it is, as what
 * it is.
 */
class MistakesTest {
    private static final Path TABLE = Path.of("src/test/resources/programs/mistakes.txt");
    /** In the changed text, where the finding must point to. */
    private static final String HERE = "\u00a6";

    /**
     * @param expected each finding that must be there, as {@code level code pointer}; the first one is at {@link #HERE}
     */
    private record Mistake(int row, String program, String before, String after, List<String> expected) {
        @Override
        public String toString() {
            return "row " + row + ": " + after;
        }
    }

    /** Rows of {@code program | before | after | findings}; {@code \n} is a line break. */
    static List<Mistake> mistakes() {
        List<Mistake> mistakes = new ArrayList<>();
        List<String> lines;
        try {
            lines = Files.readAllLines(TABLE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        for (int i = 0; i < lines.size(); i++) {
            if (!lines.get(i).isBlank() && !lines.get(i).startsWith("#")) {
                String[] cells = lines.get(i).split(" +\\| +");
                assertEquals(4, cells.length, "row " + (i + 1));
                mistakes.add(new Mistake(
                        i + 1,
                        cells[0],
                        cells[1].replace("\\n", "\n"),
                        cells[2].replace("\\n", "\n").replace("(nothing)", ""),
                        List.of(cells[3].trim().split(", "))));
            }
        }
        return mistakes;
    }

    @ParameterizedTest
    @MethodSource("mistakes")
    void isFound(Mistake mistake) {
        String document = Documents.published(mistake.program);
        assertTrue(document.contains(mistake.before), () -> mistake.program + " has no " + mistake.before);
        String marked = document.replaceFirst(Pattern.quote(mistake.before), Matcher.quoteReplacement(mistake.after));
        List<Finding> before = DocumentReader.read(document).findings();
        Reading reading = DocumentReader.read(marked.replace(HERE, ""));
        List<Finding> findings = reading.findings().stream()
                .filter(finding -> before.stream().noneMatch(known -> isSame(known, finding)))
                .toList();

        assertEquals(
                mistake.expected.stream().sorted().toList(),
                findings.stream().map(MistakesTest::told).sorted().toList(),
                () -> findings.toString());
        if (marked.contains(HERE)) {
            Finding first = findings.stream()
                    .filter(finding -> told(finding).equals(mistake.expected.get(0)))
                    .findFirst()
                    .orElseThrow();
            String until = marked.substring(0, marked.indexOf(HERE));
            assertEquals(until.lines().count() + (until.endsWith("\n") ? 1 : 0), first.line(), first.toString());
            assertEquals(until.length() - until.lastIndexOf('\n'), first.column(), first.toString());
        }
        if (findings.stream().anyMatch(finding -> finding.level() == Finding.Level.ERROR)) {
            assertNull(reading.document());
        }
        findings.forEach(MistakesTest::isASentence);
    }

    /** At the same place of the document, wherever that stands in the text. */
    private static boolean isSame(Finding one, Finding other) {
        return told(one).equals(told(other));
    }

    private static String told(Finding finding) {
        return (finding.level().word() + " " + finding.code().word() + " " + finding.pointer()).strip();
    }

    private static void isASentence(Finding finding) {
        String message = finding.message();
        assertTrue(message.matches("(?s)[\"A-Z0-9-].*[.?}]"), message);
        assertTrue(message.length() < 1000, message);
        assertTrue(message.codePoints().allMatch(Words::isPrintable), message);
    }

    @Test
    void eachCodeIsInTheTable() {
        Set<Finding.Code> missing = EnumSet.allOf(Finding.Code.class);
        for (Mistake mistake : mistakes()) {
            for (String finding : mistake.expected) {
                missing.remove(Finding.Code.valueOf(finding.split(" ")[1].toUpperCase(Locale.ROOT)));
            }
        }
        assertEquals(Set.of(), missing);
    }
}
