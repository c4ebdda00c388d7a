package dev.stampede.pricing;

import dev.stampede.points.Terms;
import java.time.LocalDate;

/**
 * How long points count that come back. Both are null where the program grants them no more than they had.
 *
 * @param on the day to which they count at least, in days since 1970-01-01
 * @param until to when that day holds, in ms since the epoch: what is decided then or later has another one
 */
public record Grace(Long on, Long until) {
    private static final Grace NONE = new Grace(null, null);

    /**
     * @param nowMs when it is decided, in ms since the epoch
     * @param afterSeconds how long after that they come back
     */
    public static Grace of(Terms rules, long nowMs, long afterSeconds) {
        if (rules.graceDays() == 0) {
            return NONE;
        }
        long afterMs = afterSeconds * 1000;
        LocalDate back = Days.at(nowMs + afterMs);
        return new Grace(back.toEpochDay() + rules.graceDays(), Days.endOf(back) - afterMs);
    }
}
