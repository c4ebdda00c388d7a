package dev.stampede.embedded;

import dev.stampede.embedded.PostgresLogins.Login;
import dev.stampede.embedded.ServerProcess.Signal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.postgresql.Driver;

/**
 * A real Postgres on the loopback interface, with its data in {@code postgres/} of a data directory.
 *
 * <p>It is as durable as an installed one: committed data is still there after {@code kill -9}, and it refuses to be
 * used if a {@code postgresql.conf} makes it less durable. It accepts only logins with passwords ({@link
 * PostgresLogins}), and does not run as root ({@link ServerUser}).
 */
public final class EmbeddedPostgresServer implements AutoCloseable {

    private static final String DATABASE = "stampede";

    /** A database that every cluster has. */
    private static final String MAINTENANCE = "postgres";

    /** The class of SQLSTATEs for wrong logins. */
    private static final String WRONG_LOGIN = "28";

    /** The line of postmaster.pid. */
    private static final int PORT_LINE = 4;

    /** Recovery after a crash replays up to max_wal_size; a long start is no fault as long as the process lives. */
    private static final Duration START_LIMIT = Duration.ofMinutes(5);

    /** A recovery may be part of the set-up. */
    private static final Duration SET_UP_LIMIT = START_LIMIT;

    private static final Duration STOP_LIMIT = Duration.ofSeconds(15);
    private static final Duration PAUSE = Duration.ofMillis(25);

    /** The settings on which durability depends. They are on the command line, which overrides every file. */
    private static final Map<String, String> DURABLE =
            new TreeMap<>(Map.of("fsync", "on", "synchronous_commit", "on", "full_page_writes", "on"));

    /**
     * Also on the command line, to override the cluster's own file: that of a cluster from an earlier release trusts
     * every user.
     */
    private static final String WHO_MAY_CONNECT = """
            # Written at each start. The passwords are in pgpass.
            host all all 127.0.0.1/32 scram-sha-256
            host replication postgres 127.0.0.1/32 scram-sha-256
            """;

    private static final String NOBODY_MAY_CONNECT = "local all all reject\nhost all all all reject\n";

    private final Path dataDirectory;
    private final Path cluster;
    private final Path log;
    private final Path binaries;
    private final DirectoryLock lock;
    private final ServerUser user;
    private @Nullable PostgresLogins logins;
    private int port;
    private String version = "";
    private @Nullable ServerProcess process;

    private EmbeddedPostgresServer(Path dataDirectory, Path binaries, DirectoryLock lock) throws IOException {
        this.dataDirectory = dataDirectory;
        this.cluster = dataDirectory.resolve("postgres");
        this.log = dataDirectory.resolve("postgres.log");
        this.binaries = binaries;
        this.lock = lock;
        this.user = ServerUser.of(dataDirectory, binaries.resolve("bin/postgres"));
    }

    /**
     * Starts a server on a free port. The directory is created if needed, and belongs to this server until it is
     * closed.
     *
     * @throws StartupTrouble if it does not start, with the reason in one line
     */
    public static EmbeddedPostgresServer start(Path dataDirectory) {
        Path absolute = dataDirectory.toAbsolutePath().normalize();
        DirectoryLock lock = DirectoryLock.take(absolute.resolve("postgres.lock"));
        try {
            Path real = absolute.toRealPath();
            EmbeddedPostgresServer server = new EmbeddedPostgresServer(real, Binaries.postgres(real), lock);
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

    /** For {@code quarkus.datasource.username}: may read, and call the functions that write. */
    public Login gateway() {
        return logins().gateway();
    }

    /** For {@code quarkus.flyway.username}: owns the schema. */
    public Login owner() {
        return logins().owner();
    }

    /** For the whole set-up; not for the gateway. */
    public Login superuser() {
        return logins().superuser();
    }

    public String version() {
        return version;
    }

    public Path dataDirectory() {
        return cluster;
    }

    public long pid() {
        return process().pid();
    }

    /** The URL for the superuser, with the password. */
    public String jdbcUrl() {
        return jdbcUrl(DATABASE);
    }

    /** The URL of another database of this server. */
    public String jdbcUrl(String database) {
        return jdbcUrl(database, logins().superuser());
    }

    /** The URL for another login. */
    public String jdbcUrl(String database, Login login) {
        return jdbcUrl(port, database) + credentials(login);
    }

    /** For {@code quarkus.datasource.jdbc.url}: without a password. */
    String plainJdbcUrl() {
        return jdbcUrl(port, DATABASE);
    }

    private static String jdbcUrl(int port, String database) {
        return "jdbc:postgresql://" + LoopbackPort.HOST + ":" + port + "/" + database;
    }

    private static String credentials(Login login) {
        return "?user=" + login.user() + "&password=" + login.password();
    }

    /**
     * The URL of a server that another process runs in this directory, by its own report; empty if it has not come up.
     *
     * @param login which of its logins
     * @throws StartupTrouble if its passwords cannot be read
     */
    static Optional<String> jdbcUrlOfRunning(Path dataDirectory, Function<PostgresLogins, Login> login) {
        Optional<Login> credentials = PostgresLogins.read(dataDirectory).map(login);
        if (credentials.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Files.readAllLines(dataDirectory.resolve("postgres/postmaster.pid")).stream()
                    .skip(PORT_LINE - 1)
                    .findFirst()
                    .map(port -> jdbcUrl(Integer.parseInt(port.strip()), DATABASE) + credentials(credentials.get()));
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

    /** {@code kill -9}, like a power failure. */
    public void kill() {
        process().stop(STOP_LIMIT, Signal.KILL);
    }

    /** Starts it again on the same port and data, after stopping it if it is still running. */
    public void restart() {
        stop();
        try {
            launch();
        } catch (IOException e) {
            throw new StartupTrouble("Postgres did not start again in " + dataDirectory + ": " + e, e);
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

    private PostgresLogins logins() {
        return Objects.requireNonNull(logins);
    }

    /** Since it was started, until it was abandoned. */
    private ServerProcess process() {
        return Objects.requireNonNull(process);
    }

    private void launch() throws IOException {
        if (Files.exists(cluster)) {
            ServerUser.refuseOthers(cluster);
        }
        stopLeftovers();
        version = askVersion();
        if (!Files.exists(cluster)) {
            initialize();
        }
        refuseOtherMajorVersion();
        Optional<PostgresLogins> known = PostgresLogins.read(dataDirectory);
        logins = known.orElseGet(PostgresLogins::fresh);
        if (known.isEmpty()) {
            // a new cluster, one that trusted every user, or a deleted password file
            setSuperusersPassword();
        }
        user.giveToServer(cluster);
        DataDirectory.writeForServers(whoMayConnect(), WHO_MAY_CONNECT);

        process = ServerProcess.start(user.server(), command(), cluster, log, Signal.INT);
        try {
            awaitReady();
            setUp(known.isEmpty());
            checkDurable();
            if (known.isEmpty()) {
                logins().write(dataDirectory);
            }
        } catch (IOException | RuntimeException e) {
            stop();
            throw e;
        }
    }

    private Path whoMayConnect() {
        return dataDirectory.resolve("pg_hba.conf");
    }

    private List<String> command() {
        List<String> command = new ArrayList<>();
        command.add(binaries.resolve("bin/postgres").toString());
        command.addAll(List.of("-D", cluster.toString(), "-p", Integer.toString(port)));
        Map<String, String> settings = new TreeMap<>(DURABLE);
        settings.put("hba_file", whoMayConnect().toString());
        settings.put("listen_addresses", host());
        // A socket file's lock in the temporary directory outlives kill -9, and no client uses a socket file.
        settings.put("unix_socket_directories", "");
        settings.put("max_connections", "100");
        settings.put("shared_buffers", "256MB");
        settings.put("timezone", "UTC");
        settings.put("log_timezone", "UTC");
        settings.forEach((name, value) -> command.addAll(List.of("-c", name + "=" + value)));
        return command;
    }

    /** Creates a cluster next to its final place and moves it there: an interruption leaves nothing incomplete. */
    private void initialize() throws IOException {
        Path fresh = dataDirectory.resolve("postgres.new");
        if (Files.exists(fresh)) {
            Leftovers.of(fresh, "postgres").stop(STOP_LIMIT, Optional.empty());
        }
        Binaries.deleteTree(fresh);
        Files.createDirectory(fresh, DataDirectory.PRIVATE_DIRECTORY);
        user.giveToSetUp(fresh);

        List<String> command = new ArrayList<>();
        command.add(binaries.resolve("bin/initdb").toString());
        command.addAll(List.of("-D", fresh.toString(), "--username", PostgresLogins.SUPERUSER));
        command.addAll(List.of("--auth", "reject", "--encoding", "UTF8"));
        // The builtin provider sorts the same on every machine; the C library's locales are not available on all of
        // them.
        command.addAll(List.of("--no-locale", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"));
        runSetUp(command, fresh, "initdb.log", "", "create its data in " + cluster);
        Files.move(fresh, cluster, StandardCopyOption.ATOMIC_MOVE);
    }

    /** Uses the mode in which Postgres only serves its standard input: no client can connect meanwhile. */
    private void setSuperusersPassword() throws IOException {
        user.giveToSetUp(cluster);
        // A file that trusts every user must not remain, in case the cluster is started in another way. The old one may
        // be a link.
        Path old = cluster.resolve("pg_hba.conf");
        Files.deleteIfExists(old);
        DataDirectory.create(old, NOBODY_MAY_CONNECT);

        List<String> command = new ArrayList<>();
        command.add(binaries.resolve("bin/postgres").toString());
        command.addAll(List.of("--single", "-D", cluster.toString()));
        Map<String, String> settings = new TreeMap<>(DURABLE);
        settings.put("exit_on_error", "on");
        settings.put("log_statement", "none");
        settings.forEach((name, value) -> command.addAll(List.of("-c", name + "=" + value)));
        command.add(MAINTENANCE);
        runSetUp(command, cluster, "password.log", password(logins().superuser()), "set its superuser's password");
    }

    private static String password(Login login) {
        try {
            return PostgresRoles.setPassword(login) + "\n";
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private void runSetUp(List<String> command, Path where, String logName, String input, String what)
            throws IOException {
        Path setUpLog = dataDirectory.resolve(logName);
        ServerProcess program = ServerProcess.start(user.setUp(), command, where, setUpLog, Signal.KILL);
        program.tell(input);
        if (!program.endsWithin(SET_UP_LIMIT) || program.exitCode() != 0) {
            program.stop(STOP_LIMIT, Signal.KILL);
            throw new StartupTrouble(
                    "Postgres could not " + what + ": " + program.lastWords() + " (the full log is " + setUpLog + ")");
        }
        Files.delete(setUpLog);
    }

    private void stopLeftovers() throws IOException {
        if (!Files.exists(cluster)) {
            return;
        }
        Path pidFile = cluster.resolve("postmaster.pid");
        Optional<Long> leader = Optional.empty();
        if (Files.exists(pidFile)) {
            // Empty after a power failure.
            leader = Files.readAllLines(pidFile).stream()
                    .limit(1)
                    .filter(line -> line.matches("[0-9]{1,10}"))
                    .map(Long::valueOf)
                    .findFirst();
        }
        Leftovers.of(cluster, "postgres").stop(STOP_LIMIT, leader, Signal.INT, Signal.QUIT);
        // No process uses the cluster now: the file is stale, and its number may belong to any process.
        Files.deleteIfExists(pidFile);
    }

    private String askVersion() {
        String said = ServerProcess.output(binaries.resolve("bin/postgres").toString(), "--version")
                .orElseThrow(() -> new StartupTrouble("the programs in " + binaries + " cannot be run here:"
                        + " is it mounted noexec, or is this not a system with glibc?"));
        return said.substring(said.lastIndexOf(' ') + 1);
    }

    private void refuseOtherMajorVersion() throws IOException {
        String major = version.replaceAll("\\..*", "");
        String writtenBy = Files.readString(cluster.resolve("PG_VERSION")).strip();
        if (!writtenBy.equals(major)) {
            throw new StartupTrouble("the data in " + cluster + " was written by Postgres " + writtenBy
                    + ", and the embedded one is " + version
                    + ": move it elsewhere to start empty, or dump it with Postgres "
                    + writtenBy + " and restore it");
        }
    }

    private void awaitReady() {
        long deadline = System.nanoTime() + START_LIMIT.toNanos();
        while (System.nanoTime() < deadline) {
            try (Connection connection = connect(MAINTENANCE)) {
                return;
            } catch (SQLException notYet) {
                if (String.valueOf(notYet.getSQLState()).startsWith(WRONG_LOGIN)) {
                    throw new StartupTrouble("the passwords in " + PostgresLogins.file(dataDirectory)
                            + " are not those of the Postgres in " + cluster
                            + ": delete the file, and the next start makes new ones");
                }
                if (process().endsWithin(PAUSE)) {
                    throw new StartupTrouble("Postgres did not start in " + cluster + ": "
                            + process().lastWords() + " (its log is " + log + ")");
                }
            }
        }
        throw new StartupTrouble(
                "Postgres did not come up within " + START_LIMIT.toMinutes() + " minutes (its log is " + log + ")");
    }

    /** Creates missing roles, passwords and the database. A standby gets them from its primary. */
    private void setUp(boolean newPasswords) {
        try (Connection superuser = connect(MAINTENANCE)) {
            if (isStandby(superuser)) {
                return;
            }
            PostgresRoles.create(superuser);
            if (newPasswords) {
                PostgresRoles.execute(superuser, PostgresRoles.setPassword(logins().owner()));
                PostgresRoles.execute(superuser, PostgresRoles.setPassword(logins().gateway()));
            }
            String owner = PostgresRoles.ownerOf(superuser, DATABASE);
            if (owner == null) {
                PostgresRoles.execute(superuser, "CREATE DATABASE " + DATABASE + " OWNER " + PostgresLogins.OWNER);
            } else if (owner.equals(PostgresLogins.SUPERUSER)) {
                try (Connection inside = connect(DATABASE)) {
                    PostgresRoles.handOver(inside, DATABASE);
                }
            }
        } catch (SQLException e) {
            throw new StartupTrouble(
                    "Postgres did not set up its roles and the database " + DATABASE + ": " + e.getMessage(), e);
        }
    }

    private static boolean isStandby(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT pg_is_in_recovery()")) {
            row.next();
            return row.getBoolean(1);
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
        // Without the driver manager, which does not find drivers through every class loader.
        return new Driver().connect(jdbcUrl(database), properties);
    }
}
