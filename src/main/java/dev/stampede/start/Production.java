package dev.stampede.start;

import dev.stampede.embedded.EmbeddedServers;
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
    private static final String SSL_MODE = "quarkus.datasource.reactive.postgresql.ssl-mode";
    private static final Pattern WITH_PASSWORD = Pattern.compile("^[a-z]+://[^/@]*:[^/@]+@.*");
    private static final Pattern ENCRYPTED =
            Pattern.compile(".*[?&]sslmode=(require|verify-ca|verify-full)(&.*)?$", Pattern.CASE_INSENSITIVE);
    private static final Set<String> LOOPBACK = Set.of("localhost", "::1", "[::1]");

    private static final String KEYS =
            "SELECT EXISTS (SELECT FROM api_key WHERE 'keys' = ANY (scopes) AND revoked_at IS NULL"
                    + " AND coalesce(expires_at > clock_timestamp(), true))";

    private Production() {}

    /** Why it may not start, one line each, as far as the configuration tells. */
    static List<String> flaws(SmallRyeConfig config) {
        List<String> flaws = new ArrayList<>();
        if (value(config, ALLOW_PLAINTEXT).equals(Optional.of("true"))) {
            return flaws;
        }
        value(config, EmbeddedServers.REDIS_HOSTS)
                .filter(urls -> !allOnThisMachine(urls))
                .filter(urls -> value(config, REDIS_PASSWORD).isEmpty() && !allMatch(urls, WITH_PASSWORD))
                .ifPresent(urls -> flaws.add("Redis at " + EmbeddedServers.places(urls)
                        + " is used without a password: set " + REDIS_PASSWORD + orAllow()));
        value(config, EmbeddedServers.REACTIVE_URL)
                .filter(urls -> !allOnThisMachine(urls))
                .filter(urls -> !isEncrypted(config, urls))
                .ifPresent(urls -> flaws.add("Postgres at " + EmbeddedServers.places(urls)
                        + " is used without TLS: set " + EmbeddedServers.CA + orAllow()));
        return flaws;
    }

    private static String orAllow() {
        return ", or " + ALLOW_PLAINTEXT + "=true if something else protects the connection";
    }

    private static boolean isEncrypted(SmallRyeConfig config, String urls) {
        return value(config, EmbeddedServers.CA).isPresent()
                || allMatch(urls, ENCRYPTED)
                || value(config, SSL_MODE)
                        .filter(mode -> !mode.matches("(?i)disable|allow|prefer"))
                        .isPresent();
    }

    private static boolean allMatch(String urls, Pattern pattern) {
        return Arrays.stream(urls.split(","))
                .allMatch(url -> pattern.matcher(url.strip()).matches());
    }

    private static boolean allOnThisMachine(String urls) {
        return Arrays.stream(EmbeddedServers.places(urls).split(", "))
                .map(place -> place.replaceFirst(":[0-9]+$", ""))
                .allMatch(host -> LOOPBACK.contains(host) || host.startsWith("127.") || host.startsWith("%2F"));
    }

    /**
     * The same with what the ledger tells: whether there is a key. It is asked only where there are other reasons, to
     * tell all of them at once; otherwise {@link GatewayStart} asks, once the schema is up to date.
     */
    static List<String> flaws(SmallRyeConfig config, EmbeddedServers servers) {
        List<String> flaws = flaws(config);
        if (!flaws.isEmpty()
                && flaws.stream().noneMatch(flaw -> flaw.startsWith("Postgres"))
                && value(config, FirstKey.SETTING).isEmpty()
                && !hasKey(config, servers)) {
            flaws.add(FirstKey.noKey());
        }
        return flaws;
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
