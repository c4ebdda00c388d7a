package dev.stampede.points;

import java.time.LocalDate;

/**
 * Points that expire together: at the start of the day after {@code day}, UTC.
 *
 * @param day the last day on which they count, in days since 1970-01-01
 * @param points how many; negative where a movement takes them away
 */
public record Lot(long day, long points) {
    static final long DAY_MS = 86_400_000L;

    public LocalDate on() {
        return LocalDate.ofEpochDay(day);
    }

    /** When they lapse, in ms since the epoch. */
    public long lapsesAt() {
        return (day + 1) * DAY_MS;
    }
}
