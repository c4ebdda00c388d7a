package dev.stampede.points;

/** Limits of points: whole numbers, which Redis' Lua holds exactly as doubles (they are below 2^53). */
public final class PointLimits {
    /** The most that a bucket of an account may hold. */
    public static final long MAX = 9_000_000_000_000_000L;
    /** The most that one operation may move; the least is 1, or 0 for an earn that prices to nothing. */
    public static final long MAX_PER_OPERATION = 1_000_000_000_000L;

    private PointLimits() {}
}
