package dev.stampede.gateway;

/** What a comparison of Redis with Postgres found. */
public enum ComparisonResult {
    NONE,
    /** Operations that nobody had sealed, or told Redis about. */
    ORPHANS,
    /** An image that was not what Postgres has; discarded. */
    WRONG,
    /** The same, and Redis took operations for sealed that Postgres doesn't know: an alarm. */
    AHEAD
}
