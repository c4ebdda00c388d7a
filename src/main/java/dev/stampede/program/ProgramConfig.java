package dev.stampede.program;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

@ConfigMapping(prefix = "stampede.program")
public interface ProgramConfig {
    /** How often the programs are read again; a change of a program's row takes effect after at most this time. */
    @WithDefault("5s")
    Duration refreshInterval();
}
