package dev.stampede.seal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class BreakerTest {
    private static final long SECOND = 1_000_000_000;
    /** Monotonic times may be negative. */
    private static final long START = -5 * SECOND;

    private final Breaker breaker = new Breaker(3);

    private void fail(int times) {
        for (int i = 0; i < times; i++) {
            breaker.failed(START + i);
        }
    }

    @Test
    void itOpensAfterSoManyFailures() {
        fail(2);
        assertFalse(breaker.isOpen());
        assertFalse(breaker.refuses(true, START));
        fail(1);
        assertTrue(breaker.isOpen());
        assertTrue(breaker.refuses(false, START));
        assertEquals(3, breaker.failures());
    }

    @Test
    void aSuccessClosesItAndStartsTheCountAnew() {
        fail(3);
        breaker.succeeded();
        assertFalse(breaker.isOpen());
        fail(2);
        assertFalse(breaker.isOpen());
    }

    @Test
    void itLetsOneThroughASecondAfterTheFirstFailure() {
        fail(3);
        assertTrue(breaker.refuses(false, START + SECOND - 1));
        assertFalse(breaker.refuses(false, START + SECOND));
        assertTrue(breaker.refuses(true, START + SECOND), "somebody tries already");
    }

    @Test
    void theSecondBeginsAnewAfterASuccess() {
        fail(3);
        breaker.succeeded();
        for (int i = 0; i < 3; i++) {
            breaker.failed(START + 10 * SECOND);
        }
        assertTrue(breaker.refuses(false, START + 10 * SECOND + 1));
    }

    @Test
    void aCallThatHungOpensItAtOnce() {
        breaker.failed(START);
        breaker.recordTimeout();
        assertTrue(breaker.isOpen());
        assertTrue(breaker.timedOut());
        breaker.succeeded();
        assertFalse(breaker.isOpen());
        assertFalse(breaker.timedOut());
    }

    @Test
    void aPassingRefusalClosesIt() {
        fail(3);
        breaker.refusedForNow();
        assertFalse(breaker.isOpen());
    }

    @Test
    void aPassingRefusalAfterACallThatHungDoesNot() {
        breaker.failed(START);
        breaker.recordTimeout();
        breaker.refusedForNow();
        assertTrue(breaker.isOpen());
        assertTrue(breaker.timedOut());
    }
}
