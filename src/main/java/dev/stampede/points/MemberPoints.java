package dev.stampede.points;

import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * One member's points. {@code available} is the sum of the lots, {@code held} the sum of the holds, {@code pending} the
 * sum of the maturing points.
 *
 * @param frozen whether nothing but time may move points
 * @param spendingFrozen whether nothing may be spent, but all else goes on; then {@code frozen} is false
 * @param closed whether that is so for ever; a closed account is not frozen, and has no points
 * @param lifetime all points that were ever earned, less those taken back by a reversal
 * @param lots soonest first; lots of the same day differ in {@code given}
 * @param maturing by the day they mature, then by the day of their lot
 * @param holds in the order of their creation
 */
public record MemberPoints(
        boolean enrolled,
        boolean frozen,
        boolean spendingFrozen,
        boolean closed,
        long available,
        long held,
        long pending,
        long debt,
        long lifetime,
        List<Lot> lots,
        List<Maturing> maturing,
        List<Hold> holds) {
    public static final MemberPoints BLANK =
            new MemberPoints(false, false, false, false, 0, 0, 0, 0, 0, List.of(), List.of(), List.of());

    /** Whether points are not spent for now. */
    public boolean isFrozen() {
        return frozen || spendingFrozen;
    }

    /** Whether each bucket is the sum of its parts, and all numbers are within their limits. */
    public boolean isConsistent() {
        long inLots = 0;
        for (Lot lot : lots) {
            if (!lot.isReal()) {
                return false;
            }
            inLots += lot.points();
        }
        long inHolds = 0;
        for (Hold hold : holds) {
            if (!hold.isReal()) {
                return false;
            }
            inHolds += hold.points();
        }
        long later = 0;
        for (Maturing each : maturing) {
            if (!each.isReal()) {
                return false;
            }
            later += each.points();
        }
        return available == inLots
                && held == inHolds
                && pending == later
                && lifetime >= 0
                && lifetime <= PointLimits.MAX;
    }

    /**
     * The next time at which time alone changes this state, in ms since the epoch; 0 if never.
     *
     * @param zone the program's
     */
    public long dueAt(ZoneId zone) {
        long due = Long.MAX_VALUE;
        if (!lots.isEmpty()) {
            due = Math.min(due, lots.get(0).lapsesAt(zone));
        }
        if (!maturing.isEmpty()) {
            due = Math.min(due, maturing.get(0).maturesAt(zone));
        }
        for (Hold hold : holds) {
            due = Math.min(due, hold.expiresAt());
        }
        return due == Long.MAX_VALUE ? 0 : due;
    }

    /**
     * This state with the changes that time alone has made: points of expired holds are returned, matured points are
     * available (both less the debt that they pay), lapsed lots are gone.
     *
     * @param nowMs the time, in ms since the epoch
     * @param zone the program's
     */
    public MemberPoints at(long nowMs, ZoneId zone) {
        return at(nowMs, zone, PointLimits.MAX_GIVEN);
    }

    /**
     * The same.
     *
     * @param maxGiven how many lots of one day there can be
     */
    public MemberPoints at(long nowMs, ZoneId zone, int maxGiven) {
        long due = dueAt(zone);
        if ((due == 0 || due > nowMs) && (debt == 0 || available == 0)) {
            return this;
        }
        Available now = new Available(debt, maxGiven);
        now.arrive(lots);
        List<Hold> open = new ArrayList<>();
        long heldNow = held;
        for (Hold hold : holds) {
            if (hold.expiresAt() <= nowMs) {
                heldNow -= hold.points();
                now.arrive(hold.lots().stream()
                        .map(lot -> lot.graced(hold.graceOn()))
                        .toList());
            } else {
                open.add(hold);
            }
        }
        List<Maturing> waiting = new ArrayList<>();
        long pendingNow = pending;
        for (Maturing row : maturing) {
            if (row.maturesAt(zone) <= nowMs) {
                pendingNow -= row.points();
                now.arrive(List.of(row.lot()));
            } else {
                waiting.add(row);
            }
        }
        List<Lot> left =
                now.lots.stream().filter(lot -> lot.lapsesAt(zone) > nowMs).toList();
        return new MemberPoints(
                enrolled,
                frozen,
                spendingFrozen,
                closed,
                left.stream().mapToLong(Lot::points).sum(),
                heldNow,
                pendingNow,
                now.debt,
                lifetime,
                left,
                List.copyOf(waiting),
                List.copyOf(open));
    }

    /**
     * The available lots, to which points are added: they first pay the debt, those that expire soonest before the
     * others.
     */
    private static final class Available {
        private static final Comparator<Lot> SOONEST =
                Comparator.comparingLong(Lot::day).thenComparingLong(Lot::given);

        long debt;
        private final int maxGiven;

        List<Lot> lots = List.of();

        Available(long debt, int maxGiven) {
            this.debt = debt;
            this.maxGiven = maxGiven;
        }

        void arrive(List<Lot> more) {
            TreeMap<Lot, Long> sums = new TreeMap<>(SOONEST);
            lots.forEach(lot -> sums.merge(lot, lot.points(), Long::sum));
            more.forEach(lot -> sums.merge(lot, lot.points(), Long::sum));
            List<Lot> left = new ArrayList<>();
            for (var sum : sums.entrySet()) {
                long paid = Math.min(debt, sum.getValue());
                debt -= paid;
                if (sum.getValue() > paid) {
                    left.add(sum.getKey().of(sum.getValue() - paid));
                }
            }
            lots = left.size() > maxGiven ? bounded(left) : left;
        }

        /** Of too many lots of one day the oldest are merged, under the newest of the days that they were given. */
        private List<Lot> bounded(List<Lot> soonest) {
            Map<Long, Integer> counts = new HashMap<>();
            soonest.forEach(lot -> counts.merge(lot.day(), 1, Integer::sum));
            List<Lot> kept = new ArrayList<>();
            long merged = 0;
            for (Lot lot : soonest) {
                if (counts.getOrDefault(lot.day(), 0) > maxGiven) {
                    counts.merge(lot.day(), -1, Integer::sum);
                    merged += lot.points();
                } else {
                    kept.add(lot.of(lot.points() + merged));
                    merged = 0;
                }
            }
            return kept;
        }
    }
}
