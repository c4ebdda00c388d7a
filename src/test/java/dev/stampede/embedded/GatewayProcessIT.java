package dev.stampede.embedded;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.support.SharedBinaries;
import java.io.IOException;
import java.net.URI;
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
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The packaged gateway as a process of its own: started, killed, started again, told to stop. */
class GatewayProcessIT {

    private static final Duration START_LIMIT = Duration.ofSeconds(90);
    private static final Duration STOP_LIMIT = Duration.ofSeconds(40);
    private static final Pattern POSTGRES = Pattern.compile("Postgres \\S+ \\(embedded\\) at ([0-9.]+:[0-9]+)");

    @TempDir
    Path directory;

    private final HttpClient http = HttpClient.newHttpClient();
    private final List<Process> started = new ArrayList<>();
    private Path data;
    private int apiPort;
    private int managementPort;

    @BeforeEach
    void choosePlaces() throws IOException {
        data = Files.createDirectory(directory.resolve("data"));
        SharedBinaries.linkInto(data);
        apiPort = LoopbackPort.free();
        managementPort = LoopbackPort.free();
    }

    @AfterEach
    void killWhatIsLeft() throws InterruptedException, IOException {
        for (Process gateway : started) {
            gateway.destroyForcibly().waitFor();
        }
        servers().forEach(server -> ProcessHandle.of(server).ifPresent(ProcessHandle::destroyForcibly));
        await().atMost(STOP_LIMIT).until(() -> servers().isEmpty());
        SharedBinaries.unlinkFrom(data);
    }

    @Test
    void comesBackAfterKillAndStopsWhenTold() throws Exception {
        Process first = start("first.log", List.of());
        awaitReady(first, "first.log");
        write("first.log", "CREATE TABLE kept AS SELECT 1 AS id");
        assertEquals(2, servers().size());

        first.destroyForcibly().waitFor();

        Process second = start("second.log", List.of());
        awaitReady(second, "second.log");
        assertEquals("1", read("second.log", "SELECT count(*) FROM kept"));

        assertRefusesASecondCopy();
        assertTrue(second.isAlive());

        second.destroy();
        assertTrue(second.waitFor(STOP_LIMIT.toSeconds(), TimeUnit.SECONDS), "SIGTERM did not end it");
        assertEquals(143, second.exitValue());
        assertTrue(servers().isEmpty(), () -> "left behind: " + servers());
        assertFalse(Files.exists(data.resolve("postgres/postmaster.pid")));
    }

    /** As on a machine without setpriv, where nothing tells the servers that the gateway was killed. */
    @Test
    void comesBackAmongOrphans() throws Exception {
        List<String> pathWithoutSetpriv = List.of("PATH=" + toolsWithoutSetpriv());
        Process first = start("first.log", pathWithoutSetpriv);
        awaitReady(first, "first.log");
        write("first.log", "CREATE TABLE kept AS SELECT 1 AS id");
        List<Long> orphans = servers();

        first.destroyForcibly().waitFor();
        assertEquals(orphans, servers());

        Process second = start("second.log", pathWithoutSetpriv);
        awaitReady(second, "second.log");
        assertEquals("1", read("second.log", "SELECT count(*) FROM kept"));
        assertTrue(servers().stream().noneMatch(orphans::contains), "orphans of the first are still there");

        second.destroy();
        assertTrue(second.waitFor(STOP_LIMIT.toSeconds(), TimeUnit.SECONDS), "SIGTERM did not end it");
    }

    @Test
    void saysInOneLineThatPostgresIsNotThere() throws Exception {
        int nobody = LoopbackPort.free();
        Process gateway = start(
                "gateway.log", List.of("QUARKUS_DATASOURCE_REACTIVE_URL=postgresql://127.0.0.1:" + nobody + "/x"));
        assertTrue(gateway.waitFor(START_LIMIT.toSeconds(), TimeUnit.SECONDS), "it runs without Postgres");
        assertEquals(1, gateway.exitValue());
        String said = Files.readString(directory.resolve("gateway.log"));
        assertTrue(said.contains("Stampede did not start: Postgres at 127.0.0.1:" + nobody), said);
        assertFalse(said.contains("\tat "), said);
        assertTrue(servers().isEmpty(), () -> "left behind: " + servers());
    }

    private void assertRefusesASecondCopy() throws IOException, InterruptedException {
        Process copy = start("copy.log", List.of());
        assertTrue(copy.waitFor(START_LIMIT.toSeconds(), TimeUnit.SECONDS), "a second copy runs");
        assertEquals(1, copy.exitValue());
        String said = Files.readString(directory.resolve("copy.log"));
        assertTrue(said.startsWith("Stampede did not start: another process (pid "), said);
        assertEquals(1, said.lines().count(), said);
    }

    private Process start(String log, List<String> environment) throws IOException {
        List<String> command = new ArrayList<>();
        if (!environment.isEmpty()) {
            command.add("/usr/bin/env");
            command.addAll(environment);
        }
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Dstampede.data-dir=" + data,
                "-Dquarkus.http.port=" + apiPort,
                "-Dquarkus.management.port=" + managementPort,
                "-jar",
                System.getProperty("stampede.jar")));
        Process gateway = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve(log).toFile())
                .start();
        started.add(gateway);
        return gateway;
    }

    private void awaitReady(Process gateway, String log) throws IOException {
        await().atMost(START_LIMIT).pollInterval(Duration.ofMillis(100)).until(() -> !gateway.isAlive() || isReady());
        assertTrue(gateway.isAlive(), Files.readString(directory.resolve(log)));
        // The lines that say where everything is come right after the ports are open.
        await().atMost(START_LIMIT).until(() -> postgresOf(log).find());
    }

    private boolean isReady() throws InterruptedException {
        HttpRequest ready = HttpRequest.newBuilder(URI.create("http://localhost:" + managementPort + "/q/health/ready"))
                .timeout(Duration.ofSeconds(5))
                .build();
        try {
            return http.send(ready, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
        } catch (IOException notYet) {
            return false;
        }
    }

    private Matcher postgresOf(String log) throws IOException {
        return POSTGRES.matcher(Files.readString(directory.resolve(log)));
    }

    private Connection connect(String log) throws SQLException, IOException {
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

    /** The server processes that were given this data directory. */
    private List<Long> servers() {
        return ProcessHandle.allProcesses()
                .filter(process -> process.info()
                        .arguments()
                        .map(arguments -> String.join(" ", arguments).contains(data.toString()))
                        .orElse(false))
                .filter(process -> started.stream().noneMatch(gateway -> gateway.pid() == process.pid()))
                .map(ProcessHandle::pid)
                .sorted()
                .toList();
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
