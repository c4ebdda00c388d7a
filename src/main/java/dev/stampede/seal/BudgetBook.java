package dev.stampede.seal;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The totals that all members share, and what is left of them, as the ledger said last: in a poll, or because a sealer
 * has looked at all parts of one. What is said here can be more than there is now. It is less only if units came back
 * since the last poll. Used from all event loops.
 */
public final class BudgetBook {
    private volatile Map<Name, Integer> numbers = Map.of();
    private volatile Consumer<Total> onNew = total -> {};
    private final Map<Integer, Long> left = new ConcurrentHashMap<>();

    private record Name(String program, String kind, String name) {}

    /**
     * A shared total.
     *
     * @param number in the ledger
     * @param kind {@code points}, {@code uses} or {@code stock}
     * @param name the id of the budget, or of the reward
     * @param left of {@code total}
     */
    public record Total(int number, String program, String kind, String name, long total, long left) {}

    /** Hears once of each total. */
    public void onNew(Consumer<Total> listener) {
        onNew = listener;
    }

    /** The ledger has counted all of them. */
    void counted(List<Total> totals) {
        totals.forEach(total -> left.put(total.number, total.left));
        if (totals.size() != numbers.size()) {
            totals.stream()
                    .filter(total -> !numbers.containsValue(total.number))
                    .forEach(total -> onNew.accept(total));
            numbers = totals.stream()
                    .collect(Collectors.toUnmodifiableMap(
                            total -> new Name(total.program, total.kind, total.name), Total::number));
        }
    }

    /** The ledger has looked at all parts of a total. */
    void left(int number, long units) {
        left.put(number, units);
    }

    /** The number of a total; null if it is not known yet. */
    public @Nullable Integer number(String program, String kind, String name) {
        return numbers.get(new Name(program, kind, name));
    }

    /** What is left of a total, at most; nobody knows better than the ledger. */
    public long left(int number) {
        return left.getOrDefault(number, Long.MAX_VALUE);
    }
}
