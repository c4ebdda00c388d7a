package dev.stampede.gateway;

/** The result of a comparison of Redis with Postgres. */
public enum ComparisonResult {
    NONE,
    /** Operations that no gateway had sealed, or had reported to Redis as sealed. */
    ORPHANS,
    /** An image that differed from Postgres; discarded. */
    WRONG,
    /** The same, and Redis had operations as sealed that Postgres does not have: an alarm. */
    AHEAD
}
