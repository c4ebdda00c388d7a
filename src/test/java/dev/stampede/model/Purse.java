package dev.stampede.model;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.stampede.account.Entry;
import dev.stampede.account.Image;
import dev.stampede.award.Gift;
import dev.stampede.award.MemberState;
import dev.stampede.codec.MemberText;
import dev.stampede.codec.Taken;
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
import java.util.stream.Collectors;

/**
 * One member's points, plainly: what there is of each lot. Sums are never stored, so that the sums of others can be
 * held against them. Keeps a diary of what moved.
 */
final class Purse {
    private record Due(long matures, long day, long given) {}

    /** Which points: they count to that day, and their earn gave them to the other one. */
    private record Sort(long day, long given) {
        static Sort of(Lot lot) {
            return new Sort(lot.day(), lot.given());
        }
    }

    private static final JsonStringEncoder JSON = JsonStringEncoder.getInstance();

    private static final Comparator<Sort> SOONEST =
            Comparator.comparingLong(Sort::day).thenComparingLong(Sort::given);
    private static final int MAX_EXPIRED = 60;
    /** Lots of one day. */
    static final int MAX_GIVEN = PointLimits.MAX_GIVEN;

    private final int maxGiven;

    boolean enrolled;
    /** The digest of the member's. */
    String attributes;

    /** What the program knows of the member besides the points. */
    MemberState member = MemberState.BLANK;

    boolean frozen;
    boolean spendingFrozen;
    boolean closed;
    /** When the newest code was made that the member has shown; null if he has shown none. */
    Long memberCode;

    long debt;
    long lifetime;
    private final TreeMap<Sort, Long> lots = new TreeMap<>(SOONEST);
    /** What expired unspent, by the day that its earn gave it; a day may stand for those before it. */
    private final TreeMap<Long, Lot> expired = new TreeMap<>();

    private final TreeMap<Due, Long> maturing = new TreeMap<>(
            Comparator.comparingLong(Due::matures).thenComparingLong(Due::day).thenComparingLong(Due::given));
    private final Map<UUID, Hold> holds = new LinkedHashMap<>();
    final List<Entry> diary = new ArrayList<>();

    /** @param maxGiven how many lots of one day there can be; the player meets a small number only */
    Purse(int maxGiven) {
        this.maxGiven = maxGiven;
    }

    /** The same points, with an empty diary. */
    Purse copy() {
        Purse copy = new Purse(maxGiven);
        copy.enrolled = enrolled;
        copy.attributes = attributes;
        copy.member = member;
        copy.frozen = frozen;
        copy.spendingFrozen = spendingFrozen;
        copy.memberCode = memberCode;
        copy.closed = closed;
        copy.debt = debt;
        copy.lifetime = lifetime;
        copy.lots.putAll(lots);
        copy.expired.putAll(expired);
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

    MemberPoints state() {
        return new MemberPoints(
                enrolled,
                frozen,
                spendingFrozen,
                closed,
                available(),
                held(),
                pending(),
                debt,
                lifetime,
                rows(lots),
                maturing.entrySet().stream()
                        .map(e -> new Maturing(
                                e.getKey().matures(),
                                e.getKey().day(),
                                e.getValue(),
                                e.getKey().given()))
                        .toList(),
                List.copyOf(holds.values()));
    }

    /** The canonical form of the image with these points. */
    private String text(UUID head, long version, long at) {
        return "{\"head\":\"" + head + "\",\"version\":" + version + ",\"at\":" + at + ",\"enrolled\":" + enrolled
                + ",\"frozen\":" + frozen + (closed ? ",\"closed\":true" : "")
                + (spendingFrozen ? ",\"spendingFrozen\":true" : "") + ",\"available\":" + available()
                + ",\"held\":" + held() + ",\"pending\":" + pending() + ",\"debt\":" + debt + ",\"lifetime\":"
                + lifetime + ",\"lots\":" + text(rows(lots))
                + ",\"maturing\":"
                + maturing.entrySet().stream()
                        .map(e -> "[" + e.getKey().matures() + "," + e.getKey().day() + "," + e.getValue()
                                + (e.getKey().given() == e.getKey().day()
                                        ? ""
                                        : "," + e.getKey().given()) + "]")
                        .collect(Collectors.joining(",", "[", "]"))
                + ",\"holds\":"
                + holds.values().stream()
                        .map(h -> "[\"" + h.id() + "\"," + h.points() + "," + h.expiresAt() + "," + text(h.lots())
                                + (h.graceOn() == null ? "" : "," + h.graceOn())
                                + (h.taken() == null
                                        ? ""
                                        : ",\"" + String.valueOf(JSON.quoteAsString(h.taken())) + "\"")
                                + "]")
                        .collect(Collectors.joining(",", "[", "]"))
                + (expired.isEmpty() ? "" : ",\"expired\":" + text(List.copyOf(expired.values())))
                + (attributes == null ? "" : ",\"attributes\":\"" + attributes + '"')
                + (memberCode == null ? "" : ",\"memberCode\":" + memberCode)
                + (memberText() == null ? "" : ",\"member\":" + memberText())
                + "}";
    }

    private static String text(List<Lot> rows) {
        return rows.stream()
                .map(lot -> "[" + lot.day() + "," + lot.points() + (lot.given() == lot.day() ? "" : "," + lot.given())
                        + "]")
                .collect(Collectors.joining(",", "[", "]"));
    }

    private String memberText() {
        return MemberText.write(member);
    }

    Image image(UUID head, long version, long at) {
        return new Image(head, version, at, state(), attributes, memberCode, memberText(), text(head, version, at));
    }

    // What can be done with points; each writes what it did into the diary.

    void earn(long day, long points) {
        arrive("earn", sums(), List.of(new Lot(day, points)));
    }

    void earnLater(long matures, long day, long points) {
        Sums before = sums();
        add(maturing, new Due(matures, day, day), points);
        note("earn", before, List.of(new Lot(day, points)));
    }

    /** Gives points by hand: nobody has earned them. */
    void adjust(long day, long points) {
        arrive("adjust", sums(), List.of(new Lot(day, points)));
    }

    /** Takes points by hand, soonest first; what is not there is owed. Answers what was taken. */
    List<Lot> adjustDown(long day, long points) {
        Sums before = sums();
        long there = Math.min(points, available());
        List<Lot> taken = new ArrayList<>(takeSoonest(there));
        if (there < points) {
            debt += points - there;
            taken.add(new Lot(day, points - there));
        }
        note("adjust", before, negative(taken));
        return taken;
    }

    /** Takes all there is, but what is on hold. */
    void forfeit() {
        Sums before = sums();
        TreeMap<Sort, Long> gone = new TreeMap<>(lots);
        maturing.forEach((due, points) -> add(gone, new Sort(due.day(), due.given()), points));
        lots.clear();
        maturing.clear();
        if (!gone.isEmpty()) {
            note("forfeit", before, negative(rows(gone)));
        }
    }

    /** Points become available, and pay the debt first. */
    private void arrive(String how, Sums before, List<Lot> come) {
        come.forEach(lot -> add(lots, Sort.of(lot), lot.points()));
        bound(lots);
        note(how, before, come);
        long paid = Math.min(debt, available());
        if (paid > 0) {
            Sums owed = sums();
            debt -= paid;
            note("payoff", owed, negative(takeSoonest(paid)));
        }
    }

    /** Spends them, soonest first. */
    List<Lot> redeem(long points) {
        Sums before = sums();
        List<Lot> taken = takeSoonest(points);
        note("redeem", before, negative(taken));
        return taken;
    }

    Hold hold(UUID id, long points, long expiresAt, Long graceOn, String taken) {
        Sums before = sums();
        List<Lot> lots = takeSoonest(points);
        Hold hold = new Hold(id, points, expiresAt, lots, graceOn, taken);
        holds.put(id, hold);
        note("hold", before, negative(lots));
        return hold;
    }

    /** Ends a hold: some of it is spent, soonest first, the rest comes back. Answers what was spent. */
    @CanIgnoreReturnValue
    List<Lot> endHold(Hold hold, long captured, Long graceOn) {
        List<Lot> spent = stretch(hold.lots(), 0, captured);
        List<Lot> rest = stretch(hold.lots(), captured, hold.points() - captured);
        if (captured > 0) {
            Sums before = sums();
            if (rest.isEmpty()) {
                holds.remove(hold.id());
            } else {
                holds.put(hold.id(), new Hold(hold.id(), hold.points() - captured, hold.expiresAt(), rest, null));
            }
            note("capture", before, negative(spent));
        }
        if (!rest.isEmpty()) {
            Sums before = sums();
            holds.remove(hold.id());
            arrive("release", before, graced(rest, graceOn));
        }
        holds.remove(hold.id());
        return spent;
    }

    /** Gives these back. */
    void giveBack(List<Lot> back, Long graceOn) {
        arrive("reverse", sums(), graced(back, graceOn));
    }

    /** They count at least to that day from now on. */
    private static List<Lot> graced(List<Lot> back, Long graceOn) {
        TreeMap<Sort, Long> sorts = new TreeMap<>(SOONEST);
        for (Lot lot : back) {
            long day = graceOn == null ? lot.day() : Math.max(lot.day(), graceOn);
            add(sorts, new Sort(day, lot.given()), lot.points());
        }
        return rows(sorts);
    }

    /**
     * Takes back an earn's points: where they still mature, then of their own; then what of them has expired, which was
     * taken before; then soonest first.
     *
     * @param earned whether they count as earned
     */
    void takeBack(long day, Long matures, long points, boolean restIsDebt, boolean earned) {
        Sums before = sums();
        TreeMap<Sort, Long> taken = new TreeMap<>(SOONEST);
        long left = points;
        if (matures != null) {
            for (Due due : List.copyOf(maturing.keySet())) {
                boolean own = due.matures() == matures && due.given() == day;
                long part = own ? Math.min(left, maturing.get(due)) : 0;
                add(maturing, due, -part);
                add(taken, new Sort(due.day(), due.given()), -part);
                left -= part;
            }
        }
        for (Lot own : rows(lots)) {
            long part = own.given() == day ? Math.min(left, own.points()) : 0;
            add(lots, Sort.of(own), -part);
            add(taken, Sort.of(own), -part);
            left -= part;
        }
        left -= takeExpired(day, left);
        for (Lot lot : takeSoonest(Math.min(left, available()))) {
            add(taken, Sort.of(lot), -lot.points());
            left -= lot.points();
        }
        debt += owed(left, restIsDebt);
        lifetime = earned ? Math.max(0, lifetime - points) : lifetime;
        note("reverse", before, rows(taken));
    }

    /** Takes back points that other earns gave: available ones, soonest first, then those that mature first. */
    void takeBackOthers(long points, boolean restIsDebt) {
        Sums before = sums();
        TreeMap<Sort, Long> taken = new TreeMap<>(SOONEST);
        long left = points;
        for (Lot lot : takeSoonest(Math.min(left, available()))) {
            add(taken, Sort.of(lot), -lot.points());
            left -= lot.points();
        }
        for (Map.Entry<Due, Long> due : List.copyOf(maturing.entrySet())) {
            long part = Math.min(left, due.getValue());
            add(maturing, due.getKey(), -part);
            add(taken, new Sort(due.getKey().day(), due.getKey().given()), -part);
            left -= part;
        }
        debt += owed(left, restIsDebt);
        lifetime = Math.max(0, lifetime - points);
        note("take_back", before, rows(taken));
    }

    /** What was spent is forgiven, unless it becomes debt; what is on hold is not spent. */
    private long owed(long missing, boolean isDebt) {
        return isDebt ? missing : Math.min(missing, Math.max(0, held() - debt));
    }

    /**
     * What time alone does. Answers the holds that ran out.
     *
     * @param today the day of that time
     */
    List<Hold> lapse(long at, long today) {
        List<Hold> ended = new ArrayList<>();
        for (Hold hold : List.copyOf(holds.values())) {
            if (hold.expiresAt() <= at) {
                Sums before = sums();
                holds.remove(hold.id());
                arrive("release", before, graced(hold.lots(), hold.graceOn()));
                ended.add(hold);
            }
        }
        while (!maturing.isEmpty()) {
            Due due = maturing.firstKey();
            long points = maturing.get(due);
            if (due.matures() > today) {
                break;
            }
            Sums before = sums();
            maturing.remove(due);
            arrive("mature", before, List.of(new Lot(due.day(), points, due.given())));
        }
        expire(today);
        return ended;
    }

    /** The first hold that has that gift has it for good. */
    void keepGift(Gift gift) {
        for (Hold hold : List.copyOf(holds.values())) {
            Taken taken = hold.taken() == null ? null : Taken.read(hold.taken());
            if (taken != null && gift.equals(taken.gift())) {
                String kept = new Taken(
                                taken.rule(),
                                taken.reward(),
                                taken.points(),
                                taken.value(),
                                taken.decimals(),
                                taken.rate(),
                                null,
                                taken.uses(),
                                taken.code())
                        .write();
                holds.put(
                        hold.id(),
                        new Hold(hold.id(), hold.points(), hold.expiresAt(), hold.lots(), hold.graceOn(), kept));
                return;
            }
        }
    }

    /** All that counts today counts at least to that day. */
    void renew(long today, long on) {
        List<Lot> all = renewed(rows(lots), today, on);
        lots.clear();
        all.forEach(lot -> add(lots, Sort.of(lot), lot.points()));
        Map<Due, Long> later = new TreeMap<>(maturing);
        maturing.clear();
        later.forEach((due, points) ->
                add(maturing, new Due(due.matures(), renewed(due.day(), today, on), due.given()), points));
        holds.replaceAll((id, hold) -> new Hold(
                id, hold.points(), hold.expiresAt(), renewed(hold.lots(), today, on), hold.graceOn(), hold.taken()));
    }

    private List<Lot> renewed(List<Lot> row, long today, long on) {
        TreeMap<Sort, Long> sorts = new TreeMap<>(SOONEST);
        row.forEach(lot -> add(sorts, new Sort(renewed(lot.day(), today, on), lot.given()), lot.points()));
        bound(sorts);
        return rows(sorts);
    }

    /** The oldest of a day are one. */
    private void bound(TreeMap<Sort, Long> sorts) {
        for (Sort first : List.copyOf(sorts.keySet())) {
            long same = sorts.keySet().stream()
                    .filter(sort -> sort.day() == first.day())
                    .count();
            if (same > maxGiven) {
                long points = sorts.remove(first);
                add(sorts, sorts.higherKey(first), points);
            }
        }
    }

    private static long renewed(long day, long today, long on) {
        return day < today ? day : Math.max(day, on);
    }

    void expire(long today) {
        while (!lots.isEmpty() && lots.firstKey().day() < today) {
            long day = lots.firstKey().day();
            List<Lot> gone = rows(lots).stream().filter(lot -> lot.day() == day).toList();
            Sums before = sums();
            gone.forEach(lot -> lots.remove(Sort.of(lot)));
            note("expire", before, negative(gone));
            gone.forEach(lot -> noteExpired(lot.given(), lot.points()));
        }
    }

    private Lot expiredOf(long day) {
        var row = expired.ceilingEntry(day);
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
        if (part > 0 && part == row.points()) {
            expired.remove(row.day());
        } else if (part > 0) {
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

    private static List<Lot> rows(TreeMap<Sort, Long> sorts) {
        return sorts.entrySet().stream()
                .map(e -> new Lot(e.getKey().day(), e.getValue(), e.getKey().given()))
                .toList();
    }

    private static List<Lot> negative(List<Lot> row) {
        return row.stream().map(lot -> lot.of(-lot.points())).toList();
    }

    private static <K> void add(Map<K, Long> where, K what, long points) {
        where.merge(what, points, (a, b) -> a + b == 0 ? null : Long.valueOf(a + b));
        where.remove(what, 0L);
    }
}
