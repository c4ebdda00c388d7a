package dev.stampede.start;

import dev.stampede.access.MemberTokens;
import dev.stampede.embedded.EmbeddedServers;
import dev.stampede.embedded.StartupTrouble;
import io.smallrye.config.SmallRyeConfig;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jboss.logging.Logger;

/**
 * What a gateway must have that is not only tried out, which is any but one with an embedded Postgres that serves this
 * machine only: a key that can make others, and servers that nobody else on the network can read or write. It does not
 * start without.
 */
final class Production {
    static final String ALLOW_PLAINTEXT = "stampede.allow-plaintext";

    private static final Logger LOG = Logger.getLogger(Production.class);
    private static final String REDIS_PASSWORD = "quarkus.redis.password";
    private static final String CONSOLE_URL = "stampede.console.postgres-url";
    private static final String SSL_MODE = "quarkus.datasource.reactive.postgresql.ssl-mode";
    private static final Pattern WITH_PASSWORD = Pattern.compile("^[a-z]+://[^/@]*:[^/@]+@.*");
    private static final Pattern ENCRYPTED =
            Pattern.compile(".*[?&]sslmode=(require|verify-ca|verify-full)(&.*)?$", Pattern.CASE_INSENSITIVE);
    private static final String POSTGRES = "Postgres at ";
    private static final Set<String> LOOPBACK = Set.of("localhost", "::1", "[::1]");

    private static final String KEYS =
            "SELECT EXISTS (SELECT FROM api_key WHERE 'keys' = ANY (scopes) AND revoked_at IS NULL"
                    + " AND coalesce(expires_at > clock_timestamp(), true))";

    private Production() {}

    /** What is wrong with how it uses its servers, one line each. */
    static List<String> flaws(SmallRyeConfig config) {
        List<String> flaws = new ArrayList<>();
        if (value(config, REDIS_PASSWORD).isEmpty()) {
            value(config, EmbeddedServers.REDIS_HOSTS)
                    .filter(urls -> !allOnThisMachine(urls) && !allMatch(urls, WITH_PASSWORD))
                    .map(EmbeddedServers::places)
                    .or(() ->
                            value(config, EmbeddedServers.REDIS_HOSTS_PROVIDER).map(name -> "the hosts of " + name))
                    .ifPresent(places ->
                            flaws.add("Redis at " + places + " is used without a password: set " + REDIS_PASSWORD));
        }
        if (value(config, ALLOW_PLAINTEXT).equals(Optional.of("true"))
                || value(config, EmbeddedServers.CA).isPresent()) {
            return flaws;
        }
        Optional<String> reactive = value(config, EmbeddedServers.REACTIVE_URL);
        Optional<String> jdbc = value(config, EmbeddedServers.JDBC_URL);
        boolean mode = value(config, SSL_MODE)
                .filter(text -> !text.matches("(?i)disable|allow|prefer"))
                .isPresent();
        if (reactive.filter(urls -> isPlain(urls) && !(mode && jdbc.isPresent()))
                .isPresent()) { // without a URL of its own the driver gets this one, and not the mode
            flaws.add(withoutTls(reactive.get()));
        }
        value(config, CONSOLE_URL)
                .filter(url -> isPlain(url) && !mode)
                .map(Production::withoutTls)
                .ifPresent(flaws::add);
        jdbc.filter(Production::isPlain).map(Production::withoutTls).ifPresent(flaws::add);
        return flaws.stream().distinct().collect(Collectors.toCollection(ArrayList::new));
    }

    private static String withoutTls(String urls) {
        return POSTGRES + EmbeddedServers.places(urls) + " is used without TLS: set " + EmbeddedServers.CA + ", or "
                + ALLOW_PLAINTEXT + "=true if something else protects the connection";
    }

    /** Whether others can read what is sent to it. A URL for the driver names all its hosts, and says it once. */
    private static boolean isPlain(String urls) {
        return !allOnThisMachine(urls)
                && !(urls.startsWith("jdbc:") ? ENCRYPTED.matcher(urls).matches() : allMatch(urls, ENCRYPTED));
    }

    private static boolean allMatch(String urls, Pattern pattern) {
        return Arrays.stream(urls.split(","))
                .allMatch(url -> pattern.matcher(url.strip()).matches());
    }

    private static boolean allOnThisMachine(String urls) {
        return Arrays.stream(EmbeddedServers.places(urls).split(", "))
                .map(place -> place.replaceFirst(":[0-9]+$", ""))
                .allMatch(
                        host -> LOOPBACK.contains(host) || host.matches("127([.][0-9]+){3}") || host.startsWith("%2F"));
    }

    /**
     * Tells all reasons at once why a gateway does not start, wrong settings, too. Whether there is a key only the
     * ledger tells, which is asked here where there are other reasons; otherwise {@link GatewayStart} asks, once the
     * schema is up to date.
     *
     * @throws StartupTrouble with one line per reason
     */
    static void check(SmallRyeConfig config) {
        Settings.check(reasons(config));
    }

    /** Why a gateway does not start; empty if it does. */
    static List<String> reasons(SmallRyeConfig config) {
        List<String> flaws = Settings.flaws(config);
        if (!EmbeddedServers.isDemo(config)) {
            List<String> ofServers = flaws(config);
            flaws.addAll(ofServers);
            if (!flaws.isEmpty()
                    && ofServers.stream().noneMatch(flaw -> flaw.startsWith(POSTGRES))
                    && !hasKey(config)) {
                flaws.add(FirstKey.noKey());
            }
        }
        return flaws;
    }

    private static boolean hasKey(SmallRyeConfig config) {
        if (Stream.of(FirstKey.SETTING, MemberTokens.SETTINGS + ".public-key", MemberTokens.SETTINGS + ".jwks-url")
                .anyMatch(name -> value(config, name).isPresent())) {
            return true;
        }
        try (EmbeddedServers servers = EmbeddedServers.postgresToRead(config)) {
            return hasKey(config, servers);
        } catch (StartupTrouble e) {
            // an embedded one without a ledger has no key; whatever else it is, nobody knows
            return value(config, EmbeddedServers.REACTIVE_URL).isPresent();
        }
    }

    private static boolean hasKey(SmallRyeConfig config, EmbeddedServers servers) {
        try (Connection connection = VerifyCommand.connect(config, servers, "stampede start");
                Statement statement = connection.createStatement()) {
            try (ResultSet table = statement.executeQuery("SELECT to_regclass('api_key') IS NOT NULL")) {
                table.next();
                if (!table.getBoolean(1)) {
                    return false;
                }
            }
            try (ResultSet keys = statement.executeQuery(KEYS)) {
                keys.next();
                return keys.getBoolean(1);
            }
        } catch (SQLException e) {
            LOG.debugf("the keys cannot be looked at: %s", e.getMessage());
            return true; // nobody knows; the start will tell
        }
    }

    private static Optional<String> value(SmallRyeConfig config, String name) {
        return config.getOptionalValue(name, String.class).filter(value -> !value.isBlank());
    }
}
