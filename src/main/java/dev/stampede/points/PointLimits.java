package dev.stampede.points;

/** Limits of points: whole numbers below 2^53, which the doubles of Redis' Lua hold exactly. */
public final class PointLimits {
    /** The maximum of a bucket of an account. */
    public static final long MAX = 9_000_000_000_000_000L;
    /** The maximum of one operation; the minimum is 1, or 0 for an earn whose amount is worth no points. */
    public static final long MAX_PER_OPERATION = 1_000_000_000_000L;
    /** The maximum number of lots that expire on one day; {@code MAX_GIVEN} of the Lua library. */
    public static final int MAX_GIVEN = 60;

    private PointLimits() {}
}
