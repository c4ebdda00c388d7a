package dev.stampede.seal;

import java.util.concurrent.TimeUnit;

/**
 * Refuses writes while calls to Postgres fail: callers should not wait for a certain failure. It opens after a number
 * of failed calls in a row, or after one call that timed out. From one second after the first failure it lets a write
 * through as a trial, whenever no other call is a trial. The first call that succeeds closes it. Used from one event
 * loop; reads no clock.
 */
final class Breaker {
    private static final long FIRST_TRY_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final int limit;
    private int failures;
    private long failingSinceNanos;
    /** A call reached its time limit, and none has succeeded since. */
    private boolean timedOut;

    /** @param limit the number of failures in a row that opens it */
    Breaker(int limit) {
        this.limit = limit;
    }

    boolean isOpen() {
        return failures >= limit;
    }

    /**
     * Whether a write is refused.
     *
     * @param trying whether a call is in flight or will be sent: then no other trial is needed
     */
    boolean refuses(boolean trying, long nowNanos) {
        return isOpen() && (trying || nowNanos - failingSinceNanos < FIRST_TRY_NANOS);
    }

    /** Whether a call reached its time limit, and none has succeeded since. */
    boolean timedOut() {
        return timedOut;
    }

    /** The number of calls in a row that have failed; at least the limit after one that timed out. */
    int failures() {
        return failures;
    }

    void succeeded() {
        failures = 0;
        timedOut = false;
    }

    /**
     * Postgres refused a call for a temporary reason, and is therefore reachable. After a call that timed out this
     * proves nothing: the session of that call may still hold the lock for which others wait.
     */
    void refusedForNow() {
        if (!timedOut) {
            failures = 0;
        }
    }

    void failed(long nowNanos) {
        if (failures++ == 0) {
            failingSinceNanos = nowNanos;
        }
    }

    /** The last failed call reached its time limit. No other caller should wait that long for the same result. */
    void recordTimeout() {
        timedOut = true;
        failures = Math.max(failures, limit);
    }
}
