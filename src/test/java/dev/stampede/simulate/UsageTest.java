package dev.stampede.simulate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.junit.jupiter.api.Test;

class UsageTest {
    private static final long HOUR = 3_600_000;

    private final Usage usage = new Usage(0, 10 * HOUR);

    @Test
    void itRunsOutInTheOrderOfTime() {
        usage.add(5 * HOUR, 30);
        usage.add(HOUR, 30); // told later, used before
        usage.add(7 * HOUR, 30);

        assertEquals(90, usage.used());
        assertNull(usage.ranOutMs(91));
        assertEquals(7, (usage.ranOutMs(90) + 5_000) / HOUR);
        assertEquals(5, (usage.ranOutMs(50) + 5_000) / HOUR);
    }

    @Test
    void whatComesBackCanBeUsedAgain() {
        usage.add(HOUR, 30);
        usage.add(2 * HOUR, -20);
        usage.add(3 * HOUR, 20);

        assertNull(usage.ranOutMs(31));
        assertNull(usage.limit(30));
    }

    @Test
    void whoGotLessKnowsBest() {
        usage.add(5 * HOUR, 30);
        usage.cut(4 * HOUR);
        usage.cut(6 * HOUR);

        assertEquals(4 * HOUR, usage.ranOutMs(1000));
    }

    @Test
    void aLimitLeavesWhatIsLeft() {
        usage.add(HOUR, 30);
        usage.add(5 * HOUR, 30);

        Usage.Limit limit = usage.limit(40);

        assertNotNull(limit);
        assertNull(limit.left(HOUR));
        assertEquals(10, limit.left(5 * HOUR));
        limit.take(HOUR, 30);
        limit.take(5 * HOUR, 10);
        assertEquals(0, limit.left(5 * HOUR));
        assertEquals(0, limit.left(6 * HOUR));
    }
}
