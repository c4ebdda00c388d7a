package dev.stampede.gateway;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import java.util.OptionalInt;

/** The limits of the write path. */
@ConfigMapping(prefix = "stampede.gateway")
public interface GatewayConfig {
    /** Operations in flight in this gateway; more are refused with 503 before Redis is asked. */
    @WithDefault("1000")
    int maxInFlight();

    /** How many of them may be of one key; more are refused with 503. If it is not set: a quarter, at least 1. */
    OptionalInt maxInFlightPerKey();

    /**
     * Operations of one account in flight in this gateway; more are refused with 503, except what ends a hold or voids
     * a call. 0: no limit.
     */
    @WithDefault("8")
    int maxInFlightPerAccount();

    /**
     * Operations of one account per second, over all gateways, with bursts of the same size; more are refused with 429,
     * except what ends a hold or voids a call, and what was answered before. 0: no limit.
     */
    @WithDefault("0")
    int rateLimitPerAccount();

    /** Reads of balances and keys in flight in this gateway; more are refused with 503 before Redis is asked. */
    @WithDefault("1000")
    int maxReads();

    /** How long a caller waits for the outcome; then it gets the answer that the outcome is unknown. */
    @WithDefault("10s")
    Duration answerTimeout();

    /** How often an operation is proposed again if the image was wrong. */
    @WithDefault("10")
    int maxTries();

    /** How long refused callers should wait, sent in the {@code Retry-After} header; whole seconds. */
    @WithDefault("1s")
    Duration retryAfter();

    /** The interval between searches for accounts that time alone has changed. */
    @WithDefault("10s")
    Duration sweepInterval();

    /** Number of accounts that a sweep reads at a time. */
    @WithDefault("200")
    int sweepBatch();

    /** The pause between two batches of a sweep. */
    @WithDefault("200ms")
    Duration sweepPause();

    /** The interval at which some accounts in Redis are compared with Postgres. */
    @WithDefault("1s")
    Duration compareInterval();

    /** The approximate number of accounts per comparison. */
    @WithDefault("100")
    int compareBatch();

    /** Unsealed operations older than this are sealed by the gateway whose comparison finds them. */
    @WithDefault("5s")
    Duration orphanAge();

    /** A gateway whose clock differs from Postgres' by more than this is not ready. */
    @WithDefault("2s")
    Duration maxClockOffset();
}
