package dev.stampede.verify;

import dev.stampede.points.Hold;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What an account has of totals that all members share. Its operations say what they took and what they gave back. What
 * must be left of that follows from elsewhere: an earn keeps what its parts say, a payment what it was for until it is
 * wholly undone, and a hold what the image says, as long as it is open. So a hold that has run out has given back.
 */
final class SharedUses {
    /** {@code [[total, units], ...]}. */
    private static final Pattern USE = Pattern.compile("\\[(\\d+),(-?\\d+)]");
    /** Among the counters of parts and payments: the name, whether it counts uses, units. */
    private static final Pattern COUNTER = Pattern.compile("\"\\$(\\d+) 6 0\",[01],(\\d+)");

    private final SortedMap<Integer, Long> used = new TreeMap<>();
    private final Map<UUID, Kept> kept = new HashMap<>();

    /**
     * What an operation keeps.
     *
     * @param forGood what never comes back
     * @param rest what comes back when it is undone
     * @param points of a payment: how many are not undone; null of an earn
     */
    private record Kept(
            Map<Integer, Long> forGood,
            Map<Integer, Long> rest,
            @Nullable Long points) {}

    /** The account's next operation. */
    void add(UUID id, ResultSet row) throws SQLException {
        UUID target = row.getObject("target", UUID.class);
        Map<Integer, Long> moved = units(USE, row.getString("uses"));
        moved.forEach((total, units) -> used.merge(total, units, Long::sum));
        String payment = row.getString("payment");
        if (payment != null) {
            kept.put(id, new Kept(Map.of(), units(COUNTER, payment), row.getLong("reversible")));
        } else if (row.getBoolean("gives")) {
            Map<Integer, Long> rest = units(COUNTER, row.getString("parts"));
            Map<Integer, Long> forGood = new HashMap<>();
            // less than 0 is what a hold gave back that had run out
            moved.forEach((total, units) -> forGood.put(total, Math.max(0, units - rest.getOrDefault(total, 0L))));
            kept.put(id, new Kept(forGood, rest, null));
        }
        Kept before = target == null ? null : kept.get(target);
        if (target != null && before != null) {
            if (before.points == null) {
                kept.put(target, new Kept(before.forGood, units(COUNTER, row.getString("parts")), null));
            } else {
                long points = before.points - row.getLong("reversed");
                kept.put(target, new Kept(Map.of(), points > 0 ? before.rest : Map.of(), points));
            }
        }
    }

    /**
     * What is wrong with it; null if nothing.
     *
     * @param open the holds of the account's newest image
     */
    @Nullable
    String wrong(List<Hold> open) {
        SortedMap<Integer, Long> expected = new TreeMap<>();
        for (Kept each : kept.values()) {
            each.forGood.forEach((total, units) -> expected.merge(total, units, Long::sum));
            each.rest.forEach((total, units) -> expected.merge(total, units, Long::sum));
        }
        for (Hold hold : open) {
            units(COUNTER, hold.taken()).forEach((total, units) -> expected.merge(total, units, Long::sum));
        }
        used.forEach((total, units) -> expected.merge(total, -units, Long::sum));
        for (Map.Entry<Integer, Long> each : expected.entrySet()) {
            if (each.getValue() != 0) {
                long units = used.getOrDefault(each.getKey(), 0L);
                return "its operations use %d of shared total %d, and must use %d"
                        .formatted(units, each.getKey(), units + each.getValue());
            }
        }
        return null;
    }

    private static Map<Integer, Long> units(Pattern pattern, @Nullable String text) {
        if (text == null) {
            return Map.of();
        }
        Map<Integer, Long> units = new HashMap<>();
        Matcher each = pattern.matcher(text);
        while (each.find()) {
            units.merge(Integer.parseInt(each.group(1)), Long.parseLong(each.group(2)), Long::sum);
        }
        return units;
    }
}
