package dev.stampede.seal;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The totals that all members share, and what is left of them, as the ledger said last: in a poll, or because a sealer
 * has looked at all parts of one. What is said here can be more than there is now. It is less only if units came back
 * since the ledger was asked. Used from all event loops.
 *
 * <p>A gateway that was paused, or whose ledger is slow, does not know what came back meanwhile. Therefore nothing is
 * decided by what is older than {@link #MAX_AGE}: then everybody may try to get units, and the ledger says how it is.
 * It is still told where nothing depends on it.
 *
 * <p>As long as there was always enough of a total, everybody may try to get units. Once there was too little for
 * somebody, the operations of this gateway try to get no more at a time than is left. So a unit that comes back does
 * not make a thousand callers try, of whom the ledger refuses all but one.
 */
public final class BudgetBook {
    /** A call that takes longer hangs, and writes are refused then: an older answer need not be believed. */
    static final Duration MAX_AGE = Duration.ofSeconds(2);

    private final LongSupplier nanos;
    private volatile Map<Name, Total> totals = Map.of();
    private volatile Consumer<Total> onNew = total -> {};
    private final Map<Integer, Known> known = new ConcurrentHashMap<>();
    /** Of which there was too little for somebody at some time. */
    private final Set<Integer> scarce = ConcurrentHashMap.newKeySet();
    /** What operations of this gateway try to get now. */
    private final Map<Integer, AtomicLong> tried = new ConcurrentHashMap<>();

    private record Name(String program, String kind, String name) {}

    /** @param askedNanos when the ledger was asked: it said so then or later */
    private record Known(long left, long askedNanos) {}

    /**
     * A shared total.
     *
     * @param number in the ledger
     * @param kind {@code points}, {@code uses} or {@code stock}
     * @param name the id of the budget, or of the reward
     * @param left of {@code total}
     */
    public record Total(int number, String program, String kind, String name, long total, long left) {
        /** With so many more that are left. */
        public Total plus(long units) {
            return new Total(number, program, kind, name, total, Math.min(total, left + units));
        }
    }

    public BudgetBook() {
        this(System::nanoTime);
    }

    BudgetBook(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /** The time to note when the ledger is asked. */
    long asked() {
        return nanos.getAsLong();
    }

    /** Hears once of each total. */
    public void onNew(Consumer<Total> listener) {
        onNew = listener;
    }

    /**
     * The ledger has counted all of them.
     *
     * @param asked when it was {@link #asked}
     */
    void counted(List<Total> counted, long asked) {
        Map<Name, Total> before = totals;
        Map<Name, Total> now = new HashMap<>();
        for (Total total : counted) {
            left(total.number, total.left, asked);
            Name name = new Name(total.program, total.kind, total.name);
            now.put(name, total);
            if (!before.containsKey(name)) {
                onNew.accept(total);
            }
        }
        totals = Map.copyOf(now);
    }

    /**
     * The ledger has looked at all parts of a total.
     *
     * @param asked when it was {@link #asked}
     */
    void left(int number, long units, long asked) {
        known.put(number, new Known(units, asked));
    }

    /** There was too little of a total. */
    public void lacked(int number) {
        scarce.add(number);
    }

    /** A total, with what was left of it when the ledger said it last; null if it is not known yet. */
    public @Nullable Total total(String program, String kind, String name) {
        Total counted = totals.get(new Name(program, kind, name));
        return counted == null
                ? null
                : new Total(counted.number, program, kind, name, counted.total, told(counted.number));
    }

    /** All totals that are known, each with what was left of it when the ledger said it last. */
    public List<Total> told() {
        return totals.values().stream().map(this::now).toList();
    }

    /** The same total as it is known now. */
    public Total now(Total total) {
        Total known = total(total.program, total.kind, total.name);
        return known == null ? total : known;
    }

    /** The number of a total; null if it is not known yet. */
    public @Nullable Integer number(String program, String kind, String name) {
        Total counted = totals.get(new Name(program, kind, name));
        return counted == null ? null : counted.number;
    }

    /** What was left of a total when the ledger said it last, however long ago that is: nothing is decided by it. */
    public long told(int number) {
        Known last = known.get(number);
        return last == null ? Long.MAX_VALUE : last.left;
    }

    /**
     * What is left of a total, at most; nobody knows better than the ledger. {@link Long#MAX_VALUE} if it has not said
     * it, or too long ago.
     */
    public long left(int number) {
        Known last = known.get(number);
        return last == null || nanos.getAsLong() - last.askedNanos > MAX_AGE.toNanos() ? Long.MAX_VALUE : last.left;
    }

    /**
     * Notes that an operation tries to get units of a total, until it {@link #ended}. Refuses that while others try to
     * get so many that these would be too many.
     */
    public boolean tries(int number, long units) {
        long most = scarce.contains(number) ? left(number) : Long.MAX_VALUE;
        AtomicLong all = tried.computeIfAbsent(number, n -> new AtomicLong());
        if (all.addAndGet(units) <= most) {
            return true;
        }
        ended(number, units);
        return false;
    }

    /** An operation has got the units for which it tried, or does not try any more. */
    public void ended(int number, long units) {
        tried.computeIfAbsent(number, n -> new AtomicLong()).addAndGet(-units);
    }

    /** What operations of this gateway try to get of a total now. */
    public long tried(int number) {
        AtomicLong all = tried.get(number);
        return all == null ? 0 : all.get();
    }
}
