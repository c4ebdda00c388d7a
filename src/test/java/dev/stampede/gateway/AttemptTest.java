package dev.stampede.gateway;

import static dev.stampede.support.TestGateway.account;
import static dev.stampede.support.TestGateway.earn;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("servers")
class AttemptTest {
    /** Too little of many totals is no reason to do without those of which there is something left. */
    @Test
    void eachTotalIsCountedByItself() {
        Attempt attempt = new Attempt(earn(account("many"), "k", 1), null, false, 0);
        for (int total = 1; total <= 32; total++) {
            attempt.lacks(total, 1);
        }
        for (int total = 1; total <= 32; total++) {
            assertEquals(1, attempt.left(total));
        }
        assertEquals(Long.MAX_VALUE, attempt.left(33));
        for (int i = 1; i < 10; i++) {
            attempt.lacks(7, 1);
        }
        assertEquals(1, attempt.left(7));
        attempt.lacks(7, 1);
        assertEquals(0, attempt.left(7));
    }
}
