package dev.stampede.points;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

class GraceTest {
    private static long ms(String instant) {
        return Instant.parse(instant).toEpochMilli();
    }

    private static Grace grace(int days, String now, long afterSeconds) {
        return Grace.of(days, ZoneOffset.UTC, ms(now), afterSeconds);
    }

    private static Grace to(String day, String until) {
        return new Grace(LocalDate.parse(day).toEpochDay(), ms(until));
    }

    @Test
    void aProgramMayGrantNone() {
        assertEquals(new Grace(null, null), grace(0, "2026-11-21T12:00:00Z", 0));
    }

    @Test
    void daysCountFromTheDayOnWhichPointsComeBack() {
        assertEquals(to("2026-11-28", "2026-11-22T00:00:00Z"), grace(7, "2026-11-21T12:00:00Z", 0));
        assertEquals(to("2026-11-28", "2026-11-21T23:58:00Z"), grace(7, "2026-11-21T23:57:59.999Z", 120));
        assertEquals(to("2026-11-29", "2026-11-22T23:58:00Z"), grace(7, "2026-11-21T23:58:00Z", 120));
    }

    @Test
    void theirDaysAreThoseOfTheProgram() {
        ZoneId berlin = ZoneId.of("Europe/Berlin");
        assertEquals(to("2026-03-29", "2026-03-28T23:00:00Z"), Grace.of(1, berlin, ms("2026-03-28T22:59:59Z"), 0));
        assertEquals(to("2026-03-30", "2026-03-29T21:58:00Z"), Grace.of(1, berlin, ms("2026-03-28T22:59:59Z"), 120));
    }
}
