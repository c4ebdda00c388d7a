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
import org.jspecify.annotations.Nullable;

/**
 * Servers of an earlier JVM that was killed, still running in their directory.
 *
 * <p>Both servers make their data directory their working directory, and so do all processes that Postgres starts.
 * Therefore a process with this working directory and the server's program is such a server, whatever a pid file says:
 * pid files outlive their process, and in a container the next process has the same number. A zombie has no working
 * directory any more, and correctly counts as ended.
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
     * Sends the signals one after the other to the leader (the process in the pid file), if there is one. After each
     * signal it waits for all processes to end; finally it kills the remaining ones. The caller holds the directory's
     * lock: none of them is in use.
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
                    + " and cannot be stopped: kill " + pids(left) + " and start again");
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
            // The caller checks again.
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

    private boolean isProgram(@Nullable Path executable) {
        return executable != null && executable.getFileName().toString().startsWith(program);
    }

    /** The target of a link of /proc; null for processes of other users, and for ended ones. */
    private static @Nullable Path link(Path link) {
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
