package dev.stampede.model;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.stampede.account.Entry;
import dev.stampede.account.Image;
import dev.stampede.points.Hold;
import dev.stampede.points.Lot;
import dev.stampede.points.Maturing;
import dev.stampede.points.State;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * One member's points, plainly: what there is of each lot. Sums are never stored, so that the sums of others can be held
 * against them. Keeps a diary of what moved.
 */
final class Purse {
    private record Due(long matures, long day) {}

    boolean enrolled;
    boolean frozen;
    long debt;
    long lifetime;
    private final TreeMap<Long, Long> lots = new TreeMap<>();
    private final TreeMap<Due, Long> maturing =
            new TreeMap<>(Comparator.comparingLong(Due::matures).thenComparingLong(Due::day));
    private final Map<UUID, Hold> holds = new LinkedHashMap<>();
    final List<Entry> diary = new ArrayList<>();

    /** The same points, with an empty diary. */
    Purse copy() {
        Purse copy = new Purse();
        copy.enrolled = enrolled;
        copy.frozen = frozen;
        copy.debt = debt;
        copy.lifetime = lifetime;
        copy.lots.putAll(lots);
        copy.maturing.putAll(maturing);
        copy.holds.putAll(holds);
        return copy;
    }

    long available() {
        return lots.values().stream().mapToLong(Long::longValue).sum();
    }

    long held() {
        return holds.values().stream()
                .flatMap(hold -> hold.lots().stream())
                .mapToLong(Lot::points)
                .sum();
    }

    long pending() {
        return maturing.values().stream().mapToLong(Long::longValue).sum();
    }

    long all() {
        return available() + held() + pending();
    }

    int holds() {
        return holds.size();
    }

    Hold hold(UUID id) {
        return holds.get(id);
    }

    State state() {
        return new State(
                enrolled,
                frozen,
                available(),
                held(),
                pending(),
                debt,
                lifetime,
                rows(lots),
                maturing.entrySet().stream()
                        .map(e -> new Maturing(e.getKey().matures(), e.getKey().day(), e.getValue()))
                        .toList(),
                List.copyOf(holds.values()));
    }

    /** The canonical form of the image with these points. */
    private String text(UUID head, long version, long at) {
        return "{\"head\":\"" + head + "\",\"version\":" + version + ",\"at\":" + at + ",\"enrolled\":" + enrolled
                + ",\"frozen\":" + frozen + ",\"available\":" + available() + ",\"held\":" + held() + ",\"pending\":"
                + pending() + ",\"debt\":" + debt + ",\"lifetime\":" + lifetime + ",\"lots\":" + text(rows(lots))
                + ",\"maturing\":"
                + maturing.entrySet().stream()
                        .map(e -> "[" + e.getKey().matures() + "," + e.getKey().day() + "," + e.getValue() + "]")
                        .collect(Collectors.joining(",", "[", "]"))
                + ",\"holds\":"
                + holds.values().stream()
                        .map(h ->
                                "[\"" + h.id() + "\"," + h.points() + "," + h.expiresAt() + "," + text(h.lots()) + "]")
                        .collect(Collectors.joining(",", "[", "]"))
                + "}";
    }

    private static String text(List<Lot> rows) {
        return rows.stream()
                .map(lot -> "[" + lot.day() + "," + lot.points() + "]")
                .collect(Collectors.joining(",", "[", "]"));
    }

    Image image(UUID head, long version, long at) {
        return new Image(head, version, at, state(), text(head, version, at));
    }

    // What can be done with points; each writes what it did into the diary.

    void earn(long day, long points) {
        Sums before = sums();
        add(lots, day, points);
        note("earn", before, List.of(new Lot(day, points)));
        payDebt(day, points);
    }

    void earnLater(long matures, long day, long points) {
        Sums before = sums();
        add(maturing, new Due(matures, day), points);
        note("earn", before, List.of(new Lot(day, points)));
    }

    /** Points that have just become available pay the debt first. */
    private void payDebt(long day, long points) {
        long paid = Math.min(debt, points);
        if (paid > 0) {
            Sums before = sums();
            debt -= paid;
            add(lots, day, -paid);
            note("payoff", before, List.of(new Lot(day, -paid)));
        }
    }

    /** Spends them, soonest first. */
    List<Lot> redeem(long points) {
        Sums before = sums();
        List<Lot> taken = takeSoonest(points);
        note("redeem", before, negative(taken));
        return taken;
    }

    Hold hold(UUID id, long points, long expiresAt) {
        Sums before = sums();
        List<Lot> taken = takeSoonest(points);
        Hold hold = new Hold(id, points, expiresAt, taken);
        holds.put(id, hold);
        note("hold", before, negative(taken));
        return hold;
    }

    /** Ends a hold: some of it is spent, soonest first, the rest goes back to its lots. Answers what was spent. */
    @CanIgnoreReturnValue
    List<Lot> endHold(Hold hold, long captured) {
        List<Lot> spent = stretch(hold.lots(), 0, captured);
        List<Lot> rest = stretch(hold.lots(), captured, hold.points() - captured);
        if (captured > 0) {
            Sums before = sums();
            if (rest.isEmpty()) {
                holds.remove(hold.id());
            } else {
                holds.put(hold.id(), new Hold(hold.id(), hold.points() - captured, hold.expiresAt(), rest));
            }
            note("capture", before, negative(spent));
        }
        if (!rest.isEmpty()) {
            Sums before = sums();
            holds.remove(hold.id());
            rest.forEach(lot -> add(lots, lot.day(), lot.points()));
            note("release", before, rest);
        }
        return spent;
    }

    /** Gives these back, and lets those expire at once that are past. */
    void giveBack(List<Lot> back, long at) {
        Sums before = sums();
        TreeMap<Long, Long> byDay = new TreeMap<>();
        back.forEach(lot -> add(byDay, lot.day(), lot.points()));
        byDay.forEach((day, points) -> add(lots, day, points));
        note("reverse", before, rows(byDay));
        expire(at);
    }

    /** Takes back an earn's points: where they still mature, then of their lot, then soonest first. */
    void takeBack(long day, Long matures, long points, boolean restIsDebt) {
        Sums before = sums();
        TreeMap<Long, Long> taken = new TreeMap<>();
        long left = points;
        if (matures != null) {
            Due due = new Due(matures, day);
            long part = Math.min(left, maturing.getOrDefault(due, 0L));
            add(maturing, due, -part);
            add(taken, day, -part);
            left -= part;
        }
        long own = Math.min(left, lots.getOrDefault(day, 0L));
        add(lots, day, -own);
        add(taken, day, -own);
        left -= own;
        for (Lot lot : takeSoonest(Math.min(left, available()))) {
            add(taken, lot.day(), -lot.points());
            left -= lot.points();
        }
        if (restIsDebt) {
            debt += left;
        }
        lifetime = Math.max(0, lifetime - points);
        note("reverse", before, rows(taken));
    }

    /** What time alone does. Answers the holds that ran out. */
    List<UUID> lapse(long at) {
        List<UUID> ended = new ArrayList<>();
        for (Hold hold : List.copyOf(holds.values())) {
            if (hold.expiresAt() <= at) {
                endHold(hold, 0);
                ended.add(hold.id());
            }
        }
        while (!maturing.isEmpty()) {
            Due due = maturing.firstKey();
            long points = maturing.get(due);
            if (new Maturing(due.matures(), due.day(), points).maturesAt() > at) {
                break;
            }
            Sums before = sums();
            maturing.remove(due);
            add(lots, due.day(), points);
            note("mature", before, List.of(new Lot(due.day(), points)));
            payDebt(due.day(), points);
        }
        expire(at);
        return ended;
    }

    private void expire(long at) {
        for (Lot lot : rows(lots)) {
            if (lot.lapsesAt() <= at) {
                Sums before = sums();
                lots.remove(lot.day());
                note("expire", before, List.of(new Lot(lot.day(), -lot.points())));
            }
        }
    }

    private List<Lot> takeSoonest(long points) {
        List<Lot> taken = stretch(rows(lots), 0, points);
        taken.forEach(lot -> add(lots, lot.day(), -lot.points()));
        return taken;
    }

    /** Of points in a row, those behind the first {@code skip}, {@code take} of them. */
    static List<Lot> stretch(List<Lot> row, long skip, long take) {
        List<Lot> out = new ArrayList<>();
        long begin = 0;
        for (Lot lot : row) {
            long end = begin + lot.points();
            long part = Math.min(end, skip + take) - Math.max(begin, skip);
            if (part > 0) {
                out.add(new Lot(lot.day(), part));
            }
            begin = end;
        }
        return out;
    }

    private record Sums(long available, long held, long pending, long debt) {}

    private Sums sums() {
        return new Sums(available(), held(), pending(), debt);
    }

    private void note(String type, Sums before, List<Lot> moved) {
        Sums after = sums();
        diary.add(new Entry(
                type,
                after.available - before.available,
                after.held - before.held,
                after.pending - before.pending,
                after.debt - before.debt,
                after.available,
                after.held,
                after.pending,
                after.debt,
                moved));
    }

    private static List<Lot> rows(TreeMap<Long, Long> byDay) {
        return byDay.entrySet().stream()
                .map(e -> new Lot(e.getKey(), e.getValue()))
                .toList();
    }

    private static List<Lot> negative(List<Lot> row) {
        return row.stream().map(lot -> new Lot(lot.day(), -lot.points())).toList();
    }

    private static <K> void add(Map<K, Long> where, K what, long points) {
        where.merge(what, points, (a, b) -> a + b == 0 ? null : Long.valueOf(a + b));
        where.remove(what, 0L);
    }
}
