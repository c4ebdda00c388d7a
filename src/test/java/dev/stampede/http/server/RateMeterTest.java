package dev.stampede.http.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class RateMeterTest {
    private static final long MS = 1_000_000;

    private long now = -5_000 * MS;
    private final RateMeter meter = new RateMeter(now);

    private RateMeter.Taken take() {
        return meter.take(5, 5, now);
    }

    @Test
    void aBurstThenARate() {
        for (int left = 4; left >= 0; left--) {
            RateMeter.Taken taken = take();
            assertTrue(taken.allowed());
            assertEquals(left, taken.left());
            assertEquals((5 - left) * 200 * MS, taken.waitNanos());
        }
        RateMeter.Taken refused = take();
        assertFalse(refused.allowed());
        assertEquals(0, refused.left());
        assertEquals(200 * MS, refused.waitNanos());
        assertEquals(1, refused.waitSeconds());
        now += 199 * MS;
        assertFalse(take().allowed());
        now += MS;
        assertTrue(take().allowed());
        assertFalse(take().allowed());

        now += 3_600_000 * MS;
        int allowed = 0;
        for (int i = 0; i < 100; i++) {
            allowed += take().allowed() ? 1 : 0;
        }
        assertEquals(5, allowed);
    }

    /** A part of a small rate: a call in 3 s. */
    @Test
    void aRateBelowOne() {
        assertTrue(meter.take(1 / 3.0, 1, now).allowed());
        RateMeter.Taken refused = meter.take(1 / 3.0, 1, now);
        assertFalse(refused.allowed());
        assertEquals(3, refused.waitSeconds());
        now += 3001 * MS;
        assertTrue(meter.take(1 / 3.0, 1, now).allowed());
    }

    /** What was taken at another rate stays taken. */
    @Test
    void theRateMayChange() {
        for (int i = 0; i < 5; i++) {
            assertTrue(take().allowed());
        }
        assertFalse(meter.take(2.5, 2.5, now).allowed());
        now += 1000 * MS;
        assertTrue(meter.take(2.5, 2.5, now).allowed());
    }
}
