package dev.stampede.points;

import java.time.LocalDate;
import java.time.ZoneId;
import org.jspecify.annotations.Nullable;

/**
 * Points that expire together: at the start of the day after {@code day}, in the program's time zone.
 *
 * @param day the last day on which the points count, in days since 1970-01-01
 * @param points the number of points; negative where a movement takes points out of the lot
 * @param given the day that the earn assigned; earlier than {@code day} if grace or a renewal has extended the lot
 */
public record Lot(long day, long points, long given) {
    /** 9999-12-31. */
    static final long LAST_DAY = 2_932_896;

    public Lot(long day, long points) {
        this(day, points, day);
    }

    boolean isReal() {
        return points > 0 && points <= PointLimits.MAX && given >= 0 && given <= day && day <= LAST_DAY;
    }

    public LocalDate on() {
        return LocalDate.ofEpochDay(day);
    }

    /**
     * When the points lapse, in ms since the epoch.
     *
     * @param zone the program's
     */
    public long lapsesAt(ZoneId zone) {
        return LocalDay.start(day + 1, zone);
    }

    /** A lot of the same days with this number of points. */
    public Lot of(long part) {
        return new Lot(day, part, given);
    }

    /** The same points, counting at least to that day; null: unchanged. */
    public Lot graced(@Nullable Long grace) {
        return grace == null || grace <= day ? this : new Lot(grace, points, given);
    }
}
