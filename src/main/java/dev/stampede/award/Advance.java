package dev.stampede.award;

/** By what an operation brings a promotion nearer to completion, if the promotion needs several operations. */
public sealed interface Advance {
    /** How many make it complete; 2 or more. */
    long target();

    /** Whether it can be completed more than once. */
    boolean repeat();

    /**
     * Stamps.
     *
     * @param stamps 0 or more
     * @param ofUnits whether a stamp is given for each unit of the lines that match; otherwise for the operation
     */
    record Stamp(long target, boolean repeat, long stamps, boolean ofUnits) implements Advance {}

    /**
     * A period (day, ISO week or month) of a row of them.
     *
     * @param period the number of the operation's period
     * @param oldest the number of the oldest period that a later operation can still use
     * @param keptRuns how many rewarded runs are kept at least, so that a reversal can break them; 1 or more
     */
    record Step(long target, boolean repeat, long period, long oldest, long keptRuns) implements Advance {}
}
