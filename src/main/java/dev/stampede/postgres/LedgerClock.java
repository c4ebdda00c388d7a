package dev.stampede.postgres;

import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The time of decisions: this machine's clock, corrected by its offset to Postgres', so that gateways agree. Safe for
 * use from any thread.
 *
 * <p>It does not go back with the machine's clock: until Postgres has been heard again, it is never behind what
 * Postgres said and the monotonic time since. A time from the future the ledger refuses; one from the past it can't
 * tell from that of a proposal which had to wait, and a hold that has run out would be captured by it.
 */
public final class LedgerClock {
    /** A clock that goes on by itself does not stray so far from the monotonic time while a call is under way. */
    private static final long SET_MS = 100;

    private final InstantSource source;
    private final LongSupplier nanoTime;
    private volatile Heard heard;

    /** @param atMs Postgres' time, as well as it is known, at the monotonic time {@code nanos} */
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

    /** When a call was sent that will say what time Postgres has: this machine's time, and the monotonic one. */
    public record Sent(long ms, long nanos) {}

    public Sent sent() {
        return new Sent(source.millis(), nanoTime.getAsLong());
    }

    /**
     * Notes what Postgres' clock said: it lies between the call and now. Where this machine's clock was set meanwhile,
     * that says nothing, and is passed over.
     */
    public void learn(Sent sent, long postgresMs) {
        long receivedMs = source.millis();
        long nanos = nanoTime.getAsLong();
        long tookMs = TimeUnit.NANOSECONDS.toMillis(nanos - sent.nanos);
        if (Math.abs(receivedMs - sent.ms - tookMs) > SET_MS) {
            return;
        }
        // only what is certainly off is corrected: within a round trip nothing is known
        long offsetMs = Math.max(postgresMs - receivedMs, Math.min(postgresMs - sent.ms, heard.offsetMs));
        heard = new Heard(offsetMs, receivedMs + offsetMs, nanos);
    }

    /** How far this machine's clock is off Postgres', in ms: positive if it is behind. */
    public long offsetMs() {
        return heard.offsetMs;
    }
}
