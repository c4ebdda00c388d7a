package dev.stampede.embedded;

import dev.stampede.embedded.ServerProcess.Signal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.postgresql.Driver;

/**
 * A real Postgres on the loopback interface, with its data in {@code postgres/} of a data directory.
 *
 * <p>It is as durable as one that was installed: what it has committed is there after {@code kill -9}, and it refuses to
 * be used if somebody's {@code postgresql.conf} says otherwise. It trusts whoever reaches it, that is, every process of
 * this machine.
 */
public final class EmbeddedPostgresServer implements AutoCloseable {

    private static final String DATABASE = "stampede";
    private static final String OWNER = "postgres";

    /** Of postmaster.pid. */
    private static final int PORT_LINE = 4;

    /** Recovery after a crash replays up to max_wal_size; it is not a fault as long as the process lives. */
    private static final Duration START_LIMIT = Duration.ofMinutes(5);

    private static final Duration INITDB_LIMIT = Duration.ofMinutes(2);
    private static final Duration STOP_LIMIT = Duration.ofSeconds(15);
    private static final Duration PAUSE = Duration.ofMillis(25);

    /** The server's settings that durability rests on. They go on its command line, which beats every file. */
    private static final Map<String, String> DURABLE =
            new TreeMap<>(Map.of("fsync", "on", "synchronous_commit", "on", "full_page_writes", "on"));

    private static final int UNPRIVILEGED = 65_534;
    private static final String ORDINARY = "test \"$(id -u)\" != 0 && id -un";
    private static final List<String> NAMESPACE = List.of("unshare", "-U");
    private static final List<String> NOBODY =
            List.of("setpriv", "--reuid=" + UNPRIVILEGED, "--regid=" + UNPRIVILEGED, "--clear-groups");

    private final Path dataDirectory;
    private final Path cluster;
    private final Path log;
    private final Path binaries;
    private final DirectoryLock lock;
    private final List<String> user;
    private int port;
    private String version = "";
    private ServerProcess process;

    private EmbeddedPostgresServer(Path dataDirectory, Path binaries, DirectoryLock lock) {
        this.dataDirectory = dataDirectory;
        this.cluster = dataDirectory.resolve("postgres");
        this.log = dataDirectory.resolve("postgres.log");
        this.binaries = binaries;
        this.lock = lock;
        this.user = ordinaryUser();
    }

    /**
     * Starts one on a free port. The directory is created if need be, and is this server's until it is closed.
     *
     * @throws StartupTrouble if it doesn't start, with the reason in one line
     */
    public static EmbeddedPostgresServer start(Path dataDirectory) {
        Path absolute = dataDirectory.toAbsolutePath().normalize();
        DirectoryLock lock = DirectoryLock.take(absolute.resolve("postgres.lock"));
        try {
            EmbeddedPostgresServer server = new EmbeddedPostgresServer(absolute, Binaries.postgres(absolute), lock);
            server.port = LoopbackPort.free();
            server.launch();
            return server;
        } catch (IOException e) {
            lock.close();
            throw new StartupTrouble("Postgres did not start in " + absolute + ": " + e, e);
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

    public String database() {
        return DATABASE;
    }

    /** The superuser, who owns the schema and needs no password. */
    public String username() {
        return OWNER;
    }

    public String version() {
        return version;
    }

    public Path dataDirectory() {
        return cluster;
    }

    public long pid() {
        return process.pid();
    }

    public String jdbcUrl() {
        return jdbcUrl(DATABASE);
    }

    /** For another database of this server. */
    public String jdbcUrl(String database) {
        return jdbcUrl(port, database);
    }

    private static String jdbcUrl(int port, String database) {
        return "jdbc:postgresql://" + LoopbackPort.HOST + ":" + port + "/" + database + "?user=" + OWNER;
    }

    /** Of the one that somebody else runs there, by its own word; empty if it has not come up. */
    static Optional<String> jdbcUrlOfRunning(Path dataDirectory) {
        try {
            return Files.readAllLines(dataDirectory.resolve("postgres/postmaster.pid")).stream()
                    .skip(PORT_LINE - 1)
                    .findFirst()
                    .map(port -> jdbcUrl(Integer.parseInt(port.strip()), DATABASE));
        } catch (IOException | NumberFormatException e) {
            return Optional.empty();
        }
    }

    /** For {@code quarkus.datasource.reactive.url}. */
    public String reactiveUrl() {
        return "postgresql://" + host() + ":" + port + "/" + DATABASE;
    }

    public boolean isRunning() {
        return process != null && process.isAlive();
    }

    /** Ends all sessions, writes a checkpoint and stops. */
    public void stop() {
        if (process != null) {
            process.stop(STOP_LIMIT, Signal.INT, Signal.QUIT, Signal.KILL);
        }
    }

    /** {@code kill -9}, as a power cut would have it. */
    public void kill() {
        process.stop(STOP_LIMIT, Signal.KILL);
    }

    /** Starts it again on the same port and data, after stopping it if it still runs. */
    public void restart() {
        stop();
        try {
            launch();
        } catch (IOException e) {
            throw new StartupTrouble("Postgres did not start again in " + dataDirectory + ": " + e, e);
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
        stopLeftovers();
        version = askVersion();
        if (!Files.exists(cluster)) {
            initialize();
        }
        refuseOtherMajorVersion();
        giveToUser(cluster);

        process = ServerProcess.start(user, command(), cluster, log, Signal.INT);
        try {
            awaitReady();
            createDatabaseOnce();
            checkDurable();
        } catch (RuntimeException e) {
            stop();
            throw e;
        }
    }

    private List<String> command() {
        List<String> command = new ArrayList<>();
        command.add(binaries.resolve("bin/postgres").toString());
        command.addAll(List.of("-D", cluster.toString(), "-p", Integer.toString(port)));
        Map<String, String> settings = new TreeMap<>(DURABLE);
        settings.put("listen_addresses", host());
        // A socket file's lock in the temporary directory outlives kill -9, and nobody connects that way.
        settings.put("unix_socket_directories", "");
        settings.put("max_connections", "100");
        settings.put("shared_buffers", "256MB");
        settings.put("timezone", "UTC");
        settings.put("log_timezone", "UTC");
        settings.forEach((name, value) -> command.addAll(List.of("-c", name + "=" + value)));
        return command;
    }

    /** A cluster is made beside its place and moved there whole: a kill in the middle leaves nothing half-made. */
    private void initialize() throws IOException {
        Path fresh = dataDirectory.resolve("postgres.new");
        if (Files.exists(fresh)) {
            Leftovers.of(fresh, "postgres").stop(STOP_LIMIT, Optional.empty());
        }
        Binaries.deleteTree(fresh);
        Files.createDirectory(
                fresh, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        giveToUser(fresh);

        List<String> command = new ArrayList<>();
        command.add(binaries.resolve("bin/initdb").toString());
        command.addAll(List.of("-D", fresh.toString(), "--username", OWNER, "--auth", "trust", "--encoding", "UTF8"));
        // The builtin provider sorts alike on every machine, and the C library's locales aren't on each of them.
        command.addAll(List.of("--no-locale", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"));
        Path initdbLog = dataDirectory.resolve("initdb.log");
        Files.deleteIfExists(initdbLog);
        ServerProcess initdb = ServerProcess.start(user, command, fresh, initdbLog, Signal.KILL);
        if (!initdb.endsWithin(INITDB_LIMIT) || initdb.exitCode() != 0) {
            initdb.stop(STOP_LIMIT, Signal.KILL);
            throw new StartupTrouble("Postgres could not create its data in " + cluster + ": " + initdb.lastWords()
                    + " (all of it is in " + initdbLog + ")");
        }
        Files.delete(initdbLog);
        Files.move(fresh, cluster, StandardCopyOption.ATOMIC_MOVE);
    }

    private void stopLeftovers() throws IOException {
        if (!Files.exists(cluster)) {
            return;
        }
        Path pidFile = cluster.resolve("postmaster.pid");
        Optional<Long> leader = Optional.empty();
        if (Files.exists(pidFile)) {
            // Empty after a power cut.
            leader = Files.readAllLines(pidFile).stream()
                    .limit(1)
                    .filter(line -> line.matches("[0-9]{1,10}"))
                    .map(Long::valueOf)
                    .findFirst();
        }
        Leftovers.of(cluster, "postgres").stop(STOP_LIMIT, leader, Signal.INT, Signal.QUIT);
        // Nothing is attached to the cluster now, so the file is stale, and the number in it may be anybody's.
        Files.deleteIfExists(pidFile);
    }

    private String askVersion() {
        String said = ServerProcess.output(binaries.resolve("bin/postgres").toString(), "--version")
                .orElseThrow(() -> new StartupTrouble("the programs in " + binaries + " can't be run here:"
                        + " is it mounted noexec, or is this not a system with glibc?"));
        return said.substring(said.lastIndexOf(' ') + 1);
    }

    private void refuseOtherMajorVersion() throws IOException {
        String major = version.replaceAll("\\..*", "");
        String writtenBy = Files.readString(cluster.resolve("PG_VERSION")).strip();
        if (!writtenBy.equals(major)) {
            throw new StartupTrouble("the data in " + cluster + " was written by Postgres " + writtenBy
                    + ", and the embedded one is " + version
                    + ": move it away to start empty, or dump it with Postgres "
                    + writtenBy + " and restore it");
        }
    }

    private void awaitReady() {
        long deadline = System.nanoTime() + START_LIMIT.toNanos();
        while (System.nanoTime() < deadline) {
            try (Connection connection = connect(OWNER)) {
                return;
            } catch (SQLException notYet) {
                if (process.endsWithin(PAUSE)) {
                    throw new StartupTrouble("Postgres did not start in " + cluster + ": " + process.lastWords()
                            + " (its log is " + log + ")");
                }
            }
        }
        throw new StartupTrouble(
                "Postgres did not come up within " + START_LIMIT.toMinutes() + " minutes (its log is " + log + ")");
    }

    private void createDatabaseOnce() {
        try (Connection connection = connect(OWNER);
                Statement statement = connection.createStatement()) {
            try (ResultSet found =
                    statement.executeQuery("SELECT 1 FROM pg_database WHERE datname = '" + DATABASE + "'")) {
                if (found.next()) {
                    return;
                }
            }
            statement.execute("CREATE DATABASE " + DATABASE);
        } catch (SQLException e) {
            throw new StartupTrouble("Postgres did not create the database " + DATABASE + ": " + e.getMessage(), e);
        }
    }

    private void checkDurable() {
        try (Connection connection = connect(DATABASE);
                Statement statement = connection.createStatement()) {
            for (Map.Entry<String, String> wanted : DURABLE.entrySet()) {
                try (ResultSet setting = statement.executeQuery("SHOW " + wanted.getKey())) {
                    setting.next();
                    if (!setting.getString(1).equals(wanted.getValue())) {
                        throw new StartupTrouble("Postgres in " + cluster + " runs with " + wanted.getKey() + " = "
                                + setting.getString(1) + ", and points would be lost in a crash");
                    }
                }
            }
        } catch (SQLException e) {
            throw new StartupTrouble("Postgres did not tell its settings: " + e.getMessage(), e);
        }
    }

    private Connection connect(String database) throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("connectTimeout", "5");
        properties.setProperty("socketTimeout", "60");
        // Without the driver manager, which doesn't find drivers through every class loader.
        return new Driver().connect(jdbcUrl(database), properties);
    }

    /**
     * The command prefix under which Postgres runs: it refuses to be root, and to be a user without a name. Everybody
     * else needs none. For those two a user namespace without a mapping is enough: in there the process is nobody, and
     * its files are nobody's too. Docker forbids that, but lets root become somebody else.
     */
    private List<String> ordinaryUser() {
        if (ServerProcess.works("sh", "-c", ORDINARY)) {
            return List.of();
        }
        boolean root = ServerProcess.output("id", "-u").equals(Optional.of("0"));
        List<String> reaches = List.of(
                "sh",
                "-c",
                ORDINARY + " && test -x \"$0\"",
                binaries.resolve("bin/postgres").toString());
        for (List<String> candidate : List.of(NAMESPACE, NOBODY)) {
            if (ServerProcess.works(
                    Stream.concat(candidate.stream(), reaches.stream()).toArray(String[]::new))) {
                return candidate;
            }
        }
        throw new StartupTrouble("Postgres refuses to run as "
                + (root ? "root" : "a user that has no name in /etc/passwd")
                + ", and there is no way here to run it as somebody else who can reach " + dataDirectory
                + ": start as an ordinary user, or set quarkus.datasource.reactive.url to a Postgres of your own");
    }

    /** Root may have run it in the other of the two ways before, under another owner. */
    private void giveToUser(Path root) throws IOException {
        if (user.isEmpty()) {
            return;
        }
        int owner = user.equals(NOBODY)
                ? UNPRIVILEGED
                : ServerProcess.output("id", "-u").map(Integer::valueOf).orElseThrow();
        if (Files.getAttribute(root, "unix:uid").equals(owner)) {
            return;
        }
        try (Stream<Path> paths = Files.walk(root)) {
            // The root comes last, so that what was interrupted is done again.
            for (Path path : paths.sorted((a, b) -> b.compareTo(a)).toList()) {
                Files.setAttribute(path, "unix:uid", owner);
                Files.setAttribute(path, "unix:gid", owner);
            }
        }
    }
}
