package dev.stampede.history;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** The limits of history, which is read on its own connections. */
@ConfigMapping(prefix = "stampede.history")
public interface HistoryConfig {
    /** How long a page may take; then the caller gets 503, and Postgres ends the statement. */
    @WithDefault("5s")
    Duration timeout();

    /**
     * Number of pages being read in this gateway, including those that wait for a connection; more are refused with
     * 503.
     */
    @WithDefault("40")
    int maxPages();
}
