package dev.stampede.embedded;

import dev.stampede.embedded.ServerProcess.Signal;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A real Redis on the loopback interface, with {@code redis/} of a data directory as its own. It keeps nothing that
 * Postgres doesn't have, and so nothing on disk.
 */
public final class EmbeddedRedisServer implements AutoCloseable {

    private static final Duration START_LIMIT = Duration.ofMinutes(2);
    private static final Duration STOP_LIMIT = Duration.ofSeconds(10);
    private static final Duration PAUSE = Duration.ofMillis(10);

    private final Path home;
    private final Path log;
    private final Path program;
    private final List<String> arguments;
    private final DirectoryLock lock;
    private int port;
    private String version = "";
    private ServerProcess process;

    private EmbeddedRedisServer(Path dataDirectory, Path program, List<String> arguments, DirectoryLock lock) {
        this.home = dataDirectory.resolve("redis");
        this.log = dataDirectory.resolve("redis.log");
        this.program = program;
        this.arguments = arguments;
        this.lock = lock;
    }

    /**
     * Starts one on a free port. The directory is created if need be, and is this server's until it is closed.
     *
     * @throws StartupTrouble if it doesn't start, with the reason in one line
     */
    public static EmbeddedRedisServer start(Path dataDirectory) {
        return start(dataDirectory, List.of());
    }

    /** @param arguments what makes it a replica, a node of a cluster or a Sentinel; they come first */
    public static EmbeddedRedisServer start(Path dataDirectory, List<String> arguments) {
        Path absolute = dataDirectory.toAbsolutePath().normalize();
        DirectoryLock lock = DirectoryLock.take(absolute.resolve("redis.lock"));
        try {
            EmbeddedRedisServer server = new EmbeddedRedisServer(absolute, Binaries.redis(absolute), arguments, lock);
            server.port = LoopbackPort.free();
            server.launch();
            return server;
        } catch (IOException e) {
            lock.close();
            throw new StartupTrouble("Redis did not start in " + absolute + ": " + e, e);
        } catch (RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    public String host() {
        return LoopbackPort.HOST;
    }

    public int port() {
        return port;
    }

    /** For {@code quarkus.redis.hosts}. */
    public String url() {
        return "redis://" + host() + ":" + port;
    }

    public String version() {
        return version;
    }

    public Path dataDirectory() {
        return home;
    }

    public long pid() {
        return process.pid();
    }

    public boolean isRunning() {
        return process != null && process.isAlive();
    }

    public void stop() {
        if (process != null) {
            process.stop(STOP_LIMIT, Signal.TERM, Signal.KILL);
        }
    }

    /** {@code kill -9}. */
    public void kill() {
        process.stop(STOP_LIMIT, Signal.KILL);
    }

    /** Starts it again on the same port and data, after stopping it if it still runs. */
    public void restart() {
        stop();
        try {
            launch();
        } catch (IOException e) {
            throw new StartupTrouble("Redis did not start again in " + home + ": " + e, e);
        }
    }

    /** Leaves it running and lets go of the directory, as a JVM that is killed does. */
    void abandon() {
        process = null;
        lock.close();
    }

    /** Stops it and lets go of the directory. */
    @Override
    public void close() {
        stop();
        lock.close();
    }

    private void launch() throws IOException {
        DirectoryLock.ensureDirectory(home);
        Leftovers.of(home, "redis-server").stop(STOP_LIMIT, Optional.empty(), Signal.TERM);
        process = ServerProcess.start(List.of(), command(), home, log, Signal.TERM);
        try {
            version = awaitReady();
        } catch (RuntimeException e) {
            stop();
            throw e;
        }
    }

    private List<String> command() {
        List<String> command = new ArrayList<>();
        command.add(program.toString());
        command.addAll(arguments);
        command.addAll(List.of(
                "--bind",
                host(),
                "--port",
                Integer.toString(port),
                "--dir",
                home.toString(),
                // Nothing on disk: Postgres has all that was ever answered, and an account is loaded when it is next
                // touched. An append-only file costs a fifth of Redis' time (loadtests/results), a snapshot gives
                // images that are out of date.
                "--appendonly",
                "no",
                "--save",
                "",
                "--maxmemory-policy",
                "volatile-lru",
                // Its command line tells Leftovers whose it is where there is no /proc.
                "--set-proc-title",
                "no"));
        return command;
    }

    private String awaitReady() {
        long deadline = System.nanoTime() + START_LIMIT.toNanos();
        while (System.nanoTime() < deadline) {
            Optional<String> answered = askVersion();
            if (answered.isPresent()) {
                return answered.get();
            }
            if (process.endsWithin(PAUSE)) {
                throw new StartupTrouble("Redis did not start in " + home + ": " + process.lastWords() + " (its log is "
                        + log + "; Postgres has everything, so " + home + " may be deleted)");
            }
        }
        throw new StartupTrouble(
                "Redis did not come up within " + START_LIMIT.toMinutes() + " minutes (its log is " + log + ")");
    }

    /** Its version once it answers commands; empty while it doesn't listen or still reads its file. */
    private Optional<String> askVersion() {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(host(), port), 1_000);
            socket.setSoTimeout(1_000);
            socket.getOutputStream().write("PING\r\nINFO server\r\nQUIT\r\n".getBytes(StandardCharsets.US_ASCII));
            BufferedReader replies =
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
            if (!"+PONG".equals(replies.readLine())) {
                return Optional.empty();
            }
            return replies.lines()
                    .filter(line -> line.startsWith("redis_version:"))
                    .map(line -> line.substring("redis_version:".length()))
                    .findFirst();
        } catch (IOException notYet) {
            return Optional.empty();
        }
    }
}
