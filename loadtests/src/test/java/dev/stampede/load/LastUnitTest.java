package dev.stampede.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LastUnitTest {
    private final LastUnit last = new LastUnit("last", 2);
    private final List<String> violations = new ArrayList<>();

    private void others(int second, int ms) {
        for (int i = 0; i < 100; i++) {
            last.answered("earn", Outcome.OK, second * 1_000L + i, ms);
        }
    }

    @Test
    void comparesTheSecondInWhichNothingIsLeftWithTheMedian() {
        others(10, 7);
        others(11, 5);
        others(12, 20);
        others(13, 24);
        others(14, 6);
        assertNull(last.spike());
        last.answered("last", Outcome.DECLINED, 12_900, 400);
        LastUnit.Spike spike = last.spike();
        assertEquals(24, spike.there());
        assertEquals(7, spike.median());
        assertEquals(24 / 7.0, spike.ratio());
    }

    @Test
    void exactlyTheStockIsGiven() {
        last.answered("last", Outcome.OK, 1_000, 5);
        last.judge(1, violations);
        assertTrue(violations.remove(0).contains("did not run out"));
        last.answered("last", Outcome.OK, 1_000, 5);
        last.answered("last", Outcome.DECLINED, 2_000, 5);
        last.judge(2, violations);
        assertEquals(List.of(), violations);
        last.answered("last", Outcome.REFUSED, 2_000, 5);
        last.judge(2, violations);
        assertEquals(List.of(), violations);
        last.answered("last", Outcome.OK, 1_000, 5);
        last.judge(2, violations);
        assertEquals(List.of("3 calls had a piece, and the gateway says that 2 are used"), violations);
        last.judge(3, violations);
        assertEquals("of the stock of 2 the gateway says that 3 are used", violations.get(1));
    }

    @Test
    void aCallOfUnknownOutcomeMayHaveHadAPiece() {
        last.answered("last", Outcome.OK, 1_000, 5);
        last.answered("last", Outcome.UNKNOWN, 1_000, 5);
        last.answered("last", Outcome.DECLINED, 2_000, 5);
        last.judge(2, violations);
        assertEquals(List.of(), violations);
    }
}
