package dev.stampede.award;

import java.util.HashMap;
import java.util.Map;

/** What shared totals still have room for, as far as they are known to be short, while an operation uses them up. */
final class SharedRooms {
    private final Map<Integer, Long> taken = new HashMap<>();

    /** The same at the start of another choice. */
    SharedRooms copy() {
        SharedRooms copy = new SharedRooms();
        copy.taken.putAll(taken);
        return copy;
    }

    /** Makes a turn give no more than there is. */
    void fit(Turn turn) {
        Shared budget = turn.candidate.budget();
        if (budget != null && budget.left() != null) {
            turn.fit(budget, Math.max(0, budget.left() - taken.getOrDefault(budget.id(), 0L)));
        }
    }

    /** Notes what a turn gives. */
    void take(Turn turn) {
        Shared budget = turn.candidate.budget();
        if (budget != null) {
            taken.merge(budget.id(), turn.units(budget), Long::sum);
        }
    }
}
