package dev.stampede.keys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ClaimLimitTest {
    private static final long MS = TimeUnit.MILLISECONDS.toNanos(1);
    /** The monotonic clock may be anywhere. */
    private static final long START = Long.MAX_VALUE - 500 * MS;

    private final ClaimLimit limit = new ClaimLimit();

    @Test
    void anAddressMayTryOnceASecond() {
        assertTrue(limit.allows("a", START));
        assertFalse(limit.allows("a", START + 999 * MS));
        assertTrue(limit.allows("b", START + 999 * MS));
        assertTrue(limit.allows("a", START + 1000 * MS));
        assertFalse(limit.allows("b", START + 1998 * MS));
        assertTrue(limit.allows("b", START + 1999 * MS));
    }

    @Test
    void fiveOfAllMayTryInAnySecond() {
        long[] allowed = IntStream.range(0, 3000)
                .filter(i -> limit.allows("address " + i, START + i * MS))
                .mapToLong(i -> i)
                .toArray();
        assertEquals(15, allowed.length);
        for (int i = 5; i < allowed.length; i++) {
            assertTrue(allowed[i] - allowed[i - 5] >= 1000);
        }
    }

    @Test
    void whoIsRefusedTakesNoPlace() {
        for (int i = 0; i < 100; i++) {
            assertEquals(i == 0, limit.allows("loud", START + i * MS));
        }
        for (int i = 0; i < 5; i++) {
            assertEquals(i < 4, limit.allows("quiet " + i, START + 200 * MS));
        }
    }
}
