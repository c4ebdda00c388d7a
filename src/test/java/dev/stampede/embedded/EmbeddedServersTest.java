package dev.stampede.embedded;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("servers")
class EmbeddedServersTest {

    @TempDir
    Path directory;

    @Test
    void nothingStartsWhereBothAreConfigured() throws IOException {
        Path untouched = directory.resolve("untouched");
        try (EmbeddedServers servers = EmbeddedServers.startMissing(config(Map.of(
                "stampede.data-dir", untouched.toString(),
                "quarkus.datasource.reactive.url", "postgresql://db.example:5432/points",
                "quarkus.redis.hosts", "redis://user:secret@cache.example:6379/0")))) {
            assertFalse(servers.isAny());
            Map<String, String> found = new HashMap<>(servers.found());
            Path cache = Path.of(found.remove("vertx.cacheDirBase")).getParent();
            assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(cache)));
            assertEquals(
                    Map.of(
                            "quarkus.datasource.jdbc.url",
                            "jdbc:postgresql://db.example:5432/points",
                            "quarkus.swagger-ui.enabled",
                            "false",
                            "stampede.examples",
                            "false",
                            "stampede.console.enabled",
                            "false",
                            "stampede.console.member-page",
                            "false"),
                    found);
            assertEquals("Postgres at db.example:5432", servers.postgresLine());
            assertEquals("Redis at cache.example:6379", servers.redisLine());
        }
        assertFalse(Files.exists(untouched));
    }

    @Test
    void onlyTheMissingOneStarts() {
        try (EmbeddedServers servers = EmbeddedServers.startMissing(config(Map.of(
                "stampede.data-dir", directory.toString(),
                "quarkus.datasource.reactive.url", "postgresql://db.example:5432/points",
                "quarkus.datasource.jdbc.url", "jdbc:postgresql://owner.example:5432/points")))) {
            assertTrue(servers.isAny());
            assertEquals(
                    Set.of(
                            "quarkus.redis.hosts",
                            "quarkus.http.host",
                            "quarkus.management.host",
                            "stampede.http.hosts",
                            "stampede.http.management-hosts",
                            "quarkus.swagger-ui.enabled",
                            "stampede.examples",
                            "stampede.console.enabled",
                            "stampede.console.member-page",
                            "vertx.cacheDirBase"),
                    servers.found().keySet());
            assertTrue(servers.redisLine().contains("(embedded) at 127.0.0.1:"), servers.redisLine());
        }
    }

    /** Whoever tries it out serves this machine; the network is a setting. */
    @Test
    void embeddedMeansLoopback() throws IOException {
        Map<String, String> embedded = Map.of(
                "stampede.data-dir",
                directory.toString(),
                "quarkus.datasource.reactive.url",
                "postgresql://db.example:5432/points");
        Path leftover = Files.createDirectories(directory.resolve("vertx/cache/of-a-killed-one"));
        Files.writeString(leftover.resolve("file"), "x");
        try (EmbeddedServers servers = EmbeddedServers.startMissing(config(embedded))) {
            Map<String, String> found = servers.found();
            assertEquals("127.0.0.1", found.get("quarkus.http.host"));
            assertEquals("127.0.0.1", found.get("quarkus.management.host"));
            assertEquals("localhost,127.0.0.1,[::1]", found.get("stampede.http.hosts"));
            assertEquals("localhost,127.0.0.1,[::1]", found.get("stampede.http.management-hosts"));
            assertEquals(directory.toRealPath().resolve("vertx/cache").toString(), found.get("vertx.cacheDirBase"));
            assertFalse(Files.exists(leftover));
        }
        Map<String, String> opened = new HashMap<>(embedded);
        opened.put("quarkus.http.host", "0.0.0.0");
        opened.put("quarkus.management.host", "10.0.0.1");
        try (EmbeddedServers servers = EmbeddedServers.startMissing(config(opened))) {
            assertEquals(
                    Set.of(
                            "quarkus.redis.hosts",
                            "quarkus.datasource.jdbc.url",
                            "quarkus.swagger-ui.enabled",
                            "stampede.examples",
                            "stampede.console.enabled",
                            "stampede.console.member-page",
                            "vertx.cacheDirBase"),
                    servers.found().keySet());
        }
        opened.remove("quarkus.management.host");
        try (EmbeddedServers servers = EmbeddedServers.startMissing(config(opened))) {
            assertFalse(servers.found().containsKey("stampede.http.hosts"));
            assertTrue(servers.found().containsKey("stampede.http.management-hosts"), "each port has its own");
        }
        opened.put("quarkus.http.host", "localhost");
        opened.put("stampede.http.hosts", "points.example");
        try (EmbeddedServers servers = EmbeddedServers.startMissing(config(opened))) {
            assertFalse(servers.found().containsKey("stampede.http.hosts"));
        }
    }

    @Test
    void aSecondCopyIsRefusedBeforeAnythingStarts() {
        SmallRyeConfig config = config(Map.of(
                "stampede.data-dir",
                directory.toString(),
                "quarkus.datasource.reactive.url",
                "postgresql://db.example:5432/points"));
        try (EmbeddedServers first = EmbeddedServers.startMissing(config)) {
            assertTrue(first.isAny());
            StartupTrouble trouble = assertThrows(StartupTrouble.class, () -> EmbeddedServers.startMissing(config));
            assertTrue(
                    trouble.getMessage()
                            .contains("pid " + ProcessHandle.current().pid()),
                    trouble.getMessage());
        }
    }

    @Test
    void aJdbcUrlAloneIsAMistake() {
        StartupTrouble trouble = assertThrows(
                StartupTrouble.class,
                () -> EmbeddedServers.startMissing(config(Map.of(
                        "stampede.data-dir",
                        directory.toString(),
                        "quarkus.datasource.jdbc.url",
                        "jdbc:postgresql://db.example/points"))));
        assertTrue(trouble.getMessage().contains("quarkus.datasource.reactive.url is not"), trouble.getMessage());
    }

    @Test
    void jdbcUrlFollowsFromReactiveUrl() {
        assertEquals(
                Map.of("quarkus.datasource.jdbc.url", "jdbc:postgresql://db:5432/points"),
                EmbeddedServers.jdbcFrom("vertx-reactive:postgresql://db:5432/points"));
        assertEquals(
                Map.of(
                        "quarkus.datasource.jdbc.url",
                        "jdbc:postgresql://a:1,b:2/points?sslmode=require&targetServerType=primary"),
                EmbeddedServers.jdbcFrom("postgresql://a:1/points?sslmode=require, postgresql://b:2/points"));
        assertEquals(
                Map.of(
                        "quarkus.datasource.jdbc.url", "jdbc:postgresql://db/points",
                        "quarkus.datasource.username", "me",
                        "quarkus.datasource.password", "p@ss+word"),
                EmbeddedServers.jdbcFrom("postgresql://me:p%40ss+word@db/points"));
    }

    @Test
    void placesTellNoSecrets() {
        assertEquals("db:5432", EmbeddedServers.places("vertx-reactive:postgresql://me:p@ss@db:5432/points?x=y"));
        assertEquals("a:1, b:2", EmbeddedServers.places("redis://:secret@a:1,rediss://b:2/0"));
    }

    private static SmallRyeConfig config(Map<String, String> values) {
        return new SmallRyeConfigBuilder()
                .withSources(new PropertiesConfigSource(values, "test", 100))
                .build();
    }
}
