package dev.stampede.points;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/**
 * One member's points. {@code available} is the sum of the lots, {@code held} of the holds, {@code pending} of what is
 * maturing.
 *
 * @param lots soonest first, one a day
 * @param maturing by the day they mature, then by the day of their lot
 * @param holds in the order in which they were made
 */
public record State(
        boolean enrolled,
        boolean frozen,
        long available,
        long held,
        long pending,
        long debt,
        long lifetime,
        List<Lot> lots,
        List<Maturing> maturing,
        List<Hold> holds) {
    public static final State BLANK = new State(false, false, 0, 0, 0, 0, 0, List.of(), List.of(), List.of());

    /** When time alone changes this next, in ms since the epoch; 0 if never. */
    public long dueAt() {
        long due = Long.MAX_VALUE;
        if (!lots.isEmpty()) {
            due = Math.min(due, lots.get(0).lapsesAt());
        }
        if (!maturing.isEmpty()) {
            due = Math.min(due, maturing.get(0).maturesAt());
        }
        for (Hold hold : holds) {
            due = Math.min(due, hold.expiresAt());
        }
        return due == Long.MAX_VALUE ? 0 : due;
    }

    /**
     * This state as time alone leaves it: holds that ran out are returned, matured points are available (less the debt
     * that they pay), lapsed lots are gone.
     *
     * @param nowMs the time, in ms since the epoch
     */
    public State at(long nowMs) {
        long due = dueAt();
        if (due == 0 || due > nowMs) {
            return this;
        }
        TreeMap<Long, Long> byDay = new TreeMap<>();
        lots.forEach(lot -> byDay.merge(lot.day(), lot.points(), Long::sum));
        List<Hold> open = new ArrayList<>();
        long heldNow = held;
        for (Hold hold : holds) {
            if (hold.expiresAt() <= nowMs) {
                heldNow -= hold.points();
                hold.lots().forEach(lot -> byDay.merge(lot.day(), lot.points(), Long::sum));
            } else {
                open.add(hold);
            }
        }
        List<Maturing> waiting = new ArrayList<>();
        long pendingNow = pending;
        long debtNow = debt;
        for (Maturing row : maturing) {
            if (row.maturesAt() <= nowMs) {
                long paid = Math.min(debtNow, row.points());
                pendingNow -= row.points();
                debtNow -= paid;
                byDay.merge(row.day(), row.points() - paid, Long::sum);
            } else {
                waiting.add(row);
            }
        }
        List<Lot> left = new ArrayList<>();
        long availableNow = 0;
        for (var entry : byDay.entrySet()) {
            Lot lot = new Lot(entry.getKey(), entry.getValue());
            if (lot.points() > 0 && lot.lapsesAt() > nowMs) {
                left.add(lot);
                availableNow += lot.points();
            }
        }
        return new State(
                enrolled,
                frozen,
                availableNow,
                heldNow,
                pendingNow,
                debtNow,
                lifetime,
                List.copyOf(left),
                List.copyOf(waiting),
                List.copyOf(open));
    }
}
