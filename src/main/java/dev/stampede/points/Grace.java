package dev.stampede.points;

import java.time.ZoneId;
import org.jspecify.annotations.Nullable;

/**
 * How long returned points count at least. Both fields are null if the program grants no grace.
 *
 * @param on the day to which the points count at least, in days since 1970-01-01
 * @param until when that day stops being valid, in ms since the epoch: a decision at or after this time gets another
 *     day
 */
public record Grace(@Nullable Long on, @Nullable Long until) {
    public static final Grace NONE = new Grace(null, null);

    /**
     * @param days by which the program extends them; 0 if it grants no grace
     * @param zone the program's
     * @param nowMs the time of the decision, in ms since the epoch
     * @param afterSeconds how long after the decision the points return
     */
    public static Grace of(long days, ZoneId zone, long nowMs, long afterSeconds) {
        if (days == 0) {
            return NONE;
        }
        long afterMs = afterSeconds * 1000;
        long back = LocalDay.number(nowMs + afterMs, zone);
        return new Grace(back + days, LocalDay.start(back + 1, zone) - afterMs);
    }
}
