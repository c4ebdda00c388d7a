package dev.stampede.http.request;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.account.AccountId;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class RateLimitTest {
    private final AtomicLong nanos = new AtomicLong(-5_000_000_000L);
    private final AccountId account = AccountId.of("demo", "a");

    @Test
    void aBurstThenARate() {
        RateLimit limit = new RateLimit(5, 100, nanos::get);

        for (int i = 0; i < 5; i++) {
            assertTrue(limit.allows(account));
        }
        assertFalse(limit.allows(account));
        nanos.addAndGet(199_000_000);
        assertFalse(limit.allows(account));
        nanos.addAndGet(2_000_000);
        assertTrue(limit.allows(account));
        assertFalse(limit.allows(account));

        nanos.addAndGet(3_600_000_000_000L);
        int allowed = 0;
        for (int i = 0; i < 100; i++) {
            allowed += limit.allows(account) ? 1 : 0;
        }
        assertEquals(5, allowed);
    }

    @Test
    void accountsDontShareIt() {
        RateLimit limit = new RateLimit(1, 100, nanos::get);

        assertTrue(limit.allows(account));
        assertTrue(limit.allows(AccountId.of("demo", "b")));
        assertFalse(limit.allows(account));
    }

    @Test
    void noneByDefault() {
        RateLimit limit = new RateLimit(0, 100, nanos::get);

        for (int i = 0; i < 1000; i++) {
            assertTrue(limit.allows(account));
        }
    }
}
