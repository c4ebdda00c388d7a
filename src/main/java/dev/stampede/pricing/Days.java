package dev.stampede.pricing;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;

/** Calendar days, in UTC. */
final class Days {
    private Days() {}

    /** @param ms a time, in ms since the epoch */
    static LocalDate at(long ms) {
        return LocalDate.ofInstant(Instant.ofEpochMilli(ms), ZoneOffset.UTC);
    }

    /** In ms since the epoch. */
    static long endOf(LocalDate day) {
        return day.plusDays(1).atStartOfDay(ZoneOffset.UTC).toInstant().toEpochMilli();
    }
}
