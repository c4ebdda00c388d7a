package dev.stampede.embedded;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.support.PackagedGateway;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
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
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The packaged gateway as a process of its own: started, killed, started again, told to stop. */
class GatewayProcessIT {

    private static final Duration START_LIMIT = PackagedGateway.START_LIMIT;
    private static final Duration STOP_LIMIT = PackagedGateway.STOP_LIMIT;
    private static final Pattern POSTGRES = Pattern.compile("Postgres \\S+ \\(embedded\\) at ([0-9.]+:[0-9]+)");

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
        Process first = gateway.start("first.log");
        gateway.awaitReady(first, "first.log");
        write("first.log", "CREATE TABLE kept AS SELECT 1 AS id");
        assertEquals(2, gateway.servers().size());

        first.destroyForcibly().waitFor();

        Process second = gateway.start("second.log");
        gateway.awaitReady(second, "second.log");
        assertEquals("1", read("second.log", "SELECT count(*) FROM kept"));

        assertRefusesASecondCopy();
        assertTrue(second.isAlive());

        second.destroy();
        assertTrue(second.waitFor(STOP_LIMIT.toSeconds(), TimeUnit.SECONDS), "SIGTERM did not end it");
        assertEquals(143, second.exitValue());
        assertTrue(gateway.servers().isEmpty(), () -> "left behind: " + gateway.servers());
        assertFalse(Files.exists(gateway.dataDirectory().resolve("postgres/postmaster.pid")));
    }

    /** As on a machine without setpriv, where nothing tells the servers that the gateway was killed. */
    @Test
    void comesBackAmongOrphans() throws Exception {
        List<String> pathWithoutSetpriv = List.of("PATH=" + toolsWithoutSetpriv());
        Process first = gateway.start("first.log", pathWithoutSetpriv);
        gateway.awaitReady(first, "first.log");
        write("first.log", "CREATE TABLE kept AS SELECT 1 AS id");
        List<Long> orphans = gateway.servers();

        first.destroyForcibly().waitFor();
        assertEquals(orphans, gateway.servers());

        Process second = gateway.start("second.log", pathWithoutSetpriv);
        gateway.awaitReady(second, "second.log");
        assertEquals("1", read("second.log", "SELECT count(*) FROM kept"));
        assertTrue(gateway.servers().stream().noneMatch(orphans::contains), "orphans of the first are still there");

        second.destroy();
        assertTrue(second.waitFor(STOP_LIMIT.toSeconds(), TimeUnit.SECONDS), "SIGTERM did not end it");
    }

    /** SIGTERM under load: a call that got no answer never reached the gateway. */
    @Test
    void answersWhatIsInFlightWhenTold() throws Exception {
        Process first = gateway.start("first.log");
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

    private Matcher postgresOf(String log) throws IOException {
        return POSTGRES.matcher(Files.readString(gateway.log(log)));
    }

    private Connection connect(String log) throws SQLException, IOException {
        // The lines that say where everything is come right after the ports are open.
        await().atMost(START_LIMIT).until(() -> postgresOf(log).find());
        Matcher postgres = postgresOf(log);
        assertTrue(postgres.find());
        return DriverManager.getConnection("jdbc:postgresql://" + postgres.group(1) + "/stampede?user=postgres");
    }

    private void write(String log, String sql) throws SQLException, IOException {
        try (Connection connection = connect(log);
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private String read(String log, String sql) throws SQLException, IOException {
        try (Connection connection = connect(log);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            assertTrue(rows.next());
            return rows.getString(1);
        }
    }

    private Path toolsWithoutSetpriv() throws IOException {
        Path tools = Files.createDirectory(directory.resolve("tools"));
        for (String tool : List.of("sh", "id", "true", "unshare")) {
            Path script =
                    Files.writeString(tools.resolve(tool), "#!/bin/sh\nPATH=/usr/bin:/bin\nexec " + tool + " \"$@\"\n");
            Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
        return tools;
    }
}
