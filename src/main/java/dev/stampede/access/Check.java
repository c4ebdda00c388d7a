package dev.stampede.access;

/** What became of looking at a credential. */
public sealed interface Check {
    /** It is valid. */
    record Passed(Principal principal) implements Check {}

    /**
     * It has the secret of a key that does not allow the call any more, or not here; callers are told no more than of
     * others.
     *
     * @param key its id
     */
    record Barred(Refused why, String key) implements Check {}

    /** It is not; callers are not told why. */
    enum Refused implements Check {
        MISSING,
        MALFORMED,
        UNKNOWN,
        EXPIRED,
        REVOKED,
        /** The connection does not have the client certificate of the key. */
        CERTIFICATE,
        USED
    }

    /** Nobody knows: what is in memory is too old, or too many tokens wait for their check. */
    enum Stale implements Check {
        STALE,
        BUSY
    }
}
