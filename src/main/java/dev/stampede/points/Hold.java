package dev.stampede.points;

import java.util.List;
import java.util.UUID;

/**
 * Points set aside for a checkout.
 *
 * @param id that of the operation that made it
 * @param points how many
 * @param expiresAt when they return by themselves, in ms since the epoch
 * @param lots where they came from, soonest first
 * @param graceOn the day to which they count at least when they have returned by themselves; null: as long as they did
 */
public record Hold(UUID id, long points, long expiresAt, List<Lot> lots, Long graceOn) {
    boolean isReal() {
        return expiresAt >= 0
                && expiresAt <= Lot.LAST_DAY * Lot.DAY_MS
                && (graceOn == null || (graceOn >= 0 && graceOn <= Lot.LAST_DAY))
                && lots.stream().allMatch(Lot::isReal)
                && points == lots.stream().mapToLong(Lot::points).sum();
    }
}
