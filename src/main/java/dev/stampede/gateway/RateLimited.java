package dev.stampede.gateway;

/**
 * An account has more calls in a time than it may; nothing was done. It has no stack trace: it is an answer, not a
 * fault.
 */
public final class RateLimited extends RuntimeException {
    private static final String DETAIL =
            "There are too many calls for this account. Nothing was done. Wait before the next one.";

    private final long waitMs;

    /** @param waitMs until the next call is allowed */
    RateLimited(long waitMs) {
        super(DETAIL, null, false, false);
        this.waitMs = waitMs;
    }

    @Override
    public String getMessage() {
        return DETAIL;
    }

    /** How long to wait, in whole seconds, rounded up. */
    public long waitSeconds() {
        return Math.max(1, (waitMs + 999) / 1000);
    }
}
