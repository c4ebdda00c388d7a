package dev.stampede.live;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;

/** Streams of what all gateways do. */
@ConfigMapping(prefix = "stampede.live")
public interface LiveConfig {
    /** Number of open streams of this gateway; more are refused with 503. 0: none. */
    @WithDefault("50")
    int maxStreams();
}
