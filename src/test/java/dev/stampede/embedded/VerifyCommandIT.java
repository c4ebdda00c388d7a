package dev.stampede.embedded;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.support.PackagedGateway;
import dev.stampede.support.TestKey;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command as a process of its own: beside a gateway, and after it. */
@Tag("servers")
@Tag("long")
class VerifyCommandIT {
    @TempDir
    Path directory;

    private record Ended(int code, String said) {}

    private Ended verify(Path data, String... more) throws Exception {
        Path said = directory.resolve("verify.log");
        List<String> command = new ArrayList<>(PackagedGateway.java());
        command.addAll(List.of(
                "-Dstampede.data-dir=" + data,
                "-jar",
                System.getProperty("stampede.jar"),
                more.length == 0 ? "verify" : more[0]));
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
        return new Ended(process.exitValue(), Files.readString(said));
    }

    @Test
    void saysWhetherTheLedgerIsRight() throws Exception {
        assertEquals(2, verify(directory.resolve("nothing")).code());
        assertEquals(2, verify(directory.resolve("nothing"), "verfiy").code());
        try (PackagedGateway gateway = PackagedGateway.in(directory).startedBefore()) {
            gateway.awaitReady(gateway.start("gateway.log"), "gateway.log");
            for (int i = 0; i < 5; i++) {
                earn(gateway, "v-" + i);
            }
            Ended beside = verify(gateway.dataDirectory());
            assertEquals(0, beside.code(), beside.said());
            assertTrue(beside.said().contains("OK: 5 accounts, 5 operations, 5 entries"), beside.said());

            String url = EmbeddedPostgresServer.jdbcUrlOfRunning(gateway.dataDirectory(), PostgresLogins::superuser)
                    .orElseThrow();
            try (Connection owner = DriverManager.getConnection(url);
                    Statement statement = owner.createStatement()) {
                assertEquals(
                        1, statement.executeUpdate("UPDATE account SET available = 1000000 WHERE account = 'v-3'"));
            }
            Ended wrong = verify(gateway.dataDirectory());
            assertEquals(1, wrong.code(), wrong.said());
            assertTrue(
                    wrong.said().contains("WRONG: demo/v-3: available is 7 by its entries, and said to be 1000000"),
                    wrong.said());

            gateway.killGateways();
            Ended after = verify(gateway.dataDirectory());
            assertEquals(1, after.code(), after.said());
            assertEquals(List.of(), gateway.servers(), "left behind");
        }
    }

    private static void earn(PackagedGateway gateway, String account) throws Exception {
        HttpRequest earn = HttpRequest.newBuilder(
                        gateway.api().resolve("/v1/programs/demo/accounts/" + account + "/earn"))
                .header(TestKey.HEADER, TestKey.BEARER)
                .header("Content-Type", "application/json")
                .header("Idempotency-Key", "k")
                .POST(HttpRequest.BodyPublishers.ofString("{\"points\":7}"))
                .build();
        assertEquals(
                201,
                HttpClient.newHttpClient()
                        .send(earn, HttpResponse.BodyHandlers.discarding())
                        .statusCode());
    }
}
