package dev.stampede.program.reading;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.stampede.support.TestProgram;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class SupportedTest {
    private static Reading read(String document) {
        return Supported.read(document.getBytes(StandardCharsets.UTF_8));
    }

    private static List<String> refused(String document) {
        Reading reading = read(document);
        assertNull(reading.document());
        return reading.findings().stream()
                .map(finding -> finding.code().word() + " " + finding.pointer())
                .toList();
    }

    @Test
    void whatIsCarriedOutPasses() {
        assertNotNull(read(TestProgram.of("p").document()).document());
        assertNotNull(read(Documents.published("demo")).document());
        assertNotNull(
                read(TestProgram.of("p").with("timeZone", "\"Europe/Berlin\"").document())
                        .document());
    }

    @Test
    void eachThingThatWouldBeIgnoredIsRefusedAtItsPlace() {
        for (String name : Documents.NAMES) {
            assertEquals(
                    List.of(),
                    read(Documents.published(name)).findings().stream()
                            .filter(finding -> finding.level() == Finding.Level.ERROR)
                            .map(finding -> finding.code().word() + " " + finding.pointer())
                            .filter(finding -> !finding.startsWith("unsupported "))
                            .toList());
        }
    }

    @Test
    void expiryByInactivityIsCarriedOut() {
        String expiry = "{\"type\": \"inactivity\", \"months\": 18, \"renewedBy\": [\"earn\", \"redeem\"]}";
        assertNotNull(
                read(TestProgram.of("p").with("expiry", expiry).document()).document());
    }

    @Test
    void rewardsPromotionsAndLimitsAreCarriedOut() {
        TestProgram program = TestProgram.of("p")
                .with("redeem", "[]")
                .with("rewards", "[{\"id\": \"coffee\", \"cost\": 60}]")
                .with(
                        "limits",
                        "[{\"id\": \"a-day\", \"on\": \"redeem\", \"of\": \"uses\", \"max\": 1, \"per\": \"day\"}]");
        assertNotNull(read(program.document()).document());
        String ofEarning = """
                [{"id": "a-day", "on": "earn", "of": "uses", "max": 1, "per": "day"}]""";
        assertNotNull(read(program.with("limits", ofEarning)
                        .with("promotions", "[{\"id\": \"x2\", \"give\": {\"multiply\": \"2\"}}]")
                        .document())
                .document());
    }

    @Test
    void whatTheReaderRefusesIsNotLookedAtAgain() {
        assertEquals(
                List.of("no_such_currency /currency"),
                refused(TestProgram.of("p")
                        .with("currency", "\"ZZZ\"")
                        .with("expiry", "{\"type\": \"never\"}")
                        .document()));
    }
}
