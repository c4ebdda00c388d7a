package dev.stampede.embedded;

import static io.restassured.RestAssured.given;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.access.KeyText;
import dev.stampede.support.PackagedGateway;
import dev.stampede.support.TestIssuer;
import dev.stampede.support.TestKey;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import java.net.URI;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a gateway was told in confidence is nowhere afterwards: not in its log, its metrics, the audit, or a dump of its
 * heap.
 */
@Tag("servers")
@Tag("long")
class SecretsIT {
    private static final String KEYS = "/v1/programs/demo/keys";

    @TempDir
    Path directory;

    /** On a connection of its own: the buffers of one that is open have what was read last. */
    private static RequestSpecification with(String credential) {
        RequestSpecification call = given().header("Connection", "close").contentType("application/json");
        return credential == null ? call.header(TestKey.HEADER, "") : call.header(TestKey.HEADER, credential);
    }

    private static Response made(String credential, URI path, String body) {
        return with(credential)
                .body(body)
                .post(path)
                .then()
                .statusCode(201)
                .extract()
                .response();
    }

    private static void stop(Process process) throws InterruptedException {
        process.destroy();
        assertTrue(process.waitFor(PackagedGateway.STOP_LIMIT.toSeconds(), TimeUnit.SECONDS));
    }

    @Test
    void noSecretStays() throws Exception {
        try (PackagedGateway gateway =
                PackagedGateway.in(directory).startedBefore().withoutKey()) {
            TestIssuer.settings().forEach((name, value) -> {
                var unused = gateway.with("-D" + name + "=" + value);
            });
            Process process = gateway.start("first.log"); // which says the key that it makes
            gateway.awaitReady(process, "first.log");
            stop(process);
            process = gateway.start("gateway.log");
            gateway.awaitReady(process, "gateway.log");

            Map<String, String> secrets = used(gateway);
            // other calls take the places of those in the buffers that are used again; each event loop has its own, and
            // gets connections in turn
            String demo = Files.readString(gateway.dataDirectory().resolve("demo.key"))
                    .strip();
            for (int n = 0; n < 50; n++) {
                with("Bearer " + demo).get(gateway.api().resolve(KEYS)).then().statusCode(200);
                with("Bearer " + demo)
                        .body("{\"name\":\"longer than any secret that a body had\"}")
                        .post(gateway.api().resolve(KEYS))
                        .then()
                        .statusCode(400);
                if (n % 2 == 0) {
                    with(null).get(gateway.api().resolve(KEYS)).then().statusCode(401);
                }
            }

            String log = Files.readString(gateway.log("gateway.log"));
            String metrics =
                    given().get(gateway.management().resolve("/q/metrics")).asString();
            String audit = audit(gateway);
            assertTrue(audit.contains("key.rotate") && audit.contains("pairing.claim"), audit);
            byte[] heap = heap(process);
            for (Map.Entry<String, String> secret : secrets.entrySet()) {
                assertFalse(log.contains(secret.getValue()), "the log has " + secret.getKey());
                assertFalse(metrics.contains(secret.getValue()), "the metrics have " + secret.getKey());
                assertFalse(audit.contains(secret.getValue()), "the audit has " + secret.getKey());
                for (Charset charset : List.of(StandardCharsets.ISO_8859_1, StandardCharsets.UTF_16BE)) {
                    assertFalse(
                            contains(heap, secret.getValue().getBytes(charset)),
                            "the heap has " + secret.getKey() + " in " + charset);
                }
            }
            assertTrue(contains(heap, "stampede".getBytes(StandardCharsets.ISO_8859_1)));
            stop(process);
        }
    }

    /** Each credential there is, used; and some that were refused. The secret of each, by what it is. */
    private static Map<String, String> used(PackagedGateway gateway) throws Exception {
        URI api = gateway.api();
        String demo =
                Files.readString(gateway.dataDirectory().resolve("demo.key")).strip();
        URI account = api.resolve("/v1/programs/demo/accounts/ada");
        String admin = "Bearer " + demo;
        with(admin).put(account).then().statusCode(201);
        Map<String, String> secrets = new LinkedHashMap<>();
        secrets.put("the first key", secret(demo));

        Response first = made(
                admin,
                api.resolve(KEYS),
                "{\"name\":\"till\",\"scopes\":[\"read\",\"earn\",\"keys\"],\"location\":\"store-1\"}");
        String key = first.path("key");
        String rotated = made("Bearer " + key, api.resolve(KEYS + "/" + first.path("id") + "/rotate"), "{}")
                .path("key");
        secrets.put("a key", secret(key));
        secrets.put("its next secret", secret(rotated));
        for (String each : List.of(key, rotated)) {
            with("Bearer " + each).get(account).then().statusCode(200);
        }

        String code = made(
                        admin,
                        api.resolve("/v1/programs/demo/pairings"),
                        "{\"name\":\"Till\",\"location\":\"store-1\",\"scopes\":[\"earn\"]}")
                .path("code");
        String till = made(null, api.resolve("/v1/pairings/claim"), "{\"code\":\"" + code + "\"}")
                .path("key");
        secrets.put("a pairing's code", code);
        secrets.put("a till's key", secret(till));
        with("Bearer " + till)
                .header("Idempotency-Key", "k")
                .body("{\"points\":1}")
                .post(URI.create(account + "/earn"))
                .then()
                .statusCode(201);

        String member = TestIssuer.member("ada");
        with(member).get(account).then().statusCode(200);
        secrets.put("a member's token", member.substring(member.lastIndexOf('.') + 1));
        String ticket = with(member)
                .post(URI.create(account + "/stream-tickets"))
                .then()
                .statusCode(201)
                .extract()
                .path("ticket");
        secrets.put("a ticket", ticket.substring(ticket.lastIndexOf('.') + 1));

        String unknown = KeyText.fresh(false, new SecureRandom()).text();
        String mistyped = unknown.substring(0, unknown.length() - 1) + (unknown.endsWith("0") ? "1" : "0");
        String forged = TestIssuer.member("ada", claims -> claims.setIssuer("https://other.example"));
        String password = "c2VjcmV0OnNlY3JldA==";
        for (String refused : List.of("Bearer " + unknown, "Bearer " + mistyped, forged, "Basic " + password)) {
            with(refused).get(account).then().statusCode(401);
        }
        secrets.put("an unknown key", secret(unknown));
        secrets.put("a token of another issuer", forged.substring(forged.lastIndexOf('.') + 1));
        secrets.put("a password", password);
        return secrets;
    }

    private static String secret(String key) {
        assertTrue(key.matches(KeyText.PATTERN), key.substring(0, 9));
        return key.split("_")[3];
    }

    private static String audit(PackagedGateway gateway) throws Exception {
        String url = EmbeddedPostgresServer.jdbcUrlOfRunning(gateway.dataDirectory(), PostgresLogins::superuser)
                .orElseThrow();
        StringBuilder audit = new StringBuilder();
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT a::text FROM audit a")) {
            while (rows.next()) {
                audit.append(rows.getString(1)).append('\n');
            }
        }
        return audit.toString();
    }

    /** What is alive in it. */
    private byte[] heap(Process gateway) throws Exception {
        Path dump = directory.resolve("heap.hprof");
        Process jcmd = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                        Long.toString(gateway.pid()),
                        "GC.heap_dump",
                        dump.toString())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("jcmd.log").toFile())
                .start();
        assertTrue(jcmd.waitFor(60, TimeUnit.SECONDS));
        assertEquals(0, jcmd.exitValue(), Files.readString(directory.resolve("jcmd.log")));
        return Files.readAllBytes(dump);
    }

    private static boolean contains(byte[] all, byte[] part) {
        int last = all.length - part.length;
        for (int i = 0; i <= last; i++) {
            int n = 0;
            while (n < part.length && all[i + n] == part[n]) {
                n++;
            }
            if (n == part.length) {
                return true;
            }
        }
        return false;
    }
}
