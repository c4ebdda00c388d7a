package dev.stampede.http.server;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Meters calls by GCRA (the generic cell rate algorithm, a token bucket that needs one number): so many per second, and
 * so many at once. May be used by several threads.
 */
final class RateMeter {
    private static final double SECOND = 1e9;

    /** When the burst is whole again, by the monotonic clock. */
    private final AtomicLong wholeNanos;

    /** @param nowNanos by the monotonic clock, as in {@link #take} */
    RateMeter(long nowNanos) {
        wholeNanos = new AtomicLong(nowNanos);
    }

    /**
     * What became of a call.
     *
     * @param left how many more are allowed at once
     * @param waitNanos until the next call is allowed if this one is not; else until the burst is whole again
     */
    record Taken(boolean allowed, long left, long waitNanos) {
        /** The time to wait in whole seconds, rounded up, at least 1. */
        long waitSeconds() {
            return Math.max(1, (long) Math.ceil(waitNanos / SECOND));
        }
    }

    /**
     * Counts a call, if it is allowed.
     *
     * @param perSecond calls per second, above 0
     * @param burst calls at once, from 1
     */
    Taken take(double perSecond, double burst, long nowNanos) {
        return take(perSecond, burst, 1, nowNanos);
    }

    /**
     * Counts a request as so many calls, if that many are allowed.
     *
     * @param calls above 0, and no more than the burst
     */
    Taken take(double perSecond, double burst, double calls, long nowNanos) {
        double step = SECOND / perSecond;
        while (true) {
            long whole = wholeNanos.get();
            double behind = Math.max(0, whole - nowNanos);
            double spare = (burst - calls) * step - behind;
            if (spare < 0) {
                return new Taken(false, 0, (long) Math.ceil(-spare));
            }
            long next = nowNanos + (long) (behind + calls * step);
            if (wholeNanos.compareAndSet(whole, next)) {
                return new Taken(true, (long) (spare / step), next - nowNanos);
            }
        }
    }
}
