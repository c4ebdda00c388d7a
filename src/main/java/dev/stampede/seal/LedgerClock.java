package dev.stampede.seal;

import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The time of decisions: this machine's clock, corrected by its offset to Postgres', so that gateways agree. Safe for
 * use from any thread.
 *
 * <p>It does not go back with the machine's clock: until Postgres has been heard again, it is never behind what Postgres
 * said and the monotonic time since. A time from the future the ledger refuses; one from the past it can't tell from that
 * of a proposal which had to wait, and a hold that has run out would be captured by it.
 */
public final class LedgerClock {
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
        long offsetMs = Math.max(postgresMs - receivedMs, Math.min(postgresMs - sentMs, heard.offsetMs));
        heard = new Heard(offsetMs, receivedMs + offsetMs, nanoTime.getAsLong());
    }

    /** How far this machine's clock is off Postgres', in ms: positive if it is behind. */
    public long offsetMs() {
        return heard.offsetMs;
    }
}
