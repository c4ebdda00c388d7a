package dev.stampede.embedded;

import dev.stampede.embedded.ServerProcess.Signal;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A real Redis on the loopback interface, in {@code redis/} of a data directory. It has no data that Postgres does not
 * have, and therefore stores nothing on disk. It does not run as root ({@link ServerUser}). It has two users, each with
 * a new password at each start: the gateway's, which may only make the gateway's calls, and {@code default}, which may
 * do everything and whose password is in the file {@code redis.password}.
 */
public final class EmbeddedRedisServer implements AutoCloseable {

    private static final Duration START_LIMIT = Duration.ofMinutes(2);
    private static final Duration STOP_LIMIT = Duration.ofSeconds(10);
    private static final Duration PAUSE = Duration.ofMillis(10);

    /** The permissions of the gateway's user: its own calls, and those of its functions. */
    private static final String RIGHTS = "resetkeys ~stampede:* resetchannels &stampede:* -@all"
            + " +fcall +function|load +hget +hmget +hset +hdel +mget +set +del +exists +persist +pexpire +scan"
            + " +publish +subscribe +unsubscribe +role +config|get +ping +select";

    private static final String GATEWAY = "stampede";

    private final Path dataDirectory;
    private final Path home;
    private final Path log;
    private final Path program;
    private final ServerUser user;
    /** Arguments of a deployment in a test; it then has no password. */
    private final Optional<List<String>> arguments;

    private final String gatewayPassword = DataDirectory.newPassword();
    private final String adminPassword = DataDirectory.newPassword();
    private final DirectoryLock lock;
    private int port;
    private String version = "";
    private @Nullable ServerProcess process;

    private EmbeddedRedisServer(Path dataDirectory, Path program, Optional<List<String>> arguments, DirectoryLock lock)
            throws IOException {
        this.dataDirectory = dataDirectory;
        this.home = dataDirectory.resolve("redis");
        this.log = dataDirectory.resolve("redis.log");
        this.program = program;
        this.user = ServerUser.of(dataDirectory, program);
        this.arguments = arguments;
        this.lock = lock;
    }

    /**
     * Starts a server on a free port. The directory is created if needed, and belongs to this server until it is
     * closed.
     *
     * @throws StartupTrouble if it does not start, with the reason in one line
     */
    public static EmbeddedRedisServer start(Path dataDirectory) {
        return start(dataDirectory, Optional.empty());
    }

    /**
     * Starts a server that every process of this machine may use, as part of a deployment in a test.
     *
     * @param arguments make it a replica, a node of a cluster or a Sentinel; they come first
     */
    public static EmbeddedRedisServer startOpen(Path dataDirectory, String... arguments) {
        return start(dataDirectory, Optional.of(List.of(arguments)));
    }

    private static EmbeddedRedisServer start(Path dataDirectory, Optional<List<String>> arguments) {
        Path absolute = dataDirectory.toAbsolutePath().normalize();
        DirectoryLock lock = DirectoryLock.take(absolute.resolve("redis.lock"));
        try {
            Path real = absolute.toRealPath();
            EmbeddedRedisServer server = new EmbeddedRedisServer(real, Binaries.redis(real), arguments, lock);
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

    /** For {@code quarkus.redis.hosts}, with the gateway's user and password. */
    public String url() {
        return url(GATEWAY, gatewayPassword);
    }

    /** The URL for the user who may do everything. */
    public String adminUrl() {
        return url("default", adminPassword);
    }

    private String url(String name, String password) {
        return "redis://" + (isOpen() ? "" : name + ":" + password + "@") + host() + ":" + port;
    }

    private boolean isOpen() {
        return arguments.isPresent();
    }

    /** Whether it is the bundled one, and not the machine's own. */
    boolean isBundled() {
        return Binaries.isBundled(program);
    }

    public String version() {
        return version;
    }

    public Path dataDirectory() {
        return home;
    }

    public long pid() {
        return process().pid();
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
        process().stop(STOP_LIMIT, Signal.KILL);
    }

    /** Starts it again on the same port and data, after stopping it if it is still running. */
    public void restart() {
        stop();
        try {
            launch();
        } catch (IOException e) {
            throw new StartupTrouble("Redis did not start again in " + home + ": " + e, e);
        }
    }

    /** Leaves it running and releases the directory, like a JVM that is killed. */
    void abandon() {
        process = null;
        lock.close();
    }

    /** Stops it and releases the directory. */
    @Override
    public void close() {
        stop();
        lock.close();
    }

    /** Since it was started, until it was abandoned. */
    private ServerProcess process() {
        return Objects.requireNonNull(process);
    }

    private void launch() throws IOException {
        if (!Files.isDirectory(home)) {
            Files.createDirectory(home, DataDirectory.PRIVATE_DIRECTORY);
        }
        ServerUser.refuseOthers(home);
        Leftovers.of(home, "redis-server").stop(STOP_LIMIT, Optional.empty(), Signal.TERM);
        user.giveToServer(home);
        if (!isOpen()) {
            DataDirectory.writeForServers(
                    users(), """
                    # Written at each start.
                    protected-mode yes
                    enable-protected-configs no
                    enable-debug-command no
                    enable-module-command no
                    user default on #%s ~* &* +@all
                    user %s on #%s %s
                    """.formatted(sha256(adminPassword), GATEWAY, sha256(gatewayPassword), RIGHTS));
            DataDirectory.write(dataDirectory.resolve("redis.password"), adminPassword + "\n");
        }
        process = ServerProcess.start(user.server(), command(), home, log, Signal.TERM);
        try {
            version = awaitReady();
        } catch (RuntimeException e) {
            stop();
            throw e;
        }
    }

    private Path users() {
        return dataDirectory.resolve("redis.conf");
    }

    private static String sha256(String password) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(password.getBytes(StandardCharsets.US_ASCII));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private List<String> command() {
        List<String> command = new ArrayList<>();
        command.add(program.toString());
        command.addAll(arguments.orElseGet(() -> List.of(users().toString())));
        command.addAll(List.of(
                "--bind",
                host(),
                "--port",
                Integer.toString(port),
                "--dir",
                home.toString(),
                // Nothing on disk: Postgres has everything that was ever answered, and an account is loaded at its next
                // use. An append-only file costs a fifth of Redis' time (loadtests/results), and a snapshot contains
                // outdated images.
                "--appendonly",
                "no",
                "--save",
                "",
                "--maxmemory-policy",
                "volatile-lru",
                // Without /proc, Leftovers recognizes the server by its command line.
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
            if (process().endsWithin(PAUSE)) {
                throw new StartupTrouble(
                        "Redis did not start in " + home + ": " + process().lastWords() + " (its log is " + log
                                + "; Postgres has everything, so " + home + " may be deleted)");
            }
        }
        throw new StartupTrouble(
                "Redis did not come up within " + START_LIMIT.toMinutes() + " minutes (its log is " + log + ")");
    }

    /** Its version once it answers commands; empty while it is not listening or still loading its file. */
    private Optional<String> askVersion() {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(host(), port), 1_000);
            socket.setSoTimeout(1_000);
            String login = isOpen() ? "" : "AUTH " + adminPassword + "\r\n";
            socket.getOutputStream()
                    .write((login + "PING\r\nINFO server\r\nQUIT\r\n").getBytes(StandardCharsets.US_ASCII));
            BufferedReader replies =
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
            if ((!isOpen() && !"+OK".equals(replies.readLine())) || !"+PONG".equals(replies.readLine())) {
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
