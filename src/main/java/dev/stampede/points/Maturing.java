package dev.stampede.points;

import java.time.ZoneId;

/**
 * Points that are earned but not available yet.
 *
 * @param matures the day at whose start they become available, in days since 1970-01-01 in the program's time zone
 * @param day the day of the lot that they will join
 * @param points the number of points
 * @param given the day that the earn assigned; earlier than {@code day} if a renewal has extended the lot
 */
public record Maturing(long matures, long day, long points, long given) {
    public Maturing(long matures, long day, long points) {
        this(matures, day, points, day);
    }

    boolean isReal() {
        return matures >= 0 && matures <= Lot.LAST_DAY && lot().isReal();
    }

    /** The lot that they will join. */
    Lot lot() {
        return new Lot(day, points, given);
    }

    /**
     * When they become available, in ms since the epoch.
     *
     * @param zone the program's
     */
    public long maturesAt(ZoneId zone) {
        return LocalDay.start(matures, zone);
    }
}
