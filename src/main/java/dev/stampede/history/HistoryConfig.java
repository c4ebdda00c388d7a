package dev.stampede.history;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

@ConfigMapping(prefix = "stampede.history")
public interface HistoryConfig {
    /** How long a page may take; then it is answered with 503. */
    @WithDefault("5s")
    Duration timeout();
}
