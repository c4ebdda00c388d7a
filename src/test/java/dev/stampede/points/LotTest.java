package dev.stampede.points;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

class LotTest {
    private static long ms(String instant) {
        return Instant.parse(instant).toEpochMilli();
    }

    @Test
    void lapsesAtTheStartOfTheDayAfter() {
        Lot lot = new Lot(LocalDate.parse("2026-03-01").toEpochDay(), 100);
        assertEquals(LocalDate.parse("2026-03-01"), lot.on());
        assertEquals(ms("2026-03-02T00:00:00Z"), lot.lapsesAt(ZoneOffset.UTC));
        assertEquals(
                ms("2028-03-01T00:00:00Z"),
                new Lot(LocalDate.parse("2028-02-29").toEpochDay(), 1).lapsesAt(ZoneOffset.UTC));
    }

    @Test
    void maturesAtTheStartOfItsDay() {
        long day = LocalDate.parse("2026-03-01").toEpochDay();
        assertEquals(ms("2026-03-01T00:00:00Z"), new Maturing(day, day + 30, 5).maturesAt(ZoneOffset.UTC));
    }
}
