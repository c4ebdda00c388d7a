package dev.stampede.start;

import dev.stampede.cli.Terminal;
import dev.stampede.support.ReferencePage;
import java.io.BufferedReader;
import java.io.PrintWriter;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** {@code docs/reference/cli.md} says what the commands say. */
class CliDocumentTest {
    private static final String HEAD = """
            # Command line

            `bin/stampede` calls a gateway from anywhere; it needs an API key with the scopes of the calls. Without a
            command it starts a gateway. This page is made from the commands themselves, as `--help` shows them.

            | exit code | means |
            |---|---|
            | 0 | it was done, or it is so |
            | 1 | no: it was refused, or it is not so |
            | 2 | it could not be found out, or the command is wrong; nothing was done |
            | 3 | it may have been done: repeat it with the key that was told |

            On a terminal the answer is text; elsewhere it is JSON, one object a line. What was refused is told on the
            standard error, with the code of [the problem](errors.md).
            """;

    private static CommandLine line() {
        PrintWriter nowhere = new PrintWriter(new StringWriter());
        return Commands.line(new Terminal(
                Map.of(), Path.of("."), new BufferedReader(new StringReader("")), nowhere, nowhere, false));
    }

    @Test
    void isWhatTheCommandsSay() throws Exception {
        ReferencePage.says("cli.md", made(line()));
    }

    private static String made(CommandLine line) {
        CommandSpec common = line.getSubcommands().get("status").getCommandSpec();
        StringBuilder text = new StringBuilder(HEAD);
        text.append("\n## Options of all commands that call a gateway\n\n| option | |\n|---|---|\n");
        common.options().forEach(option -> text.append(row(option)));
        new TreeMap<>(line.getSubcommands()).forEach((name, command) -> {
            text.append("\n## ").append(name).append("\n\n").append(described(command.getCommandSpec()));
            if (command.getSubcommands().isEmpty()) {
                text.append(parameters(command.getCommandSpec(), common));
            }
            new TreeMap<>(command.getSubcommands())
                    .forEach((below, each) -> text.append("\n### ")
                            .append(name)
                            .append(' ')
                            .append(below)
                            .append("\n\n")
                            .append(described(each.getCommandSpec()))
                            .append(parameters(each.getCommandSpec(), common)));
        });
        return text.toString();
    }

    private static String described(CommandSpec command) {
        return String.join(" ", command.usageMessage().description()).strip() + "\n";
    }

    private static String parameters(CommandSpec command, CommandSpec common) {
        Set<String> known = common.optionsMap().keySet();
        StringBuilder rows = new StringBuilder();
        for (PositionalParamSpec parameter : command.positionalParameters()) {
            rows.append("| `").append(parameter.paramLabel()).append("` | ");
            rows.append(String.join(" ", parameter.description())).append(" |\n");
        }
        for (OptionSpec option : command.options()) {
            if (!known.contains(option.longestName())) {
                rows.append(row(option));
            }
        }
        return rows.isEmpty() ? "" : "\n| | |\n|---|---|\n" + rows;
    }

    private static String row(OptionSpec option) {
        StringBuilder row = new StringBuilder("| `").append(String.join("`, `", option.names()));
        if (option.arity().max() > 0) {
            row.append(' ').append(option.paramLabel());
        }
        row.append("` | ").append(String.join(" ", option.description()));
        return row.append(option.required() ? " (needed)" : "").append(" |\n").toString();
    }
}
