package dev.stampede.pricing;

import static dev.stampede.pricing.TestTerms.delays;
import static dev.stampede.pricing.TestTerms.ms;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.LocalDate;
import org.junit.jupiter.api.Test;

class GraceTest {
    private static Grace grace(int days, String now, long afterSeconds) {
        return Grace.of(delays(0, days), ms(now), afterSeconds);
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
}
