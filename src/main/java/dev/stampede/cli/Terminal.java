package dev.stampede.cli;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;

/**
 * Where a command is run.
 *
 * @param environment its variables
 * @param directory the working directory
 * @param interactive whether somebody reads what is written and can answer: not in a pipe, not in a script
 */
public record Terminal(
        Map<String, String> environment,
        Path directory,
        BufferedReader in,
        PrintWriter out,
        PrintWriter err,
        boolean interactive) {

    public static Terminal ofThisProcess() {
        return new Terminal(
                System.getenv(),
                Path.of("").toAbsolutePath(),
                new BufferedReader(new InputStreamReader(System.in, Charset.defaultCharset())),
                new PrintWriter(System.out, true, StandardCharsets.UTF_8),
                new PrintWriter(System.err, true, StandardCharsets.UTF_8),
                System.console() != null);
    }
}
