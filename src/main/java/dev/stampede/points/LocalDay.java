package dev.stampede.points;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.jspecify.annotations.Nullable;

/**
 * The day of a decision, in a program whose days are not those of UTC. A day has 23 to 25 hours there.
 *
 * @param number in days since 1970-01-01
 * @param until when it ends, in ms since the epoch: what is decided at or after this time is of another day
 * @param zone the program's
 */
public record LocalDay(long number, long until, ZoneId zone) {
    private static final long UTC_MS = 86_400_000L;

    /**
     * The day in which a time lies; null in UTC, where everybody can compute it.
     *
     * @param ms a time, in ms since the epoch
     */
    public static @Nullable LocalDay of(long ms, ZoneId zone) {
        if (zone.equals(ZoneOffset.UTC)) {
            return null;
        }
        long number = number(ms, zone);
        return new LocalDay(number, start(number + 1, zone), zone);
    }

    /** The number of the day in which a time lies. */
    public static long number(long ms, ZoneId zone) {
        return zone.equals(ZoneOffset.UTC)
                ? Math.floorDiv(ms, UTC_MS)
                : LocalDate.ofInstant(Instant.ofEpochMilli(ms), zone).toEpochDay();
    }

    /** When a day begins, in ms since the epoch: at midnight, or as soon after it as the clocks show a time. */
    public static long start(long number, ZoneId zone) {
        return zone.equals(ZoneOffset.UTC)
                ? number * UTC_MS
                : LocalDate.ofEpochDay(number).atStartOfDay(zone).toInstant().toEpochMilli();
    }

    /** The zone; UTC itself where the days are those of UTC by another name. */
    public static ZoneId plain(ZoneId zone) {
        return zone.normalized().equals(ZoneOffset.UTC) ? ZoneOffset.UTC : zone;
    }
}
