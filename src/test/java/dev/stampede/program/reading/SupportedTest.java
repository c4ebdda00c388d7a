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
        assertNotNull(read(TestProgram.of("p").with("timeZone", "\"Etc/UTC\"").document())
                .document());
    }

    @Test
    void eachThingThatWouldBeIgnoredIsRefusedAtItsPlace() {
        assertEquals(
                List.of("unsupported /timeZone", "unsupported /points/expiry", "unsupported /earn/0/rate/per"),
                refused(TestProgram.of("p")
                        .with("timeZone", "\"Europe/Berlin\"")
                        .with("expiry", "{\"type\": \"never\"}")
                        .with("per", "\"3\"")
                        .document()));
        assertEquals(
                List.of("unsupported /promotions/0"),
                refused(TestProgram.of("p")
                        .with("promotions", "[{\"id\": \"x2\", \"give\": {\"multiply\": \"2\"}}]")
                        .document()));
        for (String name : Documents.NAMES) {
            assertEquals(
                    List.of(),
                    refused(Documents.published(name)).stream()
                            .filter(finding -> !finding.startsWith("unsupported "))
                            .toList());
        }
    }

    @Test
    void whatTheReaderRefusesIsNotLookedAtAgain() {
        assertEquals(
                List.of("no_such_currency /currency"),
                refused(TestProgram.of("p")
                        .with("currency", "\"ZZZ\"")
                        .with("timeZone", "\"Europe/Berlin\"")
                        .document()));
    }
}
