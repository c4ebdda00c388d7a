package dev.stampede.embedded;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A server that lives as long as this JVM, and a moment longer than its last client.
 *
 * <p>A plain child process has three problems. Ctrl-C in a terminal reaches the whole process group: the database would
 * stop before the gateway has answered the calls that it had accepted. Therefore the server gets its own session
 * ({@code setsid}). A JVM that is killed leaves its children running: the kernel is asked to signal them when their
 * parent dies ({@code setpriv --pdeathsig}). For the kernel the parent is the <em>thread</em> that started the child:
 * all children are started from one thread that never ends. Where these two programs are missing (on a Mac) the server
 * starts without them, and only {@link Leftovers} helps.
 */
final class ServerProcess {

    /** The signals for a server, by the names that both {@code kill} and {@code setpriv} understand. */
    enum Signal {
        INT,
        TERM,
        QUIT,
        KILL
    }

    /** Variables of the environment that servers get from us. */
    private static final Set<String> KEPT = Set.of("PATH", "HOME", "TMPDIR");

    private static final Pattern TELLING = Pattern.compile("FATAL|PANIC|error:|[Ee]rror |Could not|Failed");

    private static final ExecutorService PARENT = Executors.newSingleThreadExecutor(task -> {
        Thread thread = new Thread(task, "embedded-servers");
        thread.setDaemon(true);
        return thread;
    });

    private final Process process;
    private final Path log;

    private ServerProcess(Process process, Path log) {
        this.process = process;
        this.log = log;
    }

    /**
     * @param user the command prefix that runs it as the right user
     * @param whenOrphaned the signal that the server receives when this JVM dies without having stopped it
     */
    static ServerProcess start(List<String> user, List<String> command, Path directory, Path log, Signal whenOrphaned)
            throws IOException {
        List<String> whole = new ArrayList<>();
        if (works("setsid", "true")) {
            whole.add("setsid");
        }
        whole.addAll(user);
        if (works("setpriv", "--pdeathsig", whenOrphaned.name(), "true")) {
            whole.addAll(List.of("setpriv", "--pdeathsig", whenOrphaned.name()));
        }
        whole.addAll(command);
        if (Files.exists(log)) {
            // the file may have the permissions of an earlier release
            Files.setPosixFilePermissions(log, DataDirectory.PRIVATE.value());
            Files.move(log, log.resolveSibling(log.getFileName() + ".1"), StandardCopyOption.REPLACE_EXISTING);
        }
        Files.createFile(log, DataDirectory.PRIVATE);
        ProcessBuilder builder = new ProcessBuilder(whole)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        plainEnvironment(builder.environment());
        return new ServerProcess(startFromTheLastingThread(builder), log);
    }

    private static Process startFromTheLastingThread(ProcessBuilder builder) throws IOException {
        try {
            return PARENT.submit(builder::start).get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException io) {
                throw io;
            }
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /** The output of a short command, if it exists and succeeds. */
    static Optional<String> output(String... command) {
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(Redirect.DISCARD);
        plainEnvironment(builder.environment());
        try {
            Process process = builder.start();
            process.getOutputStream().close();
            String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return process.waitFor() == 0 ? Optional.of(printed.strip()) : Optional.empty();
        } catch (IOException missing) {
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    static boolean works(String... command) {
        return output(command).isPresent();
    }

    /** Little of ours: whoever can look into a server's process would see our passwords and keys. */
    private static void plainEnvironment(Map<String, String> environment) {
        environment.keySet().retainAll(KEPT);
        environment.put("LC_ALL", "C");
    }

    /** Writes all of its input. */
    void tell(String input) throws IOException {
        try (OutputStream in = process.getOutputStream()) {
            in.write(input.getBytes(StandardCharsets.UTF_8));
        }
    }

    long pid() {
        return process.pid();
    }

    int exitCode() {
        return process.exitValue();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Waits for its end, for at most this time. */
    boolean endsWithin(Duration limit) {
        try {
            return process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return !process.isAlive();
        }
    }

    /**
     * Sends the signals one after the other, each with the same time limit, until the server has ended. The last should
     * be KILL.
     */
    void stop(Duration each, Signal... signals) {
        for (Signal signal : signals) {
            if (!process.isAlive()) {
                return;
            }
            signal(process.toHandle(), signal);
            if (endsWithin(each)) {
                return;
            }
        }
    }

    static void signal(ProcessHandle target, Signal signal) {
        switch (signal) {
            case KILL -> target.destroyForcibly();
            case TERM -> target.destroy();
            case INT, QUIT -> {
                // The shell's own kill, because not every container has the program of that name.
                if (!works("sh", "-c", "kill -" + signal + " " + target.pid())) {
                    target.destroy();
                }
            }
        }
    }

    /** The server's last message on why it failed, in one line. */
    String lastWords() {
        try {
            List<String> lines = Files.readAllLines(log, StandardCharsets.ISO_8859_1).stream()
                    .filter(line -> !line.isBlank())
                    .filter(line -> !line.contains("the database system is starting up"))
                    .toList();
            Stream<String> telling =
                    lines.stream().filter(line -> TELLING.matcher(line).find());
            return telling.reduce((first, second) -> second)
                    .or(() -> lines.stream().reduce((first, second) -> second))
                    .orElse("it printed nothing");
        } catch (IOException e) {
            return "its log cannot be read: " + e;
        }
    }
}
