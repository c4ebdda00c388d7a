package dev.stampede.points;

/**
 * Points that were earned but are not available yet.
 *
 * @param matures the day at whose start (UTC) they become available, in days since 1970-01-01
 * @param day the day of the lot that they will join
 * @param points how many
 */
public record Maturing(long matures, long day, long points) {
    public long maturesAt() {
        return matures * Lot.DAY_MS;
    }
}
