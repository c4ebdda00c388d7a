package dev.stampede.embedded;

import io.smallrye.config.SmallRyeConfig;
import java.io.IOException;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.postgresql.Driver;

/**
 * Starts each of the two servers that the configuration does not name, and describes their locations as configuration
 * settings.
 */
public final class EmbeddedServers implements AutoCloseable {

    /** The PEM file of the CAs to trust; with it, Postgres and Redis are used with TLS only. */
    public static final String CA = Tls.CA;

    static final String DATA_DIRECTORY = "stampede.data-dir";
    public static final String REACTIVE_URL = "quarkus.datasource.reactive.url";
    public static final String JDBC_URL = "quarkus.datasource.jdbc.url";
    public static final String USERNAME = "quarkus.datasource.username";
    public static final String PASSWORD = "quarkus.datasource.password";
    static final String FLYWAY_USERNAME = "quarkus.flyway.username";
    static final String FLYWAY_PASSWORD = "quarkus.flyway.password";
    public static final String REDIS_HOSTS = "quarkus.redis.hosts";
    public static final String CONSOLE = "stampede.console.enabled";
    static final String MEMBER_PAGE = "stampede.console.member-page";
    public static final String SWAGGER_UI = "quarkus.swagger-ui.enabled";
    /** Whether the example programs are published at the start; its default depends on where Postgres is. */
    public static final String EXAMPLES = "stampede.examples";

    public static final String REDIS_HOSTS_PROVIDER = "quarkus.redis.hosts-provider-name";

    static final String HTTP_HOST = "quarkus.http.host";
    static final String MANAGEMENT_HOST = "quarkus.management.host";

    /**
     * The host names by which callers may address the gateway: another name may be a foreign web page's (DNS
     * rebinding).
     */
    static final String SERVED_HOSTS = "stampede.http.hosts";

    static final String MANAGEMENT_HOSTS = "stampede.http.management-hosts";

    static final String VERTX_CACHE = "vertx.cacheDirBase";

    private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "::1", "[::1]");
    private static final String LOOPBACK_NAMES = "localhost,127.0.0.1,[::1]";
    private static final String PROBE_SECONDS = "3";

    private final SmallRyeConfig config;
    private final Path dataDirectory;
    private final Tls tls;
    private final Map<String, String> found = new LinkedHashMap<>();
    private @Nullable DirectoryLock lock;
    private @Nullable EmbeddedPostgresServer postgres;
    private @Nullable EmbeddedRedisServer redis;

    private EmbeddedServers(SmallRyeConfig config) {
        this.config = config;
        this.dataDirectory = dataDirectory(config);
        this.tls = Tls.of(this::value);
    }

    /** @throws StartupTrouble if a server does not start; then none is left running */
    public static EmbeddedServers startMissing(SmallRyeConfig config) {
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
     * Only Postgres, and only if it exists: the configured one, the embedded one of a gateway that is running on the
     * data directory, or else the embedded one, started here.
     */
    public static EmbeddedServers postgresToRead(SmallRyeConfig config) {
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
        if (reactiveUrl.isPresent() || value(JDBC_URL).isPresent()) {
            configured(reactiveUrl);
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
                    EmbeddedPostgresServer.jdbcUrlOfRunning(dataDirectory, PostgresLogins::gateway)
                            .orElseThrow(() -> inUse));
            return;
        }
        postgres = EmbeddedPostgresServer.start(dataDirectory);
        found.put(JDBC_URL, postgres.plainJdbcUrl());
        found.put(USERNAME, postgres.gateway().user());
        found.put(PASSWORD, postgres.gateway().password());
    }

    private void startMissing() {
        Optional<String> reactiveUrl = value(REACTIVE_URL);
        boolean ownRedis =
                value(REDIS_HOSTS).or(() -> value(REDIS_HOSTS_PROVIDER)).isEmpty();
        if (reactiveUrl.isEmpty() && value(JDBC_URL).isPresent()) {
            throw new StartupTrouble(JDBC_URL + " is set and " + REACTIVE_URL + " is not: set " + REACTIVE_URL
                    + ", the other one is derived from it");
        }
        // refuse wrong settings before anything is started or sent
        value(REDIS_HOSTS).ifPresent(hosts -> found.putAll(tls.redis(hosts)));
        if (reactiveUrl.isPresent()) {
            configured(reactiveUrl);
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
            found.put(JDBC_URL, postgres.plainJdbcUrl());
            found.put(USERNAME, postgres.gateway().user());
            found.put(PASSWORD, postgres.gateway().password());
            found.put(FLYWAY_USERNAME, postgres.owner().user());
            found.put(FLYWAY_PASSWORD, postgres.owner().password());
        }
        if (value(EXAMPLES).isEmpty()) { // so are they, but what is published in somebody's Postgres stays there
            found.put(EXAMPLES, Boolean.toString(postgres != null));
        }
        if (isAny()) {
            stayOnThisMachine();
            cacheInDataDirectory();
        } else {
            cacheInTemporaryDirectory();
        }
        if (value(SWAGGER_UI).isEmpty()) { // the page is for trying out the gateway
            found.put(SWAGGER_UI, Boolean.toString(isDemo(config)));
        }
        for (String pages : List.of(CONSOLE, MEMBER_PAGE)) {
            if (value(pages).isEmpty()) {
                found.put(pages, Boolean.toString(isDemo(config)));
            }
        }
    }

    /** A gateway with embedded servers, which is for trying out, serves the network only if a setting says so. */
    private void stayOnThisMachine() {
        stayOnThisMachine(HTTP_HOST, SERVED_HOSTS);
        stayOnThisMachine(MANAGEMENT_HOST, MANAGEMENT_HOSTS);
    }

    private void stayOnThisMachine(String host, String servedHosts) {
        if (value(host).isEmpty()) {
            found.put(host, LoopbackPort.HOST);
        }
        if (value(servedHosts).isEmpty() && LOOPBACK.contains(value(host).orElse(LoopbackPort.HOST))) {
            found.put(servedHosts, LOOPBACK_NAMES);
        }
    }

    /** A killed gateway leaves its cache behind; this one begins with an empty one. */
    private void cacheInDataDirectory() {
        Path own = dataDirectory.resolve("vertx");
        try {
            Binaries.deleteTree(own);
            Files.createDirectory(own, DataDirectory.PRIVATE_DIRECTORY);
        } catch (IOException e) {
            throw new StartupTrouble("the data directory " + dataDirectory + " cannot be used: " + e, e);
        }
        found.put(VERTX_CACHE, own.resolve("cache").toString());
    }

    /** The framework's default is writable by every user, under a known name. */
    private void cacheInTemporaryDirectory() {
        try {
            Path own = Files.createTempDirectory("stampede-vertx-");
            own.toFile().deleteOnExit(); // the framework empties it
            found.put(VERTX_CACHE, own.resolve("cache").toString());
        } catch (IOException e) {
            throw new StartupTrouble("temporary files cannot be created (java.io.tmpdir): " + e, e);
        }
    }

    /** Postgres is configured. */
    private void configured(Optional<String> reactiveUrl) {
        reactiveUrl.ifPresent(urls -> found.putAll(tls.reactive(urls)));
        value(JDBC_URL)
                .ifPresentOrElse(
                        url -> {
                            if (!tls.jdbc(url).equals(url)) {
                                found.put(JDBC_URL, tls.jdbc(url));
                            }
                        },
                        () -> {
                            Map<String, String> jdbc = jdbcFrom(primaryFirst(reactiveUrl.orElseThrow()));
                            jdbc.computeIfPresent(JDBC_URL, (name, url) -> tls.jdbc(url));
                            found.putAll(jdbc);
                        });
    }

    /**
     * Puts the URL of the server that takes writes, on the newest timeline, first. The driver tries URLs in their
     * order, and a hanging server would delay it for longer than a start may take.
     */
    private String primaryFirst(String reactiveUrls) {
        List<String> urls =
                Arrays.stream(reactiveUrls.split(",")).map(String::strip).toList();
        if (urls.size() == 1) {
            return reactiveUrls;
        }
        Map<String, String> timelines = new ConcurrentHashMap<>();
        urls.parallelStream().forEach(url -> timeline(url).ifPresent(timeline -> timelines.put(url, timeline)));
        return urls.stream()
                .sorted(Comparator.comparing((String url) -> timelines.getOrDefault(url, ""))
                        .reversed())
                .collect(Collectors.joining(","));
    }

    /** In hex, always of the same length; empty if the server takes no writes, or does not answer in time. */
    private Optional<String> timeline(String url) {
        Map<String, String> settings = jdbcFrom(url);
        Properties properties = new Properties();
        value(USERNAME)
                .or(() -> Optional.ofNullable(settings.get(USERNAME)))
                .ifPresent(name -> properties.put("user", name));
        value(PASSWORD)
                .or(() -> Optional.ofNullable(settings.get(PASSWORD)))
                .ifPresent(password -> properties.put("password", password));
        for (String timeout : List.of("connectTimeout", "loginTimeout", "socketTimeout")) {
            properties.put(timeout, PROBE_SECONDS);
        }
        try (Connection connection =
                        new Driver().connect(tls.jdbc(Objects.requireNonNull(settings.get(JDBC_URL))), properties);
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT CASE WHEN NOT pg_is_in_recovery()"
                        + " THEN substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) END")) {
            row.next();
            return Optional.ofNullable(row.getString(1));
        } catch (SQLException away) {
            return Optional.empty(); // if all are empty, the migration reports it
        }
    }

    /** The settings that the configuration does not have yet. */
    public Map<String, String> found() {
        return Map.copyOf(found);
    }

    /** Whether this process has started at least one of the two. */
    public boolean isAny() {
        return postgres != null || redis != null;
    }

    /**
     * Whether the gateway is only tried out: Postgres is embedded, and only this machine is served.
     *
     * @param config without what {@link #found} adds to it
     */
    public static boolean isDemo(SmallRyeConfig config) {
        return value(config, REACTIVE_URL).isEmpty()
                && LOOPBACK.contains(value(config, HTTP_HOST).orElse(LoopbackPort.HOST));
    }

    /**
     * What a file of the data directory keeps, which only this process' user may read.
     *
     * @param fresh is kept if there is no such file yet
     */
    public String keptSecret(String name, String fresh) {
        Path file = secretFile(name);
        try {
            if (!Files.exists(file)) {
                DataDirectory.create(file, fresh + "\n");
            }
            return Files.readString(file).strip();
        } catch (IOException e) {
            throw new StartupTrouble("the file " + file + " cannot be used: " + e, e);
        }
    }

    public static Path secretFile(SmallRyeConfig config, String name) {
        return dataDirectory(config).resolve(name);
    }

    private static Path dataDirectory(SmallRyeConfig config) {
        return Path.of(value(config, DATA_DIRECTORY).orElse("data"))
                .toAbsolutePath()
                .normalize();
    }

    public Path secretFile(String name) {
        return dataDirectory.resolve(name);
    }

    public Tls tls() {
        return tls;
    }

    public String postgresLine() {
        return postgres == null
                ? "Postgres at " + places(value(REACTIVE_URL).orElseThrow())
                : "Postgres " + postgres.version() + " (embedded) at " + postgres.host() + ":" + postgres.port()
                        + ", data in " + postgres.dataDirectory();
    }

    public String redisLine() {
        return redis == null
                ? "Redis at " + value(REDIS_HOSTS).map(EmbeddedServers::places).orElse("the hosts of its provider")
                : "Redis " + redis.version() + " (embedded) at " + redis.host() + ":" + redis.port() + ", data in "
                        + redis.dataDirectory();
    }

    /** A warning for the operator. */
    public Optional<String> warning() {
        return Optional.ofNullable(redis)
                .filter(EmbeddedRedisServer::isBundled)
                .map(bundled -> "The bundled Redis " + bundled.version()
                        + " is from 2024 and has known vulnerabilities in Lua: install redis-server 7 or newer on this"
                        + " machine, and the gateway will use it");
    }

    /** Redis first: it has no data that Postgres does not have. */
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
        return value(config, name);
    }

    private static Optional<String> value(SmallRyeConfig config, String name) {
        return config.getOptionalValue(name, String.class).filter(value -> !value.isBlank());
    }

    /**
     * The JDBC settings for a reactive URL, or for several separated by commas. The driver does not accept name and
     * password in the authority; they become separate settings.
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
            // the first one may be the standby by now, which cannot be migrated
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

    /** Hosts and ports only: printed text must not contain a password. */
    public static String places(String urls) {
        return Arrays.stream(urls.split(","))
                .map(url -> url.strip()
                        .replaceFirst("^([a-z-]+:)+//", "")
                        .replaceFirst("^.*@", "")
                        .replaceFirst("[/?].*$", ""))
                .collect(Collectors.joining(", "));
    }
}
