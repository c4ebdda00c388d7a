package dev.stampede.seal;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** The Postgres side of the write path. The Quarkus properties say where Postgres is. */
@ConfigMapping(prefix = "stampede.seal")
public interface SealConfig {
    /** Number of sealers, each with its own connections and event loop. An account always uses the same one. */
    @WithDefault("2")
    int sealers();

    /** Maximum number of operations in a batch. */
    @WithDefault("256")
    int maxBatch();

    /** How long a call to Postgres may take; after that its outcome is unknown, and the connection is dropped. */
    @WithDefault("10s")
    Duration callTimeout();

    /** How long a connection attempt may take. */
    @WithDefault("3s")
    Duration connectTimeout();

    /**
     * A call that takes longer hangs: writes are refused until it is answered, and if there are several Postgres
     * servers, the gateway searches for the one that takes writes.
     */
    @WithDefault("2s")
    Duration hangLimit();

    /** Number of failed calls in a row after which writes are refused at once. */
    @WithDefault("2")
    int breakerFailures();

    /** Maximum age of the keys that are loaded into Redis with an account; the seal detects older ones. */
    @WithDefault("24h")
    Duration keysWindow();
}
