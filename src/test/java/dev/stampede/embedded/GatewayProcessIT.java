package dev.stampede.embedded;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.support.PackagedGateway;
import dev.stampede.support.TestKey;
import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The packaged gateway as a process of its own: started, killed, started again, told to stop. */
@Tag("servers")
class GatewayProcessIT {

    private static final Duration START_LIMIT = PackagedGateway.START_LIMIT;
    private static final Duration STOP_LIMIT = PackagedGateway.STOP_LIMIT;

    @TempDir
    Path directory;

    private PackagedGateway gateway;

    @BeforeEach
    void choosePlaces() throws IOException {
        gateway = PackagedGateway.in(directory);
    }

    @AfterEach
    void killWhatIsLeft() throws IOException {
        gateway.close();
    }

    @Test
    void comesBackAfterKillAndStopsWhenTold() throws Exception {
        Process first = gateway.startedBefore().start("first.log");
        gateway.awaitReady(first, "first.log");
        write("CREATE TABLE kept AS SELECT 1 AS id");
        assertEquals(2, gateway.servers().size());

        first.destroyForcibly().waitFor();

        Process second = gateway.start("second.log");
        gateway.awaitReady(second, "second.log");
        assertEquals("1", read("SELECT count(*) FROM kept"));

        assertRefusesASecondCopy();
        assertTrue(second.isAlive());

        second.destroy();
        assertTrue(second.waitFor(STOP_LIMIT.toSeconds(), TimeUnit.SECONDS), "SIGTERM did not end it");
        assertEquals(143, second.exitValue());
        assertTrue(gateway.servers().isEmpty(), () -> "left behind: " + gateway.servers());
        assertFalse(Files.exists(gateway.dataDirectory().resolve("postgres/postmaster.pid")));
    }

    /** And one of a later start brings back nothing, nor changes what is there. */
    @Test
    void itsFirstStartPublishesTheExamples() throws Exception {
        Process first = gateway.startedBefore().withExamples().start("first.log");
        gateway.awaitReady(first, "first.log");
        await().atMost(START_LIMIT)
                .untilAsserted(() -> assertTrue(
                        Files.readString(gateway.log("first.log")).contains("Example programs, each a sandbox: ")));
        List<String> programs = List.of("airline", "beauty", "cashback", "coalition", "coffee", "demo", "stamp");
        for (String program : programs) {
            assertEquals("1", read("SELECT max(version) FROM program_version WHERE program = '" + program + "'"));
        }
        first.destroy();
        assertTrue(first.waitFor(STOP_LIMIT.toSeconds(), TimeUnit.SECONDS), "SIGTERM did not end it");

        Process second = gateway.start("second.log");
        gateway.awaitReady(second, "second.log");
        assertEquals("1", read("SELECT max(version) FROM program_version"));
        assertFalse(Files.readString(gateway.log("second.log")).contains("Example programs"));
    }

    /** As on a machine whose setpriv is old: nothing tells the servers that the gateway was killed. */
    @Test
    @Tag("long")
    void comesBackAmongOrphans() throws Exception {
        List<String> pathWithoutTelling = List.of("PATH=" + toolsWithoutTelling());
        Process first = gateway.startedBefore().start("first.log", pathWithoutTelling);
        gateway.awaitReady(first, "first.log");
        write("CREATE TABLE kept AS SELECT 1 AS id");
        List<Long> orphans = gateway.servers();

        first.destroyForcibly().waitFor();
        assertEquals(orphans, gateway.servers());

        Process second = gateway.start("second.log", pathWithoutTelling);
        gateway.awaitReady(second, "second.log");
        assertEquals("1", read("SELECT count(*) FROM kept"));
        assertTrue(gateway.servers().stream().noneMatch(orphans::contains), "orphans of the first are still there");

        second.destroy();
        assertTrue(second.waitFor(STOP_LIMIT.toSeconds(), TimeUnit.SECONDS), "SIGTERM did not end it");
    }

    /** SIGTERM under load: a call that got no answer never reached the gateway. */
    @Test
    @Tag("long")
    void answersWhatIsInFlightWhenTold() throws Exception {
        Process first = gateway.startedBefore().start("first.log");
        gateway.awaitReady(first, "first.log");
        HttpClient client = HttpClient.newHttpClient();
        AtomicInteger answered = new AtomicInteger();
        Queue<String> cut = new ConcurrentLinkedQueue<>();
        List<Thread> tills = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            String till = "till-" + i;
            Thread thread = new Thread(() -> redeemUntilNobodyIsThere(client, till, first, answered, cut), till);
            thread.start();
            tills.add(thread);
        }
        await().atMost(START_LIMIT).until(() -> answered.get() > 500);
        first.destroy();
        assertTrue(first.waitFor(STOP_LIMIT.toSeconds(), TimeUnit.SECONDS), "SIGTERM did not end it");
        for (Thread thread : tills) {
            thread.join(STOP_LIMIT.toMillis());
        }

        Process second = gateway.start("second.log");
        gateway.awaitReady(second, "second.log");
        List<String> committed = new ArrayList<>();
        for (String key : cut) {
            String account = key.substring(0, key.indexOf(':'));
            HttpRequest look = HttpRequest.newBuilder(
                            gateway.api().resolve("/v1/programs/demo/accounts/" + account + "/operations?key=" + key))
                    .header(TestKey.HEADER, TestKey.BEARER)
                    .build();
            String found =
                    client.send(look, HttpResponse.BodyHandlers.ofString()).body();
            if (found.contains("\"key\":\"" + key + "\"")) {
                committed.add(key);
            }
        }
        assertEquals(List.of(), committed, () -> "cut off after the commit, of " + cut.size() + " cut off");
        second.destroy();
        assertTrue(second.waitFor(STOP_LIMIT.toSeconds(), TimeUnit.SECONDS), "SIGTERM did not end it");
    }

    private void redeemUntilNobodyIsThere(
            HttpClient client, String account, Process process, AtomicInteger answered, Queue<String> cut) {
        for (int n = 0; process.isAlive(); n++) {
            String key = account + ":" + n;
            HttpRequest earn = HttpRequest.newBuilder(
                            gateway.api().resolve("/v1/programs/demo/accounts/" + account + "/earn"))
                    .header(TestKey.HEADER, TestKey.BEARER)
                    .header("Content-Type", "application/json")
                    .header("Idempotency-Key", key)
                    .POST(HttpRequest.BodyPublishers.ofString("{\"points\":1}"))
                    .build();
            try {
                if (client.send(earn, HttpResponse.BodyHandlers.discarding()).statusCode() == 201) {
                    answered.incrementAndGet();
                }
            } catch (IOException e) {
                cut.add(key);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    /** What is started to be tried out serves this machine, and gives nobody on it more than its API. */
    @Test
    void servesThisMachineAndGivesNothingAway() throws Exception {
        Process process = gateway.start("gateway.log", List.of("QUARKUS_MANAGEMENT_HOST=0.0.0.0"));
        gateway.awaitReady(process, "gateway.log");
        assertTrue(accepts("127.0.0.1", gateway.api().getPort()));
        assertFalse(accepts("127.0.0.2", gateway.api().getPort()), "only one address is served");
        assertTrue(accepts("127.0.0.2", gateway.management().getPort()), "what was asked for");

        HttpRequest enrol = HttpRequest.newBuilder(gateway.api().resolve("/v1/programs/demo/accounts/a"))
                .header(TestKey.HEADER, TestKey.BEARER)
                .PUT(HttpRequest.BodyPublishers.noBody())
                .build();
        HttpRequest history = HttpRequest.newBuilder(gateway.api().resolve("/v1/programs/demo/accounts/a/operations"))
                .header(TestKey.HEADER, TestKey.BEARER)
                .build();
        HttpClient client = HttpClient.newHttpClient();
        assertEquals(
                201, client.send(enrol, HttpResponse.BodyHandlers.discarding()).statusCode());
        assertEquals(
                200,
                client.send(history, HttpResponse.BodyHandlers.discarding()).statusCode());
        assertEquals(
                "stampede_login",
                read("SELECT string_agg(DISTINCT usename, ' ') FROM pg_stat_activity"
                        + " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"));
        assertEquals("stampede_owner", read("SELECT tableowner FROM pg_tables WHERE tablename = 'account'"));

        PostgresLogins logins = PostgresLogins.read(gateway.dataDirectory()).orElseThrow();
        List<String> secrets = List.of(
                logins.superuser().password(),
                logins.owner().password(),
                logins.gateway().password(),
                Files.readString(gateway.dataDirectory().resolve("redis.password"))
                        .strip());
        List<Long> processes = new ArrayList<>(gateway.servers());
        for (long pid : processes) {
            assertFalse(PostgresAccessTest.uids(pid).startsWith("0"), PostgresAccessTest.uids(pid));
        }
        processes.add(process.pid());
        String said = Files.readString(gateway.log("gateway.log"));
        for (String secret : secrets) {
            assertFalse(said.contains(secret), said);
            for (long pid : processes) {
                assertFalse(
                        Files.readString(Path.of("/proc/" + pid + "/cmdline")).contains(secret));
                assertFalse(Files.readString(Path.of("/proc/" + pid + "/environ"), StandardCharsets.ISO_8859_1)
                        .contains(secret));
            }
        }
        assertEquals(
                Binaries.isBundled(Binaries.redis(gateway.dataDirectory().toRealPath())),
                said.contains("The bundled Redis"),
                said);
        assertTrue(Files.isDirectory(gateway.dataDirectory().resolve("vertx/cache")));
        process.destroy();
        assertTrue(process.waitFor(STOP_LIMIT.toSeconds(), TimeUnit.SECONDS), "SIGTERM did not end it");
    }

    private static boolean accepts(String address, int port) {
        try (Socket socket = new Socket(address, port)) {
            return socket.isConnected();
        } catch (IOException refused) {
            return false;
        }
    }

    @Test
    void saysInOneLineThatPostgresIsNotThere() throws Exception {
        int nobody = LoopbackPort.free();
        Process process = gateway.start(
                "gateway.log", List.of("QUARKUS_DATASOURCE_REACTIVE_URL=postgresql://127.0.0.1:" + nobody + "/x"));
        assertTrue(process.waitFor(START_LIMIT.toSeconds(), TimeUnit.SECONDS), "it runs without Postgres");
        assertEquals(1, process.exitValue());
        String said = Files.readString(gateway.log("gateway.log"));
        assertTrue(said.contains("Stampede did not start: Postgres at 127.0.0.1:" + nobody), said);
        assertFalse(said.contains("\tat "), said);
        assertTrue(gateway.servers().isEmpty(), () -> "left behind: " + gateway.servers());
    }

    private void assertRefusesASecondCopy() throws IOException, InterruptedException {
        Process copy = gateway.start("copy.log");
        assertTrue(copy.waitFor(START_LIMIT.toSeconds(), TimeUnit.SECONDS), "a second copy runs");
        assertEquals(1, copy.exitValue());
        String said = Files.readString(gateway.log("copy.log"));
        assertTrue(said.startsWith("Stampede did not start: another process (pid "), said);
        assertEquals(1, said.lines().count(), said);
    }

    private String url(Function<PostgresLogins, PostgresLogins.Login> login) {
        return EmbeddedPostgresServer.jdbcUrlOfRunning(gateway.dataDirectory(), login)
                .orElseThrow();
    }

    private Connection connect() throws SQLException {
        return DriverManager.getConnection(url(PostgresLogins::superuser));
    }

    private void write(String sql) throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private String read(String sql) throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            assertTrue(rows.next());
            return rows.getString(1);
        }
    }

    private Path toolsWithoutTelling() throws IOException {
        Path tools = Files.createDirectory(directory.resolve("tools"));
        for (String tool : List.of("sh", "id", "true", "unshare", "setpriv", "mount", "mkdir")) {
            // not one line without the other: root can't become somebody else without setpriv
            Path script = Files.writeString(
                    tools.resolve(tool),
                    "#!/bin/sh\ncase \"$*\" in *pdeathsig*) exit 1;; esac\nPATH=/usr/bin:/bin\nexec " + tool
                            + " \"$@\"\n");
            Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
        return tools;
    }
}
