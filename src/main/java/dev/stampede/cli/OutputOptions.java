package dev.stampede.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How a command tells what it has found. */
public final class OutputOptions {
    private final Terminal terminal;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            description = "text or json; without it text on a terminal, and JSON in lines elsewhere")
    private @Nullable Format format;

    private enum Format {
        TEXT,
        JSON
    }

    OutputOptions(Terminal terminal) {
        this.terminal = terminal;
    }

    public Output out() {
        return new Output(terminal.out(), isJson());
    }

    public boolean isJson() {
        return format == null ? !terminal.interactive() : format == Format.JSON;
    }
}
