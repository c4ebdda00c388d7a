package dev.stampede.access;

/** What became of looking at a credential. */
public sealed interface Check {
    /** It is valid. */
    record Passed(Principal principal) implements Check {}

    /** It is not; callers are not told why. */
    enum Refused implements Check {
        MISSING,
        MALFORMED,
        UNKNOWN,
        EXPIRED,
        REVOKED
    }

    /** Nobody knows: the book of keys is too old. */
    enum Stale implements Check {
        STALE
    }
}
