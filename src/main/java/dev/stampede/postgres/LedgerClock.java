package dev.stampede.postgres;

import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The time of decisions: this machine's clock, corrected by its offset to Postgres'. Therefore all gateways agree. Safe
 * for use from any thread.
 *
 * <p>It does not go back when the machine's clock is set back: until Postgres has answered again, it is never behind
 * Postgres' last time plus the monotonic time since. The ledger refuses a time from the future. It cannot refuse one
 * from the past: a proposal that had to wait looks the same. With such a time an expired hold would be captured.
 */
public final class LedgerClock {
    /** A clock that was not set does not deviate this much from the monotonic time during a call. */
    private static final long SET_MS = 100;

    private final InstantSource source;
    private final LongSupplier nanoTime;
    private volatile Heard heard;

    /** @param atMs Postgres' time, as exactly as it is known, at the monotonic time {@code nanos} */
    private record Heard(long offsetMs, long atMs, long nanos) {}

    public LedgerClock(InstantSource source) {
        this(source, System::nanoTime);
    }

    /** @param nanoTime monotonic, in ns */
    LedgerClock(InstantSource source, LongSupplier nanoTime) {
        this.source = source;
        this.nanoTime = nanoTime;
        this.heard = new Heard(0, source.millis(), nanoTime.getAsLong());
    }

    /** In ms since the epoch. */
    public long nowMs() {
        Heard last = heard;
        long sinceMs = TimeUnit.NANOSECONDS.toMillis(nanoTime.getAsLong() - last.nanos);
        return Math.max(source.millis() + last.offsetMs, last.atMs + sinceMs);
    }

    /**
     * The time at which a call was sent whose answer will contain Postgres' time: this machine's time, and the
     * monotonic one.
     */
    public record Sent(long ms, long nanos) {}

    public Sent sent() {
        return new Sent(source.millis(), nanoTime.getAsLong());
    }

    /**
     * Records the time of Postgres' clock, which was read between the call and now. If this machine's clock was set
     * meanwhile, the reading proves nothing and is ignored.
     */
    public void learn(Sent sent, long postgresMs) {
        long receivedMs = source.millis();
        long nanos = nanoTime.getAsLong();
        long tookMs = TimeUnit.NANOSECONDS.toMillis(nanos - sent.nanos);
        if (Math.abs(receivedMs - sent.ms - tookMs) > SET_MS) {
            return;
        }
        // corrects only the certain deviation: within a round trip the offset is unknown
        long offsetMs = Math.max(postgresMs - receivedMs, Math.min(postgresMs - sent.ms, heard.offsetMs));
        heard = new Heard(offsetMs, receivedMs + offsetMs, nanos);
    }

    /** The offset of this machine's clock from Postgres', in ms: positive if this machine's is behind. */
    public long offsetMs() {
        return heard.offsetMs;
    }
}
