package dev.stampede.support;

import dev.stampede.embedded.EmbeddedPostgresServer;
import dev.stampede.embedded.EmbeddedRedisServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Map;
import java.util.stream.Stream;

/**
 * One Postgres and one Redis for all tests, started by the first that asks and stopped when the JVM ends. Tests with
 * {@code @QuarkusTest} live in a class loader of their own, so that they share one start and plain tests another.
 *
 * <p>A test that kills them must {@code restart()} them before it ends. One that wants a schema of its own asks for a
 * database with {@link #freshDatabase}.
 */
public final class Backends {

    private static Backends shared;

    private final Path directory;
    private final EmbeddedPostgresServer postgres;
    private final EmbeddedRedisServer redis;

    private Backends(Path directory) {
        this.directory = directory;
        this.redis = EmbeddedRedisServer.start(directory);
        // a gateway that is pointed at its URL logs in; tests that look into it need no password
        try (RedisSocket administrator = new RedisSocket(redis.adminUrl())) {
            administrator.ask("ACL", "SETUSER", "default", "nopass");
        }
        this.postgres = EmbeddedPostgresServer.start(directory);
    }

    public static synchronized Backends shared() {
        if (shared == null) {
            Backends started = new Backends(newDirectory());
            Runtime.getRuntime().addShutdownHook(new Thread(started::stopAndDelete, "stop-test-backends"));
            shared = started;
        }
        return shared;
    }

    private static Path newDirectory() {
        try {
            Path directory = Files.createTempDirectory(Path.of("target"), "test-backends-");
            SharedBinaries.linkInto(directory);
            return directory;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public EmbeddedPostgresServer postgres() {
        return postgres;
    }

    public EmbeddedRedisServer redis() {
        return redis;
    }

    /**
     * Creates an empty database, empties Redis, which belongs to one database, and answers its JDBC URL. The name is a
     * plain lower-case word.
     */
    public String freshDatabase(String name) {
        try (Connection connection = DriverManager.getConnection(postgres.jdbcUrl());
                var statement = connection.createStatement()) {
            statement.execute("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)");
            statement.execute("CREATE DATABASE " + name);
            flushRedis();
            return postgres.jdbcUrl(name);
        } catch (SQLException e) {
            throw new IllegalStateException("creating database " + name, e);
        }
    }

    /** How a gateway and its migration log in there. */
    public static Map<String, String> logins(EmbeddedPostgresServer postgres) {
        return Map.of(
                "quarkus.datasource.username", postgres.gateway().user(),
                "quarkus.datasource.password", postgres.gateway().password(),
                "quarkus.flyway.username", postgres.owner().user(),
                "quarkus.flyway.password", postgres.owner().password());
    }

    private void flushRedis() {
        try (RedisSocket socket = new RedisSocket(redis.port())) {
            if (!"OK".equals(socket.ask("FLUSHALL"))) {
                throw new IllegalStateException("FLUSHALL is refused");
            }
        }
    }

    private void stopAndDelete() {
        redis.close();
        postgres.close();
        try (Stream<Path> paths = Files.walk(directory)) {
            for (Path path : paths.sorted((a, b) -> b.compareTo(a)).toList()) {
                Files.delete(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
