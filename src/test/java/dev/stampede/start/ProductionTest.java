package dev.stampede.start;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.access.KeyText;
import dev.stampede.embedded.StartupTrouble;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a gateway that is not only tried out does not start with. */
class ProductionTest {
    private static final String REDIS = "quarkus.redis.hosts";
    private static final String JDBC = "quarkus.datasource.jdbc.url";
    private static final String POSTGRES = "quarkus.datasource.reactive.url";

    private static SmallRyeConfig config(Map<String, String> settings) {
        return new SmallRyeConfigBuilder()
                .withSources(new PropertiesConfigSource(settings, "test", 1000))
                .build();
    }

    private static List<String> flaws(Map<String, String> settings) {
        return Production.flaws(config(settings));
    }

    @Test
    void serversOnThisMachineNeedNothing() {
        assertEquals(
                List.of(),
                flaws(Map.of(
                        REDIS, "redis://localhost:6379,redis://127.0.0.1:6380,redis://[::1]:6381",
                        POSTGRES, "postgresql://localhost:5432/points,vertx-reactive:postgresql://127.0.0.1/points")));
        assertEquals(List.of(), flaws(Map.of()));
    }

    @Test
    void allReasonsAreToldAtOnce() {
        assertEquals(
                List.of(
                        "Redis at redis-1:6379 is used without a password: set quarkus.redis.password",
                        "Postgres at postgres-1:5432 is used without TLS: set stampede.tls.ca, or"
                                + " stampede.allow-plaintext=true if something else protects the connection"),
                flaws(Map.of(REDIS, "redis://redis-1:6379", POSTGRES, "postgresql://postgres-1:5432/points")));
    }

    /** With wrong settings, and with the key that a ledger which is not there cannot have. */
    @Test
    void wrongSettingsAreToldWithThem(@TempDir Path directory) {
        Map<String, String> settings = new HashMap<>(Map.of(
                REDIS,
                "redis://redis-1:6379",
                "quarkus.http.host",
                "0.0.0.0",
                "stampede.data-dir",
                directory.toString(),
                "stampede.events.heartbeat",
                "20s"));
        String heartbeat =
                "stampede.events.heartbeat must be less than quarkus.http.idle-timeout, which is 20s; it is 20s";
        String redis = flaws(settings).get(0);
        assertEquals(List.of(heartbeat, redis, FirstKey.noKey()), told(settings));
        settings.put(
                "stampede.bootstrap-key", KeyText.fresh(false, new Random()).text());
        assertEquals(List.of(heartbeat, redis), told(settings));
        settings.put("quarkus.http.host", "127.0.0.1");
        assertEquals(List.of(heartbeat), told(settings), "only tried out");
    }

    private static List<String> told(Map<String, String> settings) {
        return Arrays.stream(assertThrows(StartupTrouble.class, () -> Production.check(config(settings)))
                        .getMessage()
                        .split("\nStampede did not start: "))
                .toList();
    }

    @Test
    void passwordsAndTlsAreSeen() {
        String redis = "redis://redis-1:6379";
        String postgres = "postgresql://postgres-1:5432/points";
        assertEquals(List.of(), flaws(Map.of(REDIS, redis, "quarkus.redis.password", "x")));
        assertEquals(List.of(), flaws(Map.of(REDIS, "redis://:x@redis-1:6379,rediss://u:x@redis-2:6379")));
        assertEquals(
                1,
                flaws(Map.of(REDIS, "redis://:x@redis-1:6379,redis://redis-2:6379"))
                        .size());
        assertEquals(
                1,
                flaws(Map.of(REDIS, "redis://localhost:6379,redis://redis-2:6379"))
                        .size());
        assertEquals(List.of(), flaws(Map.of(POSTGRES, postgres, "stampede.tls.ca", "ca.pem")));
        assertEquals(List.of(), flaws(Map.of(POSTGRES, postgres + "?sslmode=verify-full")));
        assertEquals(1, flaws(Map.of(POSTGRES, postgres + "?sslmode=disable")).size());
        assertEquals(1, flaws(Map.of(POSTGRES, postgres + "?sslmode=prefer")).size());
        assertEquals(List.of(), flaws(Map.of(POSTGRES, postgres, "stampede.allow-plaintext", "true")));
        List<String> password = flaws(Map.of(REDIS, redis, POSTGRES, postgres, "stampede.allow-plaintext", "true"));
        assertEquals(1, password.size(), "who encrypts does not keep others out");
        assertTrue(password.get(0).startsWith("Redis at redis-1:6379 "), password.get(0));
    }

    /** Migrations, and the owner's password, take the driver's connection. */
    @Test
    void theDriversUrlIsLookedAtToo() {
        String here = "postgresql://127.0.0.1:6432/points";
        String there = "postgresql://postgres-1:5432/points";
        String mode = "quarkus.datasource.reactive.postgresql.ssl-mode";
        for (Map<String, String> plain : List.of(
                Map.of(POSTGRES, here, JDBC, "jdbc:" + there),
                Map.of(POSTGRES, here, JDBC, "jdbc:" + there + "?sslmode=prefer"),
                Map.of(POSTGRES, there, JDBC, "jdbc:" + there),
                Map.of(POSTGRES, there + "?sslmode=require", JDBC, "jdbc:" + there),
                Map.of(POSTGRES, there, mode, "require"),
                Map.of(POSTGRES, there, mode, "require", JDBC, "jdbc:" + there))) {
            assertEquals(1, flaws(plain).size(), plain::toString);
        }
        String several = "jdbc:postgresql://postgres-1,postgres-2:5433/points?sslmode=verify-full";
        for (Map<String, String> encrypted : List.of(
                Map.of(POSTGRES, here, JDBC, "jdbc:" + here),
                Map.of(POSTGRES, here, JDBC, several),
                Map.of(POSTGRES, there, mode, "verify-full", JDBC, several),
                Map.of(POSTGRES, there, JDBC, "jdbc:" + there, "stampede.tls.ca", "ca.pem"),
                Map.of(POSTGRES, there, JDBC, "jdbc:" + there, "stampede.allow-plaintext", "true"))) {
            assertEquals(List.of(), flaws(encrypted), encrypted::toString);
        }
    }

    @Test
    void whatOnlyLooksLikeThisMachineIsNot() {
        assertEquals(1, flaws(Map.of(REDIS, "redis://127.example.com:6379")).size());
        assertEquals(
                1,
                flaws(Map.of(POSTGRES, "postgresql://127.0.0.1.example.com/points"))
                        .size());
        String provider = "quarkus.redis.hosts-provider-name";
        assertEquals(
                List.of("Redis at the hosts of ours is used without a password: set quarkus.redis.password"),
                flaws(Map.of(provider, "ours")));
        assertEquals(List.of(), flaws(Map.of(provider, "ours", "quarkus.redis.password", "x")));
    }

    @Test
    void aFirstKeyIsAKey() {
        assertEquals(
                List.of(FirstKey.flaw()), Settings.flaws(config(Map.of("stampede.bootstrap-key", "a".repeat(43)))));
        assertEquals(
                List.of("stampede.allow-plaintext must be true or false; it is yes"),
                Settings.flaws(config(Map.of("stampede.allow-plaintext", "yes"))));
    }

    @Test
    void aKeyOfTheLedgerNeedsAProgramAndScopes() {
        assertNull(KeyCommands.flaw("*", List.of("keys", "program"), "command"));
        assertNull(KeyCommands.flaw("demo", List.of("read"), "command"));
        assertTrue(String.valueOf(KeyCommands.flaw(null, List.of("read"), "x")).startsWith("--program "));
        assertTrue(String.valueOf(KeyCommands.flaw("a b", List.of("read"), "x")).startsWith("--program "));
        assertTrue(String.valueOf(KeyCommands.flaw("*", List.of("all"), "x")).startsWith("--scope "));
        assertTrue(String.valueOf(KeyCommands.flaw("*", List.of("read"), " ")).startsWith("--name "));
    }

    /** They say where a gateway is, to who calls it. */
    @Test
    void variablesOfTheCommandLineAreNoUnknownSettings() {
        Map<String, String> variables = Map.of("stampede.url", "http://localhost", "stampede.key", "x");
        assertEquals(List.of(), Settings.flaws(config(variables)));
    }
}
