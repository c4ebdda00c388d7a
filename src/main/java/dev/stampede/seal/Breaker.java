package dev.stampede.seal;

import java.util.concurrent.TimeUnit;

/**
 * Refuses writes while calls to Postgres fail: nobody shall wait for what nobody will get. It opens after so many
 * failed calls in a row, or after one that hung. From a second after the first failure it lets a write through whenever
 * nothing else tries. The first call that succeeds closes it. Used from one event loop; reads no clock.
 */
final class Breaker {
    private static final long FIRST_TRY_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final int limit;
    private int failures;
    private long failingSinceNanos;
    /** A call hung until its time was up, and none has succeeded since. */
    private boolean hung;

    /** @param limit how many failures in a row open it */
    Breaker(int limit) {
        this.limit = limit;
    }

    boolean isOpen() {
        return failures >= limit;
    }

    /**
     * Whether a write is refused.
     *
     * @param trying whether a call is under way, or will be: then nobody else has to try
     */
    boolean refuses(boolean trying, long nowNanos) {
        return isOpen() && (trying || nowNanos - failingSinceNanos < FIRST_TRY_NANOS);
    }

    /** Whether a call hung, and none has succeeded since. */
    boolean hung() {
        return hung;
    }

    /** How many calls in a row have failed; at least the limit after one that hung. */
    int failures() {
        return failures;
    }

    void succeeded() {
        failures = 0;
        hung = false;
    }

    /**
     * Postgres refused a call for a reason that will pass, so it is there. After a call that hung this says nothing:
     * that call's session may hold the lock that others wait for.
     */
    void refusedForNow() {
        if (!hung) {
            failures = 0;
        }
    }

    void failed(long nowNanos) {
        if (failures++ == 0) {
            failingSinceNanos = nowNanos;
        }
    }

    /** The call that failed last had hung until its time was up. Nobody else shall wait that long to learn the same. */
    void hangs() {
        hung = true;
        failures = Math.max(failures, limit);
    }
}
