package dev.stampede.award;

import org.jspecify.annotations.Nullable;

/**
 * A total that all members share, as an award or a claim uses it: a budget of points or uses, or the stock of a reward.
 *
 * @param name the id of the budget, or of the reward
 * @param kind of what it is
 * @param partial whether it gives what is left where that is not enough; otherwise nothing
 * @param returns whether a reversal gives back to it
 * @param id its number in the ledger; 0 until it was looked up
 * @param left what is left of it, where it is known to be short; null where it is not
 */
public record Shared(
        String name,
        Kind kind,
        boolean partial,
        boolean returns,
        int id,
        @Nullable Long left) {
    /** The counter of an operation's use of a total is named so, with the total's number. */
    private static final String COUNTER = "$";

    public enum Kind {
        POINTS("points"),
        USES("uses"),
        STOCK("stock");

        private final String code;

        Kind(String code) {
            this.code = code;
        }

        /** As the ledger names it. */
        public String code() {
            return code;
        }
    }

    /** The same total under its number in the ledger. */
    public Shared of(int number, @Nullable Long rest) {
        return new Shared(name, kind, partial, returns, number, rest);
    }

    public boolean ofUses() {
        return kind != Kind.POINTS;
    }

    /** Names what an operation has taken of it, among what it has taken of limits. */
    public Counter counter() {
        return new Counter(COUNTER + id, Unit.EVER, 0);
    }

    /** The number of the total that the counter names; 0 for a counter of a limit. */
    public static int idOf(Counter counter) {
        return counter.name().startsWith(COUNTER)
                ? Integer.parseInt(counter.name().substring(COUNTER.length()))
                : 0;
    }
}
