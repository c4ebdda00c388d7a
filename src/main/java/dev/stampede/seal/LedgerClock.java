package dev.stampede.seal;

import java.time.InstantSource;

/**
 * The time of decisions: this machine's clock, corrected by its offset to Postgres', so that gateways agree. Safe for
 * use from any thread.
 */
public final class LedgerClock {
    private final InstantSource source;
    private volatile long offsetMs;

    public LedgerClock(InstantSource source) {
        this.source = source;
    }

    /** In ms since the epoch. */
    public long nowMs() {
        return source.millis() + offsetMs;
    }

    long localMs() {
        return source.millis();
    }

    /**
     * Notes what Postgres' clock said.
     *
     * @param sentMs this machine's time when the call was sent
     * @param receivedMs and when its answer came: Postgres' time lies between the two
     */
    void learn(long sentMs, long postgresMs, long receivedMs) {
        // only what is certainly off is corrected: within a round trip nothing is known
        offsetMs = Math.max(postgresMs - receivedMs, Math.min(postgresMs - sentMs, offsetMs));
    }

    /** How far this machine's clock is off Postgres', in ms: positive if it is behind. */
    public long offsetMs() {
        return offsetMs;
    }
}
