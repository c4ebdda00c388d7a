package dev.stampede.embedded;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.support.EmptyPostgres;
import dev.stampede.support.SharedBinaries;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("servers")
@Tag("long")
class EmbeddedPostgresServerTest {

    @TempDir
    Path directory;

    @BeforeEach
    void shareBinaries() throws IOException {
        SharedBinaries.linkInto(directory);
    }

    @AfterEach
    void unlinkBinaries() throws IOException {
        SharedBinaries.unlinkFrom(directory);
    }

    @Test
    void whatIsCommittedSurvivesKillAndRestart() throws SQLException {
        EmptyPostgres.copyInto(directory);
        try (EmbeddedPostgresServer server = EmbeddedPostgresServer.start(directory)) {
            int port = server.port();
            execute(server, "CREATE TABLE kept (id int PRIMARY KEY)");
            execute(server, "INSERT INTO kept VALUES (1)");
            server.kill();
            assertFalse(server.isRunning());
            server.restart();
            assertEquals(port, server.port());
            assertEquals("1", query(server, "SELECT count(*) FROM kept"));

            execute(server, "INSERT INTO kept VALUES (2)");
            server.restart();
            assertEquals("2", query(server, "SELECT count(*) FROM kept"));
        }
        try (EmbeddedPostgresServer again = EmbeddedPostgresServer.start(directory)) {
            assertEquals("2", query(again, "SELECT count(*) FROM kept"));
        }
    }

    @Test
    void isDurableAndSortsAlikeEverywhere() throws SQLException {
        try (EmbeddedPostgresServer server = EmbeddedPostgresServer.start(directory)) {
            assertEquals("on", query(server, "SHOW fsync"));
            assertEquals("on", query(server, "SHOW synchronous_commit"));
            assertEquals("on", query(server, "SHOW full_page_writes"));
            assertEquals("127.0.0.1", query(server, "SHOW listen_addresses"));
            assertEquals("UTF8", query(server, "SHOW server_encoding"));
            assertEquals(
                    "C.UTF-8", query(server, "SELECT datlocale FROM pg_database WHERE datname = current_database()"));
            assertEquals(server.version(), query(server, "SHOW server_version"));
        }
    }

    @Test
    void aSecondOneOnTheSameDirectoryIsRefused() {
        EmptyPostgres.copyInto(directory);
        try (EmbeddedPostgresServer first = EmbeddedPostgresServer.start(directory)) {
            StartupTrouble trouble = assertThrows(StartupTrouble.class, () -> EmbeddedPostgresServer.start(directory));
            assertTrue(trouble.getMessage().contains("is using the data directory"), trouble.getMessage());
            assertTrue(first.isRunning());
        }
    }

    @Test
    void serversOfAKilledJvmAreStoppedAndTheirDataKept() throws SQLException, IOException {
        EmptyPostgres.copyInto(directory);
        long orphan;
        try (EmbeddedPostgresServer server = EmbeddedPostgresServer.start(directory)) {
            execute(server, "CREATE TABLE kept AS SELECT 1 AS id");
            orphan = server.pid();
            server.abandon();
        }
        assertTrue(ProcessHandle.of(orphan).map(ProcessHandle::isAlive).orElse(false));
        try (EmbeddedPostgresServer next = EmbeddedPostgresServer.start(directory)) {
            assertFalse(ProcessHandle.of(orphan).map(ProcessHandle::isAlive).orElse(false));
            assertEquals("1", query(next, "SELECT count(*) FROM kept"));
        }
    }

    @Test
    void aPidFileThatNamesAnotherProcessIsStale() throws IOException {
        EmptyPostgres.copyInto(directory);
        // In a container the next process has the same number: here, this very JVM.
        Files.writeString(
                directory.resolve("postgres/postmaster.pid"),
                ProcessHandle.current().pid() + "\n" + directory.resolve("postgres") + "\n");
        try (EmbeddedPostgresServer server = EmbeddedPostgresServer.start(directory)) {
            assertTrue(server.isRunning());
        }
    }

    @Test
    void dataOfAnotherMajorVersionIsRefused() throws IOException {
        EmptyPostgres.copyInto(directory);
        Files.writeString(directory.resolve("postgres/PG_VERSION"), "17\n");
        StartupTrouble trouble = assertThrows(StartupTrouble.class, () -> EmbeddedPostgresServer.start(directory));
        assertTrue(trouble.getMessage().contains("was written by Postgres 17"), trouble.getMessage());
    }

    @Test
    void whyItDoesNotStartIsSaid() throws IOException {
        EmptyPostgres.copyInto(directory);
        Files.writeString(directory.resolve("postgres/postgresql.conf"), "wrong_setting = 1\n");
        StartupTrouble trouble = assertThrows(StartupTrouble.class, () -> EmbeddedPostgresServer.start(directory));
        assertTrue(trouble.getMessage().contains("contains errors"), trouble.getMessage());
        assertFalse(trouble.getMessage().contains("\n"), trouble.getMessage());
    }

    private static void execute(EmbeddedPostgresServer server, String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection(server.jdbcUrl());
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static String query(EmbeddedPostgresServer server, String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection(server.jdbcUrl());
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            assertTrue(rows.next());
            return rows.getString(1);
        }
    }
}
