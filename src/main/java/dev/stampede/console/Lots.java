package dev.stampede.console;

import java.time.YearMonth;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** An account's lots as a page shows them, from what the API tells. */
public final class Lots {
    /** Of points that never expire. */
    static final String FOREVER = "9999-12-31";

    private Lots() {}

    /**
     * What expires in a month.
     *
     * @param month null for never
     * @param share of the largest of them, from 0 to 100
     */
    public record Month(@Nullable YearMonth month, long points, int share) {}

    /** What happened to a lot: entries of operations that the page shows, the newest first. */
    public record Life(long in, long out, List<Map<String, @Nullable Object>> moves) {}

    /** By month, the nearest first. */
    static List<Month> months(@Nullable Object lots) {
        Map<String, Long> sums = new TreeMap<>();
        for (Map<?, ?> lot : items(lots)) {
            sums.merge(String.valueOf(lot.get("on")).substring(0, 7), number(lot.get("points")), Long::sum);
        }
        long most = sums.values().stream().mapToLong(each -> each).max().orElse(1);
        List<Month> months = new ArrayList<>();
        sums.forEach((month, points) -> months.add(new Month(
                FOREVER.startsWith(month) ? null : YearMonth.parse(month), points, (int) (100 * points / most))));
        return months;
    }

    /**
     * The entries that have moved points of a lot.
     *
     * @param operations a page of history
     * @param on the lot's last day
     */
    static Life life(@Nullable Object operations, String on) {
        List<Map<String, @Nullable Object>> moves = new ArrayList<>();
        long in = 0;
        long out = 0;
        for (Map<?, ?> operation : items(operations)) {
            for (Map<?, ?> entry : items(operation.get("entries"))) {
                for (Map<?, ?> lot : items(entry.get("lots"))) {
                    if (on.equals(lot.get("on"))) {
                        long points = number(lot.get("points"));
                        in += Math.max(0, points);
                        out += Math.max(0, -points);
                        moves.add(move(operation, entry, points));
                    }
                }
            }
        }
        return new Life(in, out, moves);
    }

    private static Map<String, @Nullable Object> move(Map<?, ?> operation, Map<?, ?> entry, long points) {
        Map<String, @Nullable Object> move = new HashMap<>();
        for (String field : List.of("id", "createdAt", "type", "reference")) {
            move.put(field, operation.get(field));
        }
        move.put("entry", entry.get("type"));
        move.put("points", points);
        return move;
    }

    /** The maps of a list, or those of the {@code items} of a page; none where there are none. */
    private static List<Map<?, ?>> items(@Nullable Object of) {
        Object list = of instanceof Map<?, ?> page ? page.get("items") : of;
        List<Map<?, ?>> items = new ArrayList<>();
        if (list instanceof List<?> all) {
            all.forEach(each -> items.add(Rules.of(each)));
        }
        return items;
    }

    private static long number(@Nullable Object any) {
        return any instanceof Number number ? number.longValue() : 0;
    }
}
