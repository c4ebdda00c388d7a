package dev.stampede.support;

import static org.awaitility.Awaitility.await;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.stampede.embedded.EmbeddedPostgresServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * A Postgres with a streaming standby on the loopback interface. The standby is synchronous: the primary answers a
 * commit when the standby has it on disk.
 */
public final class ReplicatedPostgres implements AutoCloseable {
    private final Path directory;
    private final boolean smallDisks;
    private final Map<Path, SmallDisk> disks = new HashMap<>();
    private EmbeddedPostgresServer primary;
    private EmbeddedPostgresServer standby;
    private int copies;

    /** Starts both, and waits until the standby confirms. */
    public ReplicatedPostgres() {
        this(false);
    }

    /** @param smallDisks whether each is on a disk of its own, which can be full */
    public ReplicatedPostgres(boolean smallDisks) {
        this.smallDisks = smallDisks;
        // nothing that cleans up the build shall meet a mount
        this.directory = smallDisks ? Servers.newTemporaryDirectory() : Servers.newDirectory("postgres-replicated");
        try {
            primary = start("postgres-0", EmptyPostgres::copyInto);
            standby = copyOfThePrimary();
            confirmedByTheStandby();
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    private EmbeddedPostgresServer start(String name, Consumer<Path> prepare) {
        Path place = directory.resolve(name);
        try {
            Files.createDirectory(place);
            if (smallDisks) {
                disks.put(place, SmallDisk.mount(place));
            }
            SharedBinaries.linkInto(place);
            prepare.accept(place);
            return EmbeddedPostgresServer.start(place);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Stops the primary for a moment, copies its files, and starts both. */
    private EmbeddedPostgresServer copyOfThePrimary() {
        primary.stop();
        return start("postgres-" + ++copies, this::copyThePrimary);
    }

    private void copyThePrimary(Path place) {
        try {
            EmptyPostgres.copy(primary.dataDirectory().getParent(), place);
            Files.createFile(place.resolve("postgres/standby.signal"));
            // the later of two settings of one name counts
            Files.writeString(
                    place.resolve("postgres/postgresql.auto.conf"),
                    """
                            synchronous_standby_names = ''
                            wal_retrieve_retry_interval = '1s'
                            primary_conninfo = 'host=127.0.0.1 port=%d user=postgres password=%s \
                            application_name=standby_%d'
                            """.formatted(primary.port(), primary.superuser().password(), copies),
                    StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        primary.restart();
    }

    private void confirmedByTheStandby() {
        execute(primary, "ALTER SYSTEM SET synchronous_standby_names = 'ANY 1 (*)'");
        execute(primary, "SELECT pg_reload_conf()");
        await().atMost(Servers.PATIENCE)
                .until(() -> "quorum".equals(execute(primary, "SELECT max(sync_state) FROM pg_stat_replication")));
    }

    public EmbeddedPostgresServer primary() {
        return primary;
    }

    public EmbeddedPostgresServer standby() {
        return standby;
    }

    /** Of one of the two, if they have such. */
    public SmallDisk disk(EmbeddedPostgresServer server) {
        return disks.get(server.dataDirectory().getParent());
    }

    /** For {@code quarkus.datasource.reactive.url}: both, the one that was the primary at first first. */
    public String reactiveUrl() {
        return Stream.of(primary, standby)
                .sorted((a, b) -> a.dataDirectory().compareTo(b.dataDirectory()))
                .map(EmbeddedPostgresServer::reactiveUrl)
                .reduce((a, b) -> a + "," + b)
                .orElseThrow();
    }

    /** Where nobody confirms, no commit is answered: the standby, stopped or frozen, is given up. */
    public void commitAlone() {
        execute(primary, "ALTER SYSTEM SET synchronous_standby_names = ''");
        execute(primary, "SELECT pg_reload_conf()");
    }

    /** Makes the standby the primary, which then waits for nobody's confirmation. The one that was it may be dead. */
    public void promote() {
        execute(standby, "SELECT pg_promote(true, 30)");
        EmbeddedPostgresServer promoted = standby;
        standby = primary;
        primary = promoted;
    }

    /** After {@link #promote}: replaces the one that was the primary by a copy of the one that is; a short outage. */
    public void replaceStandby() {
        standby.close();
        standby = copyOfThePrimary();
        confirmedByTheStandby();
    }

    /** SIGSTOP of the server and all its processes, or what ends it. */
    public void freeze(EmbeddedPostgresServer server) {
        processes(server).forEach(Servers::freeze);
    }

    public void thaw(EmbeddedPostgresServer server) {
        processes(server).forEach(Servers::thaw);
    }

    /** The server first, so that it starts no further process. */
    private static List<Long> processes(EmbeddedPostgresServer server) {
        ProcessHandle postmaster = ProcessHandle.of(server.pid()).orElseThrow();
        return Stream.concat(Stream.of(postmaster), postmaster.descendants())
                .map(ProcessHandle::pid)
                .toList();
    }

    @CanIgnoreReturnValue
    private static String execute(EmbeddedPostgresServer server, String sql) {
        try (Connection connection = DriverManager.getConnection(server.jdbcUrl());
                Statement statement = connection.createStatement()) {
            if (!statement.execute(sql)) {
                return null;
            }
            try (ResultSet rows = statement.getResultSet()) {
                return rows.next() ? rows.getString(1) : null;
            }
        } catch (SQLException e) {
            throw new IllegalStateException(sql, e);
        }
    }

    /** Stops and deletes all. */
    @Override
    public void close() {
        // the standby first: a primary that stops waits until it has sent it everything
        if (standby != null) {
            standby.close();
        }
        if (primary != null) {
            primary.close();
        }
        disks.values().forEach(SmallDisk::close);
        Servers.delete(directory);
    }
}
