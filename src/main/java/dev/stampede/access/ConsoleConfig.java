package dev.stampede.access;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.util.Optional;

/** The pages for people. */
@ConfigMapping(prefix = "stampede.console")
public interface ConsoleConfig {
    /** Whether there is a console, at {@code /console}; a gateway that is tried out has one unless this says no. */
    @WithDefault("false")
    boolean enabled();

    /**
     * The Postgres from which pages are read, such as a standby: {@code postgresql://host:5432/db}; without it the one
     * in which operations are sealed. All else of it, such as the credentials, is as of that one.
     */
    Optional<String> postgresUrl();

    /** Whether there is the demo of a member's page at {@code /me}; so has a gateway that is tried out. */
    @WithDefault("false")
    boolean memberPage();
}
