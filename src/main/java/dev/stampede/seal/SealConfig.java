package dev.stampede.seal;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** The Postgres side of the write path. Where Postgres is, the Quarkus properties say. */
@ConfigMapping(prefix = "stampede.seal")
public interface SealConfig {
    /** How many sealers, each with its own connections and event loop. */
    @WithDefault("2")
    int sealers();

    /** Operations that one batch may carry. */
    @WithDefault("256")
    int maxBatch();

    /** How long a call to Postgres may take; after that its outcome is unknown, and the connection is dropped. */
    @WithDefault("10s")
    Duration callTimeout();

    /** How long a connection attempt may take. */
    @WithDefault("3s")
    Duration connectTimeout();

    /**
     * A call that takes longer hangs: writes are refused until it was answered, and where there are several Postgres
     * servers, the one that takes writes is looked for.
     */
    @WithDefault("2s")
    Duration hangLimit();

    /** Failed calls in a row after which writes are refused at once. */
    @WithDefault("2")
    int breakerFailures();

    /** Keys that are loaded into Redis with an account are not older than this; older ones are caught at the seal. */
    @WithDefault("24h")
    Duration keysWindow();
}
