package dev.stampede.chaos;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** What can be done to a process from outside. */
final class Signals {
    private Signals() {}

    /** A server first, then what it has started, so that it starts no further one. */
    static List<Long> tree(long pid) {
        return ProcessHandle.of(pid)
                .map(root -> Stream.concat(Stream.of(root), root.descendants())
                        .map(ProcessHandle::pid)
                        .toList())
                .orElse(List.of());
    }

    /**
     * Bounds the size of the files that a process and its children write, or lifts that bound: to Postgres, which ignores
     * the signal that comes with it, as if the disk were full.
     */
    static void limitFiles(long pid, boolean limited) {
        for (long each : tree(pid)) {
            try {
                run("prlimit", "--pid", Long.toString(each), limited ? "--fsize=4096:" : "--fsize=unlimited:");
            } catch (IllegalStateException e) {
                if (ProcessHandle.of(each).isPresent()) {
                    throw e;
                }
            }
        }
    }

    private static void run(String... command) {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String said = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
            if (!process.waitFor(10, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new IllegalStateException(List.of(command) + ": " + said);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
