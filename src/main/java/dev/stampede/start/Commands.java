package dev.stampede.start;

import dev.stampede.cli.Stampede;
import dev.stampede.cli.Terminal;
import io.quarkus.runtime.configuration.ConfigUtils;
import io.smallrye.config.SmallRyeConfig;
import java.util.function.Supplier;
import picocli.CommandLine;

/** The command line: what calls a gateway, and what reads its settings and its ledger. */
final class Commands {
    private Commands() {}

    static CommandLine line(Terminal terminal) {
        Supplier<SmallRyeConfig> config = () -> ConfigUtils.configBuilder().build(); // most do not need it
        return Stampede.line(
                terminal,
                new KeyCommands(config),
                new VerifyCommand(config),
                new DoctorCommand(config),
                new SelfTestCommand(config));
    }
}
