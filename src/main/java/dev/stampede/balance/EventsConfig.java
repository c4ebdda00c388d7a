package dev.stampede.balance;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

@ConfigMapping(prefix = "stampede.events")
public interface EventsConfig {
    /** Streams that this gateway keeps open; more are refused with 503. */
    @WithDefault("2000")
    int maxStreams();

    /** How often a stream looks for a change that it was not told of. */
    @WithDefault("3s")
    Duration lookInterval();

    /** How often a comment is sent, so that nobody in between takes the connection for dead. */
    @WithDefault("15s")
    Duration heartbeat();
}
