package dev.stampede.document;

/** What must come together before a promotion gives. */
public sealed interface Progress {
    /** How many make it complete. */
    int target();

    /** Whether it starts again when it is complete. */
    boolean repeat();

    /** A stamp card: purchases, or units of the lines that match. */
    record Count(Counts counts, int target, boolean repeat) implements Progress {}

    /** Days, ISO weeks or months in a row, with at least one purchase in each. */
    record Streak(Unit unit, int target, boolean repeat) implements Progress {}

    /** What a stamp is given for. */
    enum Counts {
        OPERATIONS,
        QUANTITY
    }

    /** The length of a streak's steps. */
    enum Unit {
        DAY,
        WEEK,
        MONTH
    }
}
