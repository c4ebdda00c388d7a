package dev.stampede.embedded;

import dev.stampede.embedded.ServerProcess.Signal;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Servers of an earlier JVM that was killed, still at work in their directory.
 *
 * <p>Both servers make their data directory their working directory, and so do all processes that Postgres starts. So a
 * process with that working directory and the server's program is one of ours, whatever a pid file says: pid files
 * outlive their process, and in a container the next process has the same number. A zombie has no working directory
 * any more, and counts as gone, which it is.
 */
final class Leftovers {

    private static final Path PROC = Path.of("/proc");

    private final Path directory;
    private final String program;

    private Leftovers(Path directory, String program) {
        this.directory = directory;
        this.program = program;
    }

    static Leftovers of(Path directory, String program) {
        return new Leftovers(directory, program);
    }

    /**
     * Sends the signals in turn to the leader (the process in the pid file) if there is one, each time waiting for all
     * to be gone, then kills what is left. The caller holds the directory's lock, so none of them is in use.
     */
    void stop(Duration each, Optional<Long> leader, Signal... signals) throws IOException {
        List<ProcessHandle> left = find();
        for (Signal signal : signals) {
            if (left.isEmpty()) {
                return;
            }
            left.stream()
                    .filter(process -> leader.isEmpty() || leader.get() == process.pid())
                    .forEach(process -> ServerProcess.signal(process, signal));
            left = remainingAfter(each);
        }
        left.forEach(ProcessHandle::destroyForcibly);
        if (!remainingAfter(each).isEmpty()) {
            throw new StartupTrouble("an earlier " + program + " is still running in " + directory
                    + " and can't be stopped: kill " + pids(left) + " and start again");
        }
    }

    private List<ProcessHandle> remainingAfter(Duration limit) throws IOException {
        long deadline = System.nanoTime() + limit.toNanos();
        List<ProcessHandle> left = find();
        while (!left.isEmpty() && System.nanoTime() < deadline) {
            waitForEnd(left.get(0), Duration.ofMillis(50));
            left = find();
        }
        return left;
    }

    private static void waitForEnd(ProcessHandle process, Duration limit) throws IOException {
        try {
            process.onExit().get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException | ExecutionException stillThere) {
            // The caller looks again.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private List<ProcessHandle> find() throws IOException {
        return Files.isDirectory(PROC.resolve("self")) ? findInProc() : findByCommandLine();
    }

    private List<ProcessHandle> findInProc() throws IOException {
        List<ProcessHandle> found = new ArrayList<>();
        Path real = directory.toRealPath();
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
            for (Path process : processes) {
                if (real.equals(link(process.resolve("cwd"))) && isProgram(link(process.resolve("exe")))) {
                    ProcessHandle.of(Long.parseLong(process.getFileName().toString()))
                            .ifPresent(found::add);
                }
            }
        }
        return found;
    }

    private boolean isProgram(Path executable) {
        return executable != null && executable.getFileName().toString().startsWith(program);
    }

    /** Where a link of /proc leads; null for other people's processes, and for those that have ended. */
    private static Path link(Path link) {
        try {
            return Files.readSymbolicLink(link);
        } catch (IOException notOurs) {
            return null;
        }
    }

    private List<ProcessHandle> findByCommandLine() {
        return ProcessHandle.allProcesses()
                .filter(process -> process.info()
                        .command()
                        .map(command -> isProgram(Path.of(command)))
                        .orElse(false))
                .filter(process -> process.info()
                        .arguments()
                        .map(arguments -> Arrays.asList(arguments).contains(directory.toString()))
                        .orElse(false))
                .toList();
    }

    private static String pids(List<ProcessHandle> processes) {
        return String.join(
                " ",
                processes.stream().map(process -> Long.toString(process.pid())).toList());
    }
}
