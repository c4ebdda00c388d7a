package dev.stampede.history;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** The bounds of history, which is read on connections of its own. */
@ConfigMapping(prefix = "stampede.history")
public interface HistoryConfig {
    /** How long a page may take; then it is answered with 503, and Postgres gives up its statement. */
    @WithDefault("5s")
    Duration timeout();

    /** Pages in the making in this gateway, those that wait for a connection included; more are refused with 503. */
    @WithDefault("40")
    int maxPages();
}
