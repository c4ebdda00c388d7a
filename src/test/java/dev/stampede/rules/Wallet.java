package dev.stampede.rules;

import java.util.Map;
import java.util.TreeMap;

/** Points of one member, as simple as can be: lots by their last day, points that mature, a debt. */
final class Wallet {
    long available;
    long debt;
    private final TreeMap<Long, Long> lots = new TreeMap<>();
    private final TreeMap<Long, TreeMap<Long, Long>> maturing = new TreeMap<>();

    long pending() {
        return maturing.values().stream()
                .flatMap(each -> each.values().stream())
                .mapToLong(Long::longValue)
                .sum();
    }

    void lapse(long today) {
        while (!maturing.isEmpty() && maturing.firstKey() <= today) {
            maturing.pollFirstEntry().getValue().forEach(this::arrive);
        }
        while (!lots.isEmpty() && lots.firstKey() < today) {
            available -= lots.pollFirstEntry().getValue();
        }
    }

    void earn(long points, LotDays days) {
        if (points > 0 && days.matures() != null) {
            maturing.computeIfAbsent(days.matures(), any -> new TreeMap<>()).merge(days.on(), points, Long::sum);
        } else if (points > 0) {
            arrive(days.on(), points);
        }
    }

    private void arrive(long on, long points) {
        long paid = Math.min(debt, points);
        debt -= paid;
        if (points > paid) {
            lots.merge(on, points - paid, Long::sum);
            available += points - paid;
        }
    }

    /** Answers what was missing. */
    private long take(long points) {
        long left = points;
        for (Map.Entry<Long, Long> lot : Map.copyOf(lots).entrySet()) {
            long part = Math.min(left, lot.getValue());
            lots.merge(lot.getKey(), -part, Long::sum);
            lots.remove(lot.getKey(), 0L);
            left -= part;
        }
        available -= points - left;
        return left;
    }

    boolean redeem(long points) {
        return points <= available && take(points) == 0;
    }

    void takeBack(long points, boolean isDebt) {
        long left = points;
        for (TreeMap<Long, Long> of : maturing.values()) {
            for (Map.Entry<Long, Long> each : of.entrySet()) {
                long part = Math.min(left, each.getValue());
                each.setValue(each.getValue() - part);
                left -= part;
            }
        }
        left = take(left);
        debt += isDebt ? left : 0;
    }

    void giveBack(long points, long on) {
        arrive(on, points);
    }
}
