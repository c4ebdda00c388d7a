package dev.stampede.pricing;

import dev.stampede.points.Terms;
import java.time.LocalDate;
import org.jspecify.annotations.Nullable;

/**
 * How long returned points count at least. Both fields are null if the program grants no grace.
 *
 * @param on the day to which the points count at least, in days since 1970-01-01
 * @param until when that day stops being valid, in ms since the epoch: a decision at or after this time gets another
 *     day
 */
public record Grace(@Nullable Long on, @Nullable Long until) {
    private static final Grace NONE = new Grace(null, null);

    /**
     * @param nowMs the time of the decision, in ms since the epoch
     * @param afterSeconds how long after the decision the points return
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
