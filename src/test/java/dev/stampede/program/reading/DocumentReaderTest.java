package dev.stampede.program.reading;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

class DocumentReaderTest {
    static final List<String> NAMES = Documents.NAMES;

    private static List<String> codes(Reading reading) {
        return reading.findings().stream().map(finding -> finding.code().word()).toList();
    }

    @Test
    void theRepositoryHasSixProgrammesAndTheDemo() {
        assertEquals(
                Stream.concat(NAMES.stream(), Stream.of("demo"))
                        .sorted()
                        .map(name -> name + ".json")
                        .toList(),
                Documents.files());
    }

    @ParameterizedTest
    @FieldSource("NAMES")
    void whatAUserLoadsIsRead(String name) {
        Reading reading = DocumentReader.read(Documents.published(name));

        assertEquals(
                List.of(),
                reading.findings().stream()
                        .filter(finding -> finding.level() == Finding.Level.ERROR)
                        .toList());
        assertNotNull(reading.document());
        assertEquals(name, reading.document().program());
    }

    @ParameterizedTest
    @FieldSource("NAMES")
    void theWholeFormatIsRead(String name) {
        Reading reading = DocumentReader.read(Documents.whole(name));
        assertEquals(
                List.of(),
                reading.findings().stream()
                        .filter(finding -> finding.level() == Finding.Level.ERROR)
                        .toList());
        assertNotNull(reading.document());
    }

    @Test
    void whatNobodyRefersToIsAWarning() {
        assertEquals(
                List.of("/attributes/0/id unused", "/attributes/1/id unused", "/itemAttributes/1/id unused"),
                DocumentReader.read(Documents.published("airline")).findings().stream()
                        .map(finding -> finding.pointer() + " " + finding.code().word())
                        .toList());
    }

    @Test
    void aFindingSaysWhereItIs() {
        Reading reading = DocumentReader.read("{\n  \"format\": \"stampede.program/1\",\n\t\"name\": 7\n}");

        Finding found = reading.findings().stream()
                .filter(finding -> finding.pointer().equals("/name"))
                .findFirst()
                .orElseThrow();
        assertEquals(
                new Finding(
                        Finding.Level.ERROR,
                        "/name",
                        3,
                        10,
                        Finding.Code.BAD_VALUE,
                        "This is a number. Write a text of 1 to 200 characters."),
                found);
    }

    @Test
    void aStageReportsEverything() {
        String text = Documents.published("coffee")
                .replace("\"currency\": \"USD\"", "\"currency\": \"USX\"")
                .replace("\"America/Los_Angeles\"", "\"America/Los Angeles\"")
                .replace("\"pendingDays\": 0", "\"pendingDays\": 367")
                .replace("\"multiplier\": \"1.2\"", "\"multiplier\": 1.2")
                .replace("\"2026-12-08\"", "\"2026-12-38\"")
                .replace("\"give\": {\"points\": 5}", "\"give\": {\"points\": 5, \"reward\": \"brewed\"}")
                .replace("\"on\": \"redeem\", \"of\": \"uses\"", "\"on\": \"redeem\"");

        assertEquals(
                List.of(
                        "no_such_time_zone",
                        "no_such_currency",
                        "out_of_range",
                        "not_decimal",
                        "no_such_date",
                        "one_of",
                        "missing"),
                codes(DocumentReader.read(text)));
    }

    @Test
    void oneStageAtATime() {
        String meaning =
                Documents.published("coffee").replace("\"to\": \"2027-01-01T00:00\"", "\"to\": \"2026-01-01T00:00\"");
        String reference = meaning.replace("\"group\": \"extras\"", "\"group\": \"extra\"");
        String shape = reference.replace("\"currency\": \"USD\"", "\"currency\": \"USX\"");
        String text = shape + "}";

        assertEquals(List.of("trailing_text"), codes(DocumentReader.read(text)));
        assertEquals(List.of("no_such_currency"), codes(DocumentReader.read(shape)));
        assertEquals(Set.of("unknown_reference"), Set.copyOf(codes(DocumentReader.read(reference))));
        assertEquals(4, DocumentReader.read(reference).findings().size());
        assertTrue(codes(DocumentReader.read(meaning)).contains("empty_window"));
    }

    @Test
    void twoFieldsThatStandTwiceAreTwoFindings() {
        assertEquals(
                List.of("duplicate_key", "duplicate_key", "trailing_text"),
                codes(DocumentReader.read("{\"a\": 1, \"a\": 2, \"b\": {\"c\": 1, \"c\": 2}} x")));
    }

    @Test
    void theTextIsBounded() {
        String document = Documents.published("stamp");
        String longest = document + " ".repeat(1024 * 1024 - document.length());

        assertNotNull(DocumentReader.read(longest).document());
        Reading longer = DocumentReader.read(longest + " ");
        assertEquals(List.of("malformed"), codes(longer));
        assertNull(longer.document());
    }

    @Test
    void depthIsBounded() {
        for (String deep : List.of("[".repeat(100_000), "{\"a\":".repeat(100_000), "[".repeat(40) + "]".repeat(40))) {
            assertEquals(List.of("malformed"), codes(DocumentReader.read(deep)));
        }
        assertEquals(List.of("bad_value"), codes(DocumentReader.read("[".repeat(20) + "]".repeat(20))));
    }

    @Test
    void findingsAreBounded() {
        String fields =
                IntStream.range(0, 20_000).mapToObj(i -> "\"" + i + "\":1").collect(Collectors.joining(","));

        Reading reading = DocumentReader.read("{" + fields + "}");
        assertEquals(1000, reading.findings().size());
        assertNull(reading.document());
    }

    @Test
    void aNumberMayBeAsLongAsTheText() {
        Reading reading = DocumentReader.read(Documents.published("stamp")
                .replace("\"backdateDays\": 2", "\"backdateDays\": " + "9".repeat(900_000)));

        assertEquals(List.of("out_of_range"), codes(reading));
        assertTrue(reading.findings().get(0).message().length() < 200);
    }

    @Test
    void onlyUtf8IsRead() {
        byte[] latin = Documents.published("stamp")
                .replace("Any coffee", "Any caf\u00e9")
                .getBytes(StandardCharsets.ISO_8859_1);

        Finding found = DocumentReader.read(latin).findings().get(0);
        assertEquals(Finding.Code.MALFORMED, found.code());
        assertEquals(37, found.line());
        assertEquals(43, found.column());
        byte[] marked = ("\ufeff" + Documents.published("stamp")).getBytes(StandardCharsets.UTF_8);
        assertEquals(List.of("malformed"), codes(DocumentReader.read(marked)));
    }

    @Test
    void whatIsNoObjectIsNoProgramme() {
        for (String text : List.of("", "  \n", "{", "{\"a\"", "\"", "tru")) {
            assertEquals(List.of("malformed"), codes(DocumentReader.read(text)), text);
        }
        for (String text : List.of("[]", "1", "\"a\"", "true", "null")) {
            assertEquals(List.of("bad_value"), codes(DocumentReader.read(text)), text);
        }
    }
}
