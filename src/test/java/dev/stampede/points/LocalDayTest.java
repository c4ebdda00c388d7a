package dev.stampede.points;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LocalDayTest {
    private static long ms(String instant) {
        return Instant.parse(instant).toEpochMilli();
    }

    @ParameterizedTest
    @CsvSource({
        "Europe/Berlin, 2026-03-28, 2026-03-27T23:00:00Z, 24",
        "Europe/Berlin, 2026-03-29, 2026-03-28T23:00:00Z, 23",
        "Europe/Berlin, 2026-10-25, 2026-10-24T22:00:00Z, 25",
        "America/Los_Angeles, 2026-03-08, 2026-03-08T08:00:00Z, 23",
        "America/Los_Angeles, 2026-11-01, 2026-11-01T07:00:00Z, 25",
        "Pacific/Auckland, 2026-04-05, 2026-04-04T11:00:00Z, 25",
        "Pacific/Auckland, 2026-09-27, 2026-09-26T12:00:00Z, 23",
        "America/Santiago, 2026-09-06, 2026-09-06T04:00:00Z, 23", // midnight itself is left out
        "Asia/Kathmandu, 2026-05-05, 2026-05-04T18:15:00Z, 24",
    })
    void aDayIsAsLongAsItsClocksSay(ZoneId zone, LocalDate date, String begins, int hours) {
        long number = date.toEpochDay();
        long start = ms(begins);
        long end = start + Duration.ofHours(hours).toMillis();
        assertEquals(start, LocalDay.start(number, zone));
        assertEquals(new LocalDay(number - 1, start, zone), LocalDay.of(start - 1, zone));
        assertEquals(new LocalDay(number, end, zone), LocalDay.of(start, zone));
        assertEquals(new LocalDay(number, end, zone), LocalDay.of(end - 1, zone));
        assertEquals(number + 1, LocalDay.number(end, zone));
    }

    @Test
    void inUtcEverybodyKnowsIt() {
        assertNull(LocalDay.of(0, ZoneOffset.UTC));
        assertEquals(-1, LocalDay.number(-1, ZoneOffset.UTC));
        assertEquals(172_800_000, LocalDay.start(2, ZoneOffset.UTC));
        assertSame(ZoneOffset.UTC, LocalDay.plain(ZoneId.of("Etc/UTC")));
        assertEquals(ZoneId.of("Etc/GMT-5"), LocalDay.plain(ZoneId.of("Etc/GMT-5")));
    }
}
