package dev.stampede.points;

import java.time.ZoneOffset;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Points set aside for a checkout.
 *
 * @param id the id of the operation that created the hold
 * @param points the number of points
 * @param expiresAt when the points return without a call, in ms since the epoch
 * @param lots the lots they came from, soonest first
 * @param graceOn the day to which the points count at least if the hold expires; null: the lots keep their days
 * @param taken what it took besides the points, and gives back when it ends unused, a JSON text; null if nothing
 */
public record Hold(
        UUID id,
        long points,
        long expiresAt,
        List<Lot> lots,
        @Nullable Long graceOn,
        @Nullable String taken) {
    /** A hold of points alone. */
    public Hold(UUID id, long points, long expiresAt, List<Lot> lots, @Nullable Long graceOn) {
        this(id, points, expiresAt, lots, graceOn, null);
    }

    boolean isReal() {
        return expiresAt >= 0
                && expiresAt <= LocalDay.start(Lot.LAST_DAY, ZoneOffset.UTC)
                && (graceOn == null || (graceOn >= 0 && graceOn <= Lot.LAST_DAY))
                && lots.stream().allMatch(Lot::isReal)
                && points == lots.stream().mapToLong(Lot::points).sum();
    }
}
