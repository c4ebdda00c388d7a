package dev.stampede.redis;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** The Redis side of the write path. The Quarkus properties say where Redis is ({@code quarkus.redis.hosts}). */
@ConfigMapping(prefix = "stampede.redis")
public interface RedisConfig {
    /** How long a command may take; after that its outcome is unknown, and the connection is dropped. */
    @WithDefault("2s")
    Duration commandTimeout();

    /**
     * Used with several masters: a master whose command takes longer hangs. Until it answers or is dropped, its
     * accounts get 503 at once; otherwise they would use up the places of all others.
     */
    @WithDefault("500ms")
    Duration hangLimit();

    /** How long an account stays in Redis after its last operation or load, once all its operations are sealed. */
    @WithDefault("6h")
    Duration imageTtl();

    /** Number of commands that may wait on one connection, at most 2048 (the client's own limit). */
    @WithDefault("2000")
    int maxWaiting();
}
