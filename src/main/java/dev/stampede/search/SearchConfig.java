package dev.stampede.search;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** The limits of searches, which have connections of their own. */
@ConfigMapping(prefix = "stampede.search")
public interface SearchConfig {
    /** Number of connections of this gateway, and of searches at the same time. */
    @WithDefault("2")
    int connections();

    /** Number of searches that may wait for a connection; more are refused with 503. */
    @WithDefault("8")
    int maxWaiting();

    /** How long a search may take; then the caller gets 503, and Postgres ends the statement. */
    @WithDefault("2s")
    Duration timeout();
}
