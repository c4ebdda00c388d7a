package dev.stampede.embedded;

import io.smallrye.config.SmallRyeConfig;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Starts whichever of the two servers the configuration doesn't name, each decided by itself, and says where they are
 * in the configuration's own words.
 */
final class EmbeddedServers implements AutoCloseable {

    static final String DATA_DIRECTORY = "stampede.data-dir";
    static final String REACTIVE_URL = "quarkus.datasource.reactive.url";
    static final String JDBC_URL = "quarkus.datasource.jdbc.url";
    static final String USERNAME = "quarkus.datasource.username";
    static final String PASSWORD = "quarkus.datasource.password";
    static final String REDIS_HOSTS = "quarkus.redis.hosts";
    static final String REDIS_HOSTS_PROVIDER = "quarkus.redis.hosts-provider-name";

    private final SmallRyeConfig config;
    private final Path dataDirectory;
    private final Map<String, String> found = new LinkedHashMap<>();
    private DirectoryLock lock;
    private EmbeddedPostgresServer postgres;
    private EmbeddedRedisServer redis;

    private EmbeddedServers(SmallRyeConfig config) {
        this.config = config;
        this.dataDirectory =
                Path.of(value(DATA_DIRECTORY).orElse("data")).toAbsolutePath().normalize();
    }

    /** @throws StartupTrouble with nothing left running */
    static EmbeddedServers startMissing(SmallRyeConfig config) {
        EmbeddedServers servers = new EmbeddedServers(config);
        try {
            servers.startMissing();
            return servers;
        } catch (RuntimeException e) {
            servers.close();
            throw e;
        }
    }

    /**
     * Only Postgres, and only if there is one: the configured one, the embedded one of a gateway that runs on the data
     * directory, or else the embedded one, started.
     */
    static EmbeddedServers postgresToRead(SmallRyeConfig config) {
        EmbeddedServers servers = new EmbeddedServers(config);
        try {
            servers.postgresToRead();
            return servers;
        } catch (RuntimeException e) {
            servers.close();
            throw e;
        }
    }

    private void postgresToRead() {
        Optional<String> reactiveUrl = value(REACTIVE_URL);
        if (value(JDBC_URL).isPresent()) {
            return;
        }
        if (reactiveUrl.isPresent()) {
            found.putAll(jdbcFrom(reactiveUrl.get()));
            return;
        }
        if (!Files.isDirectory(dataDirectory.resolve("postgres"))) {
            throw new StartupTrouble(
                    "there is no ledger in " + dataDirectory + ", and " + REACTIVE_URL + " is not set");
        }
        try {
            lock = DirectoryLock.take(dataDirectory.resolve("lock"));
        } catch (StartupTrouble inUse) {
            found.put(
                    JDBC_URL,
                    EmbeddedPostgresServer.jdbcUrlOfRunning(dataDirectory).orElseThrow(() -> inUse));
            return;
        }
        postgres = EmbeddedPostgresServer.start(dataDirectory);
        found.put(JDBC_URL, postgres.jdbcUrl());
    }

    private void startMissing() {
        Optional<String> reactiveUrl = value(REACTIVE_URL);
        boolean ownRedis =
                value(REDIS_HOSTS).or(() -> value(REDIS_HOSTS_PROVIDER)).isEmpty();
        if (reactiveUrl.isEmpty() && value(JDBC_URL).isPresent()) {
            throw new StartupTrouble(JDBC_URL + " is set and " + REACTIVE_URL + " is not: set " + REACTIVE_URL
                    + ", from which the other follows");
        }
        if (reactiveUrl.isEmpty() || ownRedis) {
            lock = DirectoryLock.take(dataDirectory.resolve("lock"));
        }
        if (ownRedis) {
            redis = EmbeddedRedisServer.start(dataDirectory);
            found.put(REDIS_HOSTS, redis.url());
        }
        if (reactiveUrl.isEmpty()) {
            postgres = EmbeddedPostgresServer.start(dataDirectory);
            found.put(REACTIVE_URL, postgres.reactiveUrl());
            found.put(JDBC_URL, postgres.jdbcUrl());
            found.put(USERNAME, postgres.username());
        } else if (value(JDBC_URL).isEmpty()) {
            found.putAll(jdbcFrom(reactiveUrl.get()));
        }
    }

    /** What the configuration doesn't know yet. */
    Map<String, String> found() {
        return Map.copyOf(found);
    }

    /** Whether any of the two is this process's own. */
    boolean isAny() {
        return postgres != null || redis != null;
    }

    String postgresLine() {
        return postgres == null
                ? "Postgres at " + places(value(REACTIVE_URL).orElseThrow())
                : "Postgres " + postgres.version() + " (embedded) at " + postgres.host() + ":" + postgres.port()
                        + ", data in " + postgres.dataDirectory();
    }

    String redisLine() {
        return redis == null
                ? "Redis at " + value(REDIS_HOSTS).map(EmbeddedServers::places).orElse("the hosts of its provider")
                : "Redis " + redis.version() + " (embedded) at " + redis.host() + ":" + redis.port() + ", data in "
                        + redis.dataDirectory();
    }

    /** Redis first: it has nothing that Postgres doesn't have. */
    @Override
    public void close() {
        if (redis != null) {
            redis.close();
        }
        if (postgres != null) {
            postgres.close();
        }
        if (lock != null) {
            lock.close();
        }
    }

    private Optional<String> value(String name) {
        return config.getOptionalValue(name, String.class).filter(value -> !value.isBlank());
    }

    /**
     * The JDBC half of a reactive URL, or of several separated by commas. The driver takes no name and password in the
     * authority, so they become settings of their own.
     */
    static Map<String, String> jdbcFrom(String reactiveUrls) {
        List<URI> urls = Arrays.stream(reactiveUrls.split(","))
                .map(url -> URI.create(url.strip().replaceFirst("^vertx-reactive:", "")))
                .toList();
        String hosts = urls.stream()
                .map(URI::getRawAuthority)
                .map(authority -> authority.substring(authority.lastIndexOf('@') + 1))
                .collect(Collectors.joining(","));
        URI first = urls.get(0);
        Map<String, String> settings = new LinkedHashMap<>();
        String parameters = first.getRawQuery() == null ? "" : "?" + first.getRawQuery();
        if (urls.size() > 1) {
            // the first one may be the standby by now, and takes no migration
            parameters += (parameters.isEmpty() ? "?" : "&") + "targetServerType=primary";
        }
        settings.put(JDBC_URL, "jdbc:postgresql://" + hosts + first.getRawPath() + parameters);
        if (first.getRawUserInfo() != null) {
            String[] nameAndPassword = first.getRawUserInfo().split(":", 2);
            settings.put(USERNAME, decode(nameAndPassword[0]));
            if (nameAndPassword.length == 2) {
                settings.put(PASSWORD, decode(nameAndPassword[1]));
            }
        }
        return settings;
    }

    private static String decode(String part) {
        return URLDecoder.decode(part.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    /** Hosts and ports only: what is printed must not hold a password. */
    static String places(String urls) {
        return Arrays.stream(urls.split(","))
                .map(url -> url.strip()
                        .replaceFirst("^([a-z-]+:)+//", "")
                        .replaceFirst("^.*@", "")
                        .replaceFirst("[/?].*$", ""))
                .collect(Collectors.joining(", "));
    }
}
