package dev.stampede.access;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;

/** The pages for people at {@code /console}. */
@ConfigMapping(prefix = "stampede.console")
public interface ConsoleConfig {
    /** Whether there is a console; a gateway that is tried out has one unless this says no. */
    @WithDefault("false")
    boolean enabled();
}
