package dev.stampede.ceiling;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The programs that a measurement starts; none outlives it. */
final class Programs {
    private final List<Process> started = Collections.synchronizedList(new ArrayList<>());

    /** That everything is here which is needed. */
    static void check() {
        List<String> missing = Stream.of("wrk", "pgbench", "psql", "redis-benchmark", "mvn")
                .filter(tool -> Stream.of(System.getenv("PATH").split(":"))
                        .noneMatch(place -> Files.isExecutable(Path.of(place, tool))))
                .toList();
        if (!missing.isEmpty()) {
            throw new Trouble("missing here: " + String.join(", ", missing)
                    + "; on Debian: apt-get install wrk postgresql redis-server maven");
        }
    }

    Process start(ProcessBuilder builder) throws IOException {
        Process process = builder.start();
        started.add(process);
        return process;
    }

    /** Waits for the end of one that was started. */
    int end(Process process) throws InterruptedException {
        int status = process.waitFor();
        started.remove(process);
        return status;
    }

    /** What it says, all of it. */
    List<String> output(List<String> command) throws Exception {
        return output(Map.of(), "", command);
    }

    List<String> output(Map<String, String> environment, String input, List<String> command) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(environment);
        Process process = start(builder);
        try (var in = process.outputWriter()) {
            in.write(input);
        }
        List<String> lines = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                .lines()
                .toList();
        int status = end(process);
        if (status != 0) {
            throw new Trouble(command.get(0) + " ended with " + status + ":\n" + String.join("\n", lines));
        }
        return lines;
    }

    /** The servers of a gateway stop with it, so that it goes last. */
    void stopAll() {
        List<Process> lastFirst = new ArrayList<>(started);
        Collections.reverse(lastFirst);
        for (Process process : lastFirst) {
            process.destroy();
            try {
                if (!process.waitFor(40, TimeUnit.SECONDS)) {
                    process.destroyForcibly().waitFor();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                process.destroyForcibly();
            }
        }
        started.clear();
    }
}
