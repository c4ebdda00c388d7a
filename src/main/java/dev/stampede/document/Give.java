package dev.stampede.document;

import java.math.BigDecimal;

/** What a promotion gives. */
public sealed interface Give {
    /** The base again, so that the member has {@code by} times as much; 1.5 gives half of it again. */
    record Multiply(BigDecimal by, Of of, On on) implements Give {}

    /** A number of points. */
    record Flat(long points) implements Give {}

    /** What a rate of its own gives, computed as an earn rule's. */
    record ByRate(Rate rate, On on) implements Give {}

    /**
     * Gifts: rewards that the member need not pay.
     *
     * @param validDays days after today to whose end they can be used
     * @param count how many
     */
    record Gift(String reward, int validDays, int count) implements Give {}

    /** What is multiplied. */
    enum Of {
        BASE,
        BASE_AND_TIER
    }

    /** The whole basket, or only the lines that the promotion's {@code items} match. */
    enum On {
        BASKET,
        ITEMS
    }
}
