package dev.stampede.simulate;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.stampede.points.Hold;
import dev.stampede.points.Lot;
import dev.stampede.points.Maturing;
import dev.stampede.points.MemberPoints;
import dev.stampede.points.PointLimits;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** One member's points while they are simulated: what there is of each lot. Moves them as the Lua library does. */
final class Wallet {
    private record Due(long matures, long day, long given) {}

    private record Sort(long day, long given) {
        static Sort of(Lot lot) {
            return new Sort(lot.day(), lot.given());
        }
    }

    private static final Comparator<Sort> SOONEST =
            Comparator.comparingLong(Sort::day).thenComparingLong(Sort::given);
    private static final int MAX_EXPIRED = 60;

    private final TreeMap<Sort, Long> lots = new TreeMap<>(SOONEST);
    private final TreeMap<Due, Long> maturing = new TreeMap<>(
            Comparator.comparingLong(Due::matures).thenComparingLong(Due::day).thenComparingLong(Due::given));
    private final Map<UUID, Hold> holds = new LinkedHashMap<>();
    /** What expired unspent, by the day that its earn gave it; a day may stand for those before it. */
    private final TreeMap<Long, Lot> expired = new TreeMap<>();

    private long debt;
    private long lifetime;

    /** @param expired the lots that expired unspent */
    Wallet(MemberPoints from, List<Lot> expired) {
        from.lots().forEach(lot -> add(lots, Sort.of(lot), lot.points()));
        from.maturing().forEach(row -> add(maturing, new Due(row.matures(), row.day(), row.given()), row.points()));
        from.holds().forEach(hold -> holds.put(hold.id(), hold));
        expired.forEach(lot -> this.expired.put(lot.day(), lot));
        debt = from.debt();
        lifetime = from.lifetime();
    }

    long available() {
        return sum(lots);
    }

    long held() {
        return holds.values().stream().mapToLong(Hold::points).sum();
    }

    long pending() {
        return sum(maturing);
    }

    long debt() {
        return debt;
    }

    long lifetime() {
        return lifetime;
    }

    @Nullable
    Hold hold(UUID id) {
        return holds.get(id);
    }

    /** Whether these are the same points. */
    boolean is(MemberPoints other) {
        return debt == other.debt()
                && lifetime == other.lifetime()
                && rows(lots).equals(other.lots())
                && maturing.entrySet().stream()
                        .map(row -> new Maturing(
                                row.getKey().matures(),
                                row.getKey().day(),
                                row.getValue(),
                                row.getKey().given()))
                        .toList()
                        .equals(other.maturing())
                && held() == other.held()
                && holds.size() == other.holds().size();
    }

    /** @param matures the day on which they become available; null: at once */
    void earn(long day, @Nullable Long matures, long points) {
        lifetime += points;
        if (matures == null) {
            give(day, points);
        } else {
            add(maturing, new Due(matures, day, day), points);
        }
    }

    /** Gives points that nobody has earned. */
    void give(long day, long points) {
        arrive(List.of(new Lot(day, points)));
    }

    /** Takes points by hand, soonest first; what is not there is owed. Answers what was taken. */
    List<Lot> take(long day, long points) {
        long there = Math.min(points, available());
        List<Lot> taken = new ArrayList<>(takeSoonest(there));
        if (there < points) {
            debt += points - there;
            taken.add(new Lot(day, points - there));
        }
        return taken;
    }

    /** Takes all there is, but what is on hold. */
    void forfeit() {
        lots.clear();
        maturing.clear();
    }

    List<Lot> redeem(long points) {
        return takeSoonest(points);
    }

    void hold(UUID id, long points, long expiresAt, @Nullable Long graceOn, @Nullable String taken) {
        holds.put(id, new Hold(id, points, expiresAt, takeSoonest(points), graceOn, taken));
    }

    /** Ends a hold: some of it is spent, soonest first, the rest comes back. Answers what was spent. */
    @CanIgnoreReturnValue
    List<Lot> end(Hold hold, long captured, @Nullable Long graceOn, long today) {
        holds.remove(hold.id());
        List<Lot> rest = stretch(hold.lots(), captured, hold.points() - captured);
        if (!rest.isEmpty()) {
            arrive(graced(rest, graceOn));
            expire(today);
        }
        return stretch(hold.lots(), 0, captured);
    }

    void giveBack(List<Lot> back, @Nullable Long graceOn, long today) {
        arrive(graced(back, graceOn));
        expire(today);
    }

    /**
     * Takes points of an operation back: where they still mature, then of their own; then what of them has expired,
     * which was taken before; then soonest first.
     *
     * @param day of the lot that it gave
     * @param earned whether they count as earned
     */
    void takeBack(long day, @Nullable Long matures, long points, boolean restIsDebt, boolean earned) {
        long left = points;
        for (Due due : List.copyOf(maturing.keySet())) {
            if (matures != null && due.matures() == matures && due.given() == day) {
                long part = Math.min(left, maturing.getOrDefault(due, 0L));
                add(maturing, due, -part);
                left -= part;
            }
        }
        for (Lot own : rows(lots)) {
            long part = own.given() == day ? Math.min(left, own.points()) : 0;
            add(lots, Sort.of(own), -part);
            left -= part;
        }
        left -= takeExpired(day, left);
        left -= sum(takeSoonest(Math.min(left, available())));
        debt += owed(left, restIsDebt);
        lifetime = earned ? Math.max(0, lifetime - points) : lifetime;
    }

    /** Takes back points that other earns gave: available ones, soonest first, then those that mature first. */
    void takeBackOthers(long points, boolean restIsDebt) {
        long left = points - sum(takeSoonest(Math.min(points, available())));
        for (Map.Entry<Due, Long> due : List.copyOf(maturing.entrySet())) {
            long part = Math.min(left, due.getValue());
            add(maturing, due.getKey(), -part);
            left -= part;
        }
        debt += owed(left, restIsDebt);
        lifetime = Math.max(0, lifetime - points);
    }

    /** What was spent is forgiven, unless it becomes debt; what is on hold is not spent. */
    private long owed(long missing, boolean isDebt) {
        return isDebt ? missing : Math.min(missing, Math.max(0, held() - debt));
    }

    /** What time alone does. Answers the holds that ran out. */
    List<Hold> lapse(long nowMs, long today) {
        List<Hold> ended = new ArrayList<>();
        for (Hold hold : List.copyOf(holds.values())) {
            if (hold.expiresAt() <= nowMs) {
                holds.remove(hold.id());
                arrive(graced(hold.lots(), hold.graceOn()));
                ended.add(hold);
            }
        }
        while (!maturing.isEmpty() && maturing.firstKey().matures() <= today) {
            Map.Entry<Due, Long> due = maturing.pollFirstEntry();
            arrive(List.of(
                    new Lot(due.getKey().day(), due.getValue(), due.getKey().given())));
        }
        expire(today);
        return ended;
    }

    /** The first hold that has something has other things from now on. */
    void replaceTaken(UUID id, @Nullable String taken) {
        holds.computeIfPresent(
                id,
                (same, hold) ->
                        new Hold(hold.id(), hold.points(), hold.expiresAt(), hold.lots(), hold.graceOn(), taken));
    }

    List<Hold> open() {
        return List.copyOf(holds.values());
    }

    /** All that counts today counts at least to that day. */
    void renew(long today, long on) {
        List<Lot> all = renewed(rows(lots), today, on);
        lots.clear();
        all.forEach(lot -> add(lots, Sort.of(lot), lot.points()));
        Map<Due, Long> later = new LinkedHashMap<>(maturing);
        maturing.clear();
        later.forEach((due, points) ->
                add(maturing, new Due(due.matures(), renewed(due.day(), today, on), due.given()), points));
        holds.replaceAll((id, hold) -> new Hold(
                id, hold.points(), hold.expiresAt(), renewed(hold.lots(), today, on), hold.graceOn(), hold.taken()));
    }

    private static List<Lot> renewed(List<Lot> row, long today, long on) {
        TreeMap<Sort, Long> sorts = new TreeMap<>(SOONEST);
        row.forEach(lot -> add(sorts, new Sort(renewed(lot.day(), today, on), lot.given()), lot.points()));
        bound(sorts);
        return rows(sorts);
    }

    private static long renewed(long day, long today, long on) {
        return day < today ? day : Math.max(day, on);
    }

    /** Points become available, and pay the debt first. */
    private void arrive(List<Lot> come) {
        come.forEach(lot -> add(lots, Sort.of(lot), lot.points()));
        bound(lots);
        debt -= sum(takeSoonest(Math.min(debt, available())));
    }

    /** The oldest of a day are one. */
    private static void bound(TreeMap<Sort, Long> sorts) {
        if (sorts.size() <= PointLimits.MAX_GIVEN) {
            return;
        }
        for (Sort first : List.copyOf(sorts.keySet())) {
            long same = sorts.keySet().stream()
                    .filter(sort -> sort.day() == first.day())
                    .count();
            if (same > PointLimits.MAX_GIVEN) {
                Long points = sorts.remove(first);
                add(sorts, sorts.higherKey(first), points == null ? 0 : points);
            }
        }
    }

    private static List<Lot> graced(List<Lot> back, @Nullable Long graceOn) {
        return back.stream().map(lot -> lot.graced(graceOn)).toList();
    }

    private void expire(long today) {
        while (!lots.isEmpty() && lots.firstKey().day() < today) {
            Map.Entry<Sort, Long> gone = lots.pollFirstEntry();
            noteExpired(gone.getKey().given(), gone.getValue());
        }
    }

    private @Nullable Lot expiredOf(long day) {
        Map.Entry<Long, Lot> row = expired.ceilingEntry(day);
        return row == null || row.getValue().given() > day ? null : row.getValue();
    }

    private void noteExpired(long day, long points) {
        Lot row = expiredOf(day);
        if (row != null) {
            expired.put(row.day(), row.of(row.points() + points));
            return;
        }
        expired.put(day, new Lot(day, points));
        if (expired.size() > MAX_EXPIRED) {
            Lot oldest = expired.pollFirstEntry().getValue();
            Lot next = expired.firstEntry().getValue();
            expired.put(next.day(), new Lot(next.day(), next.points() + oldest.points(), oldest.given()));
        }
    }

    private long takeExpired(long day, long most) {
        Lot row = expiredOf(day);
        long part = row == null ? 0 : Math.min(most, row.points());
        if (row != null && part == row.points()) {
            expired.remove(row.day());
        } else if (row != null && part > 0) {
            expired.put(row.day(), row.of(row.points() - part));
        }
        return part;
    }

    private List<Lot> takeSoonest(long points) {
        List<Lot> taken = stretch(rows(lots), 0, points);
        taken.forEach(lot -> add(lots, Sort.of(lot), -lot.points()));
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
                out.add(lot.of(part));
            }
            begin = end;
        }
        return out;
    }

    private static long sum(List<Lot> row) {
        return row.stream().mapToLong(Lot::points).sum();
    }

    private static long sum(Map<?, Long> row) {
        return row.values().stream().mapToLong(Long::longValue).sum();
    }

    private static List<Lot> rows(TreeMap<Sort, Long> sorts) {
        return sorts.entrySet().stream()
                .map(row ->
                        new Lot(row.getKey().day(), row.getValue(), row.getKey().given()))
                .toList();
    }

    private static <K> void add(Map<K, Long> where, K what, long points) {
        long now = where.getOrDefault(what, 0L) + points;
        if (now == 0) {
            where.remove(what);
        } else {
            where.put(what, now);
        }
    }
}
