package dev.stampede.embedded;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.stampede.support.EmptyPostgres;
import dev.stampede.support.SharedBinaries;
import dev.stampede.support.TestGateway;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whom the embedded Postgres lets in, and what each of them may do. */
@Tag("servers")
@Tag("long")
class PostgresAccessTest {

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
    void nobodyGetsInWithoutHisPassword() throws Exception {
        try (EmbeddedPostgresServer server = EmbeddedPostgresServer.start(directory)) {
            migrate(server);
            List<String> roles = query(server.jdbcUrl(), "SELECT rolname FROM pg_roles");
            assertTrue(roles.containsAll(
                    List.of("postgres", "stampede_owner", "stampede_login", "stampede_gateway", "pg_read_all_data")));
            for (String role : roles) {
                for (String password : List.of("", "&password=", "&password=" + role, "&password=0")) {
                    refused(server.plainJdbcUrl() + "?user=" + role + password);
                }
                for (String database : List.of("postgres", "template1")) {
                    refused(server.plainJdbcUrl().replace("/stampede", "/" + database) + "?user=" + role
                            + "&password=0");
                }
                refused(server.plainJdbcUrl() + "?replication=database&preferQueryMode=simple&user=" + role);
            }
            // nor with another's
            refused(server.plainJdbcUrl() + "?user=postgres&password="
                    + server.gateway().password());
            assertEquals(64, server.superuser().password().length());
            assertEquals(
                    List.of("SCRAM-SHA-256"),
                    query(
                            server.jdbcUrl(),
                            "SELECT DISTINCT split_part(rolpassword, '$', 1) FROM pg_authid WHERE rolcanlogin"));
        }
    }

    private static void refused(String url) {
        SQLException e = assertThrows(
                SQLException.class, () -> DriverManager.getConnection(url).close(), url);
        // 28: refused. 08004: the driver has no password to answer with
        assertTrue(e.getSQLState().startsWith("28") || e.getSQLState().equals("08004"), url + ": " + e);
    }

    /** G7 doesn't end where somebody gives the role back. */
    @Test
    void theGatewaysLoginCannotWrite() throws Exception {
        EmptyPostgres.copyInto(directory);
        try (EmbeddedPostgresServer server = EmbeddedPostgresServer.start(directory)) {
            migrate(server);
            String login = server.jdbcUrl(server.database(), server.gateway());
            try (Connection connection = DriverManager.getConnection(login);
                    Statement statement = connection.createStatement()) {
                assertEquals("off", one(statement, "SELECT current_setting('is_superuser')"));
                for (String role : List.of("SET ROLE stampede_gateway", "RESET ROLE")) {
                    statement.execute(role);
                    assertEquals("1", one(statement, "SELECT count(*) FROM program"));
                    for (String sql : List.of(
                            "INSERT INTO program (id, currency, earn_rate, redeem_rate) VALUES ('x', 'EUR', 1, 1)",
                            "UPDATE account SET available = 0",
                            "DELETE FROM operation",
                            "TRUNCATE entry",
                            "CREATE TABLE mine (a int)",
                            "DROP TABLE entry",
                            "ALTER FUNCTION epoch() SECURITY INVOKER",
                            "COPY program FROM PROGRAM 'id'",
                            "SELECT pg_read_file('PG_VERSION')",
                            "SET ROLE postgres",
                            "SET ROLE stampede_owner",
                            "CREATE ROLE another",
                            "ALTER ROLE stampede_login SUPERUSER",
                            "ALTER SYSTEM SET fsync = off")) {
                        SQLException e =
                                assertThrows(SQLException.class, () -> statement.execute(sql), role + "; " + sql);
                        assertEquals("42501", e.getSQLState(), role + "; " + sql + ": " + e); // insufficient privilege
                    }
                }
                assertEquals(
                        List.of("stampede_gateway"),
                        query(
                                server.jdbcUrl(),
                                "SELECT rolname FROM pg_roles WHERE rolname NOT IN ('stampede_login')"
                                        + " AND pg_has_role('stampede_login', oid, 'MEMBER')"));
            }
            String owner = server.jdbcUrl(server.database(), server.owner());
            assertEquals(List.of("off"), query(owner, "SELECT current_setting('is_superuser')"));
            assertThrows(SQLException.class, () -> query(owner, "COPY program FROM PROGRAM 'id'"));
        }
    }

    @Test
    void itDoesNotRunAsRoot() throws Exception {
        EmptyPostgres.copyInto(directory);
        try (EmbeddedPostgresServer server = EmbeddedPostgresServer.start(directory)) {
            String uid = uids(server.pid());
            assertFalse(uid.startsWith("0"), uid);
            if (ServerUser.isRoot()) {
                // nor as nobody, who could read its files and trace it
                assertEquals("65531 65531 65531 65531", uid);
                assertEquals("0000000000000000", status(server.pid(), "CapEff"));
                assertEquals("1", status(server.pid(), "NoNewPrivs"));
            }
        }
    }

    static String uids(long pid) throws IOException {
        return status(pid, "Uid").replace('\t', ' ');
    }

    static String status(long pid, String what) throws IOException {
        return Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
                .filter(line -> line.startsWith(what + ":"))
                .map(line -> line.substring(what.length() + 1).strip())
                .findFirst()
                .orElseThrow();
    }

    /** As the release before made them: it trusted everybody, and the superuser owned all. */
    @Test
    void aClusterThatTrustedEverybodyIsClosed() throws Exception {
        EmptyPostgres.copyInto(directory);
        long migrations;
        String epoch;
        try (EmbeddedPostgresServer server = EmbeddedPostgresServer.start(directory)) {
            try (Connection connection = DriverManager.getConnection(server.jdbcUrl("postgres"));
                    Statement statement = connection.createStatement()) {
                statement.execute("DROP DATABASE stampede");
                statement.execute("DROP ROLE stampede_owner, stampede_login, stampede_gateway");
                statement.execute("CREATE DATABASE stampede");
            }
            TestGateway.migrate(server.jdbcUrl());
            execute(server.jdbcUrl(), "CREATE TABLE more (id serial PRIMARY KEY); CREATE TYPE kind AS ENUM ('a')");
            execute(
                    server.jdbcUrl(),
                    "INSERT INTO program (id, currency, earn_rate, redeem_rate) VALUES ('p', 'EUR', 2, 1)");
            migrations = query(server.jdbcUrl(), "SELECT version FROM flyway_schema_history")
                    .size();
            epoch = query(server.jdbcUrl(), "SELECT epoch()").get(0);
            execute(server.jdbcUrl(), "ALTER ROLE postgres PASSWORD NULL");
        }
        Files.delete(directory.resolve("pgpass"));
        Files.delete(directory.resolve("pg_hba.conf"));
        Path trusting = directory.resolve("postgres/pg_hba.conf");
        Files.writeString(
                trusting,
                "local all all trust\nhost all all 127.0.0.1/32 trust\n",
                StandardOpenOption.TRUNCATE_EXISTING);
        giveTo(0, directory.resolve("postgres"));

        try (EmbeddedPostgresServer server = EmbeddedPostgresServer.start(directory)) {
            for (String role : List.of("postgres", "stampede_owner", "stampede_login")) {
                refused(server.plainJdbcUrl() + "?user=" + role);
            }
            assertFalse(Files.readString(trusting).contains("trust"));
            // a later migration is the owner's, and finds nothing to do
            assertEquals(0, migrate(server));
            String owner = server.jdbcUrl(server.database(), server.owner());
            assertEquals(
                    migrations,
                    query(owner, "SELECT version FROM flyway_schema_history").size());
            execute(owner, "ALTER TABLE account ADD COLUMN later text; ALTER DOMAIN points DROP NOT NULL");
            execute(owner, "CREATE OR REPLACE FUNCTION now_ms() RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint'");
            execute(owner, "DROP TABLE more; DROP TYPE kind");
            assertEquals(
                    List.of(),
                    query(
                            server.jdbcUrl(),
                            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
                                    + " AND pg_get_userbyid(relowner) = 'postgres' UNION ALL"
                                    + " SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
                                    + " AND pg_get_userbyid(proowner) = 'postgres' UNION ALL"
                                    + " SELECT typname FROM pg_type WHERE typnamespace = 'public'::regnamespace"
                                    + " AND pg_get_userbyid(typowner) = 'postgres'"));
            String gateway = server.jdbcUrl(server.database(), server.gateway());
            assertEquals(
                    epoch.split("-")[0], query(gateway, "SELECT epoch()").get(0).split("-")[0]);
            assertEquals(List.of("demo", "p"), query(gateway, "SELECT id FROM program ORDER BY id"));
        }
    }

    @Test
    void whoeverDeletesThePasswordsGetsNewOnes() throws Exception {
        EmptyPostgres.copyInto(directory);
        String before;
        try (EmbeddedPostgresServer server = EmbeddedPostgresServer.start(directory)) {
            before = server.gateway().password();
            execute(server.jdbcUrl(), "CREATE TABLE kept (a int)");
            server.restart();
            assertEquals(before, server.gateway().password());
        }
        String old = Files.readString(directory.resolve("pgpass"));
        Files.delete(directory.resolve("pgpass"));
        try (EmbeddedPostgresServer server = EmbeddedPostgresServer.start(directory)) {
            assertNotEquals(before, server.gateway().password());
            assertEquals(List.of("0"), query(server.jdbcUrl(), "SELECT count(*) FROM kept"));
            refused(server.plainJdbcUrl() + "?user=stampede_login&password=" + before);
        }
        Files.writeString(directory.resolve("pgpass"), old);
        StartupTrouble trouble = assertThrows(StartupTrouble.class, () -> EmbeddedPostgresServer.start(directory));
        assertTrue(trouble.getMessage().contains("delete the file"), trouble.getMessage());
        Files.writeString(directory.resolve("pgpass"), "nonsense\n");
        trouble = assertThrows(StartupTrouble.class, () -> EmbeddedPostgresServer.start(directory));
        assertTrue(trouble.getMessage().contains("lacks the passwords"), trouble.getMessage());
    }

    /** Root's home is such a place: who the servers run as can't enter it. */
    @Test
    void theDataMayBeBelowAClosedDirectory() throws Exception {
        Path closed = Files.createDirectory(directory.resolve("closed"), DataDirectory.PRIVATE_DIRECTORY);
        Path below = Files.createDirectories(closed.resolve("clone/data"));
        SharedBinaries.linkInto(below);
        try (EmbeddedPostgresServer postgres = EmbeddedPostgresServer.start(below);
                EmbeddedRedisServer redis = EmbeddedRedisServer.start(below)) {
            assertEquals(List.of("1"), query(postgres.jdbcUrl(), "SELECT 1"));
            long orphan = postgres.pid();
            assertEquals(
                    below.toRealPath().resolve("postgres"),
                    Files.readSymbolicLink(Path.of("/proc/" + orphan + "/cwd")));
            assertFalse(uids(orphan).startsWith("0"), uids(orphan));
            assertFalse(uids(redis.pid()).startsWith("0"), uids(redis.pid()));
            postgres.restart();
            assertFalse(ProcessHandle.of(orphan).isPresent());
            postgres.abandon();
        }
        try (EmbeddedPostgresServer next = EmbeddedPostgresServer.start(below)) {
            assertEquals(List.of("1"), query(next.jdbcUrl(), "SELECT 1"));
        } finally {
            SharedBinaries.unlinkFrom(below);
        }
    }

    static void giveTo(int uid, Path tree) throws IOException {
        if (ServerUser.isRoot()) {
            try (var paths = Files.walk(tree)) {
                for (Path path : paths.toList()) {
                    Files.setAttribute(path, "unix:uid", uid);
                    Files.setAttribute(path, "unix:gid", uid);
                }
            }
        }
    }

    @CanIgnoreReturnValue
    private static int migrate(EmbeddedPostgresServer server) {
        return Flyway.configure()
                .dataSource(
                        server.plainJdbcUrl(),
                        server.owner().user(),
                        server.owner().password())
                .load()
                .migrate()
                .migrationsExecuted;
    }

    private static void execute(String url, String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static String one(Statement statement, String sql) throws SQLException {
        try (ResultSet row = statement.executeQuery(sql)) {
            assertTrue(row.next());
            return row.getString(1);
        }
    }

    private static List<String> query(String url, String sql) throws SQLException {
        List<String> found = new ArrayList<>();
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            while (rows.next()) {
                found.add(rows.getString(1));
            }
        }
        return found;
    }
}
