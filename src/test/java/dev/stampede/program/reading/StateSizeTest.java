package dev.stampede.program.reading;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.document.ProgramDocument;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class StateSizeTest {
    private static StateSize size(String text) {
        ProgramDocument document = DocumentReader.read(text).document();
        assertNotNull(document);
        return StateSize.of(document);
    }

    @Test
    void theProgrammesOfTheRepositoryAreFarFromTheBound() {
        for (String name : Documents.NAMES) {
            long bytes = size(Documents.published(name)).bytes();
            assertTrue(bytes > 0 && bytes < StateSize.MAX / 2, name + ": " + bytes);
        }
    }

    @Test
    void aProgrammeOfNothingNeedsNothing() {
        StateSize stamp = size(Documents.published("stamp"));

        assertEquals(0, stamp.attributes());
        assertEquals(0, stamp.tiers());
        assertEquals(0, stamp.measures());
        assertEquals(16 + "stamps".length() + 8 + 2 * 14, stamp.progress());
        assertEquals(16 + 64 * ("free-coffee".length() + 8 + 7 + 14), stamp.gifts());
        assertEquals(16 + "l:free-a-day".length() + 8 + 8 + 14, stamp.counters());
    }

    @Test
    void daysBackNeedACounterEach() {
        String limit = "{\"id\": \"a\", \"on\": \"earn\", \"of\": \"points\", \"max\": 5, \"per\": \"day\"}";
        String stamp = Documents.published("stamp").replace("\"limits\": [", "\"limits\": [" + limit + ",");

        long two = size(stamp).counters();
        long thirty = size(stamp.replace("\"backdateDays\": 2", "\"backdateDays\": 30"))
                .counters();
        assertEquals(28 * (8 + 14), thirty - two);
    }

    @Test
    void sharedCountersAreKeptOnce() {
        String coffee = Documents.published("coffee");

        assertEquals(
                "r:birthday-drink-gold".length() + 8 + 8 + 14,
                size(coffee.replaceFirst(", \"counter\": \"birthday-treat\"", "")
                                        .replaceFirst(", \"counter\": \"birthday-treat\"", ""))
                                .counters()
                        - size(coffee).counters()
                        - ("r:birthday-drink".length() - "c:birthday-treat".length()));
    }

    @Test
    void limitsBoundGifts() {
        String stamp = Documents.published("stamp");
        String limited = stamp.replace(
                "\"validDays\": 60}",
                "\"validDays\": 60, \"count\": 2},"
                        + " \"limits\": [{\"of\": \"uses\", \"max\": 3, \"per\": \"promotion\"}]");

        assertEquals(
                16 + 6 * ("free-coffee".length() + 8 + 7 + 14), size(limited).gifts());
    }

    @Test
    void whatNeedsMostIsNamed() {
        String limits = IntStream.range(0, 16)
                .mapToObj(i -> "{\"id\": \"limit-" + i
                        + "\", \"on\": \"earn\", \"of\": \"uses\", \"max\": 9, \"per\": \"day\"}")
                .collect(Collectors.joining(",", "\"limits\": [", "],"));
        String text = IntStream.range(0, 5)
                .mapToObj(i -> "{\"id\": \"text" + i + "\", \"type\": \"text\", \"maxLength\": 200}")
                .collect(Collectors.joining(",", "\"attributes\": [", "],"));
        String stamp = Documents.published("stamp");
        String big = stamp.substring(0, stamp.indexOf("\"limits\""))
                        .replace("\"attributes\": [],", text)
                        .replace("\"backdateDays\": 2", "\"backdateDays\": 31")
                + limits.substring(0, limits.length() - 1)
                + "}";

        Reading reading = DocumentReader.read(big);

        assertNull(reading.document());
        assertEquals(1, reading.findings().size(), reading.findings().toString());
        Finding finding = reading.findings().get(0);
        assertEquals(Finding.Code.STATE_TOO_BIG, finding.code());
        assertTrue(finding.message().contains("Most is needed for: limits 11"), finding.message());
        assertTrue(finding.message().contains(", attributes 6"), finding.message());
    }
}
