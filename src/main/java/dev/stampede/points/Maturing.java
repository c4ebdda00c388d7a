package dev.stampede.points;

/**
 * Points that are earned but not available yet.
 *
 * @param matures the day at whose start (UTC) they become available, in days since 1970-01-01
 * @param day the day of the lot that they will join
 * @param points the number of points
 */
public record Maturing(long matures, long day, long points) {
    boolean isReal() {
        return matures >= 0 && matures <= Lot.LAST_DAY && new Lot(day, points).isReal();
    }

    public long maturesAt() {
        return matures * Lot.DAY_MS;
    }
}
