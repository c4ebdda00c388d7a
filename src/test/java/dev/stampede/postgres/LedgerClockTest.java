package dev.stampede.postgres;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LedgerClockTest {
    private long wallMs = 1_000_000;
    private long nanos = 5_000_000;
    private final LedgerClock clock = new LedgerClock(() -> Instant.ofEpochMilli(wallMs), () -> nanos);

    private void pass(long ms) {
        wallMs += ms;
        nanos += ms * 1_000_000;
    }

    /** A call that was sent so many ms ago has been answered. */
    private void learn(long agoMs, long postgresMs) {
        clock.learn(new LedgerClock.Sent(wallMs - agoMs, nanos - agoMs * 1_000_000), postgresMs);
    }

    @Test
    void aCallDuringWhichTheClockWasSetTellsNothing() {
        LedgerClock.Sent sent = clock.sent();
        pass(5);
        long postgres = wallMs;
        wallMs += 3_600_000;
        pass(5);
        clock.learn(sent, postgres);
        assertEquals(0, clock.offsetMs());
        assertEquals(wallMs, clock.nowMs());
        learn(0, postgres + 5);
        assertEquals(-3_600_000, clock.offsetMs());
    }

    @Test
    void itIsPostgresTimeWhereTheyDiffer() {
        learn(10, wallMs + 60_000);
        assertEquals(60_000, clock.offsetMs());
        assertEquals(wallMs + 60_000, clock.nowMs());
        pass(500);
        assertEquals(wallMs + 60_000, clock.nowMs());
    }

    @Test
    void withinARoundTripNothingIsCorrected() {
        learn(10, wallMs - 4);
        assertEquals(0, clock.offsetMs());
    }

    @Test
    void itDoesNotGoBackWithTheMachinesClock() {
        learn(0, wallMs);
        long before = clock.nowMs();
        pass(100);
        wallMs -= 180_000;
        assertEquals(before + 100, clock.nowMs());
        // and once Postgres was heard it knows by how much that is off
        learn(0, before + 100);
        assertEquals(180_000, clock.offsetMs());
        assertEquals(before + 100, clock.nowMs());
    }

    @Test
    void aMachineThatSleptGoesByItsClock() {
        learn(0, wallMs);
        wallMs += 3_600_000; // the monotonic time stood still
        assertEquals(wallMs, clock.nowMs());
    }

    @Test
    void aClockThatWasPutAheadIsPutRightByPostgres() {
        long postgres = wallMs;
        wallMs += 300_000;
        learn(0, postgres);
        assertEquals(postgres, clock.nowMs());
    }

    @Test
    void whateverTheMachinesClockDoesItIsNeverBehindByMoreThanARoundTrip() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        long postgres = wallMs;
        learn(0, postgres);
        for (int i = 0; i < 10_000; i++) {
            long ms = random.nextInt(50);
            pass(ms);
            postgres += ms;
            switch (random.nextInt(4)) {
                case 0 -> wallMs += random.nextInt(2_000_000) - 1_000_000;
                case 1 -> {
                    LedgerClock.Sent sent = clock.sent();
                    long half = random.nextInt(10);
                    pass(half);
                    postgres += half;
                    long said = postgres;
                    pass(half);
                    postgres += half;
                    clock.learn(sent, said);
                }
                default -> {}
            }
            assertTrue(clock.nowMs() >= postgres - 20, "step " + i + ", seed " + seed);
        }
    }
}
