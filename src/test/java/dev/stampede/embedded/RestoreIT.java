package dev.stampede.embedded;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.support.PackagedGateway;
import dev.stampede.support.TestKey;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A backup that is taken while a gateway works, as {@code pg_basebackup} takes it, and its restore as docs/operate.md
 * tells it: every operation of the backup is there, each call of before is a replay, and the ledger is right.
 */
@Tag("servers")
@Tag("long")
class RestoreIT {
    private static final int CALLS = 20;

    @TempDir
    Path directory;

    private final HttpClient http = HttpClient.newHttpClient();

    private HttpResponse<String> call(PackagedGateway gateway, String path, String key) throws Exception {
        HttpRequest.Builder call = HttpRequest.newBuilder(
                        gateway.api().resolve("/v1/programs/demo/accounts/m-1" + path))
                .header(TestKey.HEADER, TestKey.BEARER);
        if (key != null) {
            call.header("Content-Type", "application/json")
                    .header("Idempotency-Key", key)
                    .POST(HttpRequest.BodyPublishers.ofString("{\"points\":7}"));
        }
        return http.send(call.build(), HttpResponse.BodyHandlers.ofString());
    }

    private void earn(PackagedGateway gateway, String key, int status) throws Exception {
        assertEquals(status, call(gateway, "/earn", key).statusCode(), key);
    }

    /** Some of its files change, and some go away while they are copied: the log of what happened mends that. */
    private static void copy(Path from, Path to) throws IOException {
        Files.createDirectories(to, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        try (Stream<Path> entries = Files.list(from)) {
            for (Path entry : entries.toList()) {
                Path target = to.resolve(entry.getFileName());
                if (Files.isDirectory(entry)) {
                    copy(entry, target);
                } else {
                    copyFile(entry, target);
                }
            }
        }
    }

    private static void copyFile(Path from, Path to) throws IOException {
        try {
            Files.copy(from, to, StandardCopyOption.COPY_ATTRIBUTES, StandardCopyOption.REPLACE_EXISTING);
        } catch (NoSuchFileException goneMeanwhile) {
            Files.deleteIfExists(to);
        }
    }

    private void backUp(PackagedGateway gateway, Path restored) throws Exception {
        String url = EmbeddedPostgresServer.jdbcUrlOfRunning(gateway.dataDirectory(), PostgresLogins::superuser)
                .orElseThrow();
        Path from = gateway.dataDirectory().resolve("postgres");
        Path to = restored.resolve("postgres");
        try (Connection superuser = DriverManager.getConnection(url);
                Statement statement = superuser.createStatement()) {
            statement.execute("SELECT pg_backup_start('test', true)");
            copy(from, to);
            earn(gateway, "while-it-is-taken", 201);
            try (ResultSet stopped = statement.executeQuery("SELECT labelfile FROM pg_backup_stop(false)")) {
                assertTrue(stopped.next());
                Files.writeString(to.resolve("backup_label"), stopped.getString(1));
            }
        }
        copy(from.resolve("pg_wal"), to.resolve("pg_wal"));
        Files.delete(to.resolve("postmaster.pid"));
        Files.copy(
                gateway.dataDirectory().resolve("pgpass"),
                restored.resolve("pgpass"),
                StandardCopyOption.COPY_ATTRIBUTES);
    }

    private void verify(PackagedGateway gateway) throws Exception {
        Path said = directory.resolve("verify.log");
        List<String> command = Stream.concat(
                        PackagedGateway.java().stream(),
                        Stream.of(
                                "-Dstampede.data-dir=" + gateway.dataDirectory(),
                                "-jar",
                                PackagedGateway.ownJar().toString(),
                                "verify"))
                .toList();
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start();
        try {
            assertTrue(process.waitFor(60, TimeUnit.SECONDS), "it does not end");
        } finally {
            process.destroyForcibly();
        }
        assertEquals(0, process.exitValue(), Files.readString(said));
    }

    @Test
    void whatWasBackedUpIsThere() throws Exception {
        Path first = Files.createDirectory(directory.resolve("first"));
        Path second = Files.createDirectory(directory.resolve("second"));
        try (PackagedGateway gateway = PackagedGateway.in(first).startedBefore();
                PackagedGateway restored = PackagedGateway.in(second)) {
            gateway.awaitReady(gateway.start("first.log"), "first.log");
            for (int i = 0; i < CALLS; i++) {
                earn(gateway, "before-" + i, 201);
            }
            backUp(gateway, restored.dataDirectory());
            earn(gateway, "after", 201);
            gateway.killGateways();

            restored.awaitReady(restored.start("second.log"), "second.log");
            String balance = call(restored, "", null).body();
            assertTrue(balance.contains("\"available\":" + 7 * (CALLS + 1)), balance);
            verify(restored);
            for (int i = 0; i < CALLS; i++) {
                earn(restored, "before-" + i, 200);
            }
            earn(restored, "while-it-is-taken", 200);
            // it was lost, so it is done again
            earn(restored, "after", 201);
            verify(restored);
        }
    }
}
