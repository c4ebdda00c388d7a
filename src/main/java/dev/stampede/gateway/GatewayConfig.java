package dev.stampede.gateway;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** The bounds of the write path. */
@ConfigMapping(prefix = "stampede.gateway")
public interface GatewayConfig {
    /** Operations in flight in this gateway; more are refused with 503 before Redis is touched. */
    @WithDefault("1000")
    int maxInFlight();

    /** Reads of balances and keys in flight in this gateway; more are refused with 503 before Redis is touched. */
    @WithDefault("1000")
    int maxReads();

    /** How long a caller waits for the outcome; then it is told that it is unknown. */
    @WithDefault("10s")
    Duration answerTimeout();

    /** How often an operation is proposed again where the image was wrong. */
    @WithDefault("10")
    int maxTries();

    /** What refused callers are told to wait, in the {@code Retry-After} header; whole seconds. */
    @WithDefault("1s")
    Duration retryAfter();

    /** How often accounts are looked for that time alone has changed. */
    @WithDefault("10s")
    Duration sweepInterval();

    /** Accounts that one sweep asks for at a time. */
    @WithDefault("200")
    int sweepBatch();

    /** Between two batches of a sweep that has more to do. */
    @WithDefault("200ms")
    Duration sweepPause();

    /** How often some accounts in Redis are compared with Postgres. */
    @WithDefault("1s")
    Duration compareInterval();

    /** How many accounts that is, roughly. */
    @WithDefault("100")
    int compareBatch();

    /** Unsealed operations older than this are sealed by whoever meets them in the comparison. */
    @WithDefault("5s")
    Duration orphanAge();

    /** A gateway whose clock is further off Postgres' than this is not ready. */
    @WithDefault("2s")
    Duration maxClockOffset();
}
