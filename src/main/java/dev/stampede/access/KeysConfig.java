package dev.stampede.access;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** How API keys are kept in memory. */
@ConfigMapping(prefix = "stampede.keys")
public interface KeysConfig {
    /**
     * How long keys are accepted after they were last read from Postgres. After that every call with a key gets 503: a
     * revocation may have been missed.
     */
    @WithDefault("5m")
    Duration maxAge();
}
