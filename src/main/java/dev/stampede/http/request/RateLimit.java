package dev.stampede.http.request;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.stampede.account.AccountId;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * A token bucket an account, in this gateway: what one member's devices may ask, so that none can crowd out the others.
 */
final class RateLimit {
    private static final double NANOS = 1e9;

    private final int perSecond;
    private final LongSupplier nanoTime;
    private final Cache<AccountId, Bucket> buckets;

    /** What is left of the burst, and when that was counted. */
    private record Bucket(double tokens, long atNanos, boolean allowed) {}

    /** @param perSecond calls, and the most at once; 0 for no limit */
    RateLimit(int perSecond, int accounts, LongSupplier nanoTime) {
        this.perSecond = perSecond;
        this.nanoTime = nanoTime;
        // an idle account's bucket is full after a second: it need not be remembered
        this.buckets = Caffeine.newBuilder()
                .maximumSize(accounts)
                .expireAfterWrite(Duration.ofSeconds(10))
                .build();
    }

    boolean allows(AccountId account) {
        if (perSecond == 0) {
            return true;
        }
        long now = nanoTime.getAsLong();
        return buckets.asMap()
                .compute(account, (id, bucket) -> {
                    double tokens = bucket == null
                            ? perSecond
                            : Math.min(perSecond, bucket.tokens + (now - bucket.atNanos) / NANOS * perSecond);
                    return tokens >= 1 ? new Bucket(tokens - 1, now, true) : new Bucket(tokens, now, false);
                })
                .allowed;
    }
}
