package dev.stampede.redis;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** The Redis side of the write path. Where Redis is, the Quarkus properties say ({@code quarkus.redis.hosts}). */
@ConfigMapping(prefix = "stampede.redis")
public interface RedisConfig {
    /** How long a command may take; after that its outcome is unknown, and the connection is dropped. */
    @WithDefault("2s")
    Duration commandTimeout();

    /**
     * Of several masters, one whose command takes longer hangs: until it answers, or is dropped, its accounts get 503
     * at once, so that they don't take the places of all others.
     */
    @WithDefault("500ms")
    Duration hangLimit();

    /** How long an account stays in Redis after its last operation or load, once all its operations are sealed. */
    @WithDefault("6h")
    Duration imageTtl();

    /** Commands that may wait on one connection, at most 2048 (the client's own limit). */
    @WithDefault("2000")
    int maxWaiting();
}
