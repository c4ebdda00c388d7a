package dev.stampede.award;

import dev.stampede.points.PointLimits;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What a member's limits still have room for, while an operation uses them up. */
final class Rooms {
    private final Map<Counter, Long> counters;
    private final Map<Counter, Long> taken = new HashMap<>();

    Rooms(Map<Counter, Long> counters) {
        this.counters = counters;
    }

    /** How many more uses, or points, all these limits allow. */
    long room(List<Cap> caps, boolean ofUses, long birthYear) {
        long room = PointLimits.MAX;
        for (Cap cap : caps) {
            if (cap.ofUses() == ofUses) {
                long used = 0;
                if (cap.isCounted()) {
                    Counter counter = cap.counter(birthYear);
                    used = counters.getOrDefault(counter, 0L) + taken.getOrDefault(counter, 0L);
                }
                room = Math.min(room, Math.max(0, cap.max() - used));
            }
        }
        return room;
    }

    void take(List<Cap> caps, long uses, long points, long birthYear) {
        for (Cap cap : caps) {
            if (cap.isCounted()) {
                taken.merge(cap.counter(birthYear), cap.ofUses() ? uses : points, Long::sum);
            }
        }
    }
}
