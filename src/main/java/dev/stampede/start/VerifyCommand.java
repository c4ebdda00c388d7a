package dev.stampede.start;

import dev.stampede.embedded.EmbeddedServers;
import dev.stampede.embedded.StartupTrouble;
import dev.stampede.verify.Verification;
import io.smallrye.config.SmallRyeConfig;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.postgresql.Driver;

/**
 * {@code java -jar quarkus-run.jar verify}: verifies the ledger that the gateway would use, or is using. Exits with 0
 * if all accounts are right, with 1 if one is wrong, with 2 if the check failed.
 */
final class VerifyCommand {
    static final String NAME = "verify";
    /** The URL may say otherwise. */
    private static final String SILENCE_SECONDS = "300";

    private static final int WELL = 0;
    private static final int WRONG = 1;
    private static final int UNKNOWN = 2;

    private VerifyCommand() {}

    static int run(SmallRyeConfig config) {
        try (EmbeddedServers servers = EmbeddedServers.postgresToRead(config)) {
            try (Connection connection = connect(config, servers, "stampede verify")) {
                try (Statement statement = connection.createStatement()) {
                    statement.execute("SET ROLE stampede_gateway"); // a role that can read, but not write
                }
                Verification.Result result = Verification.of(connection, System.err::println);
                System.out.println(result);
                return result.wrong() == null ? WELL : WRONG;
            }
        } catch (StartupTrouble | SQLException trouble) {
            System.err.println("The ledger could not be verified: " + trouble.getMessage());
            return UNKNOWN;
        }
    }

    /** Connects to that Postgres as the configuration says. */
    static Connection connect(SmallRyeConfig config, EmbeddedServers servers, String application) throws SQLException {
        Map<String, String> found = servers.found();
        String url = Objects.requireNonNull(setting(config, found, EmbeddedServers.JDBC_URL));
        Properties properties = new Properties();
        properties.setProperty("ApplicationName", application);
        properties.setProperty("socketTimeout", SILENCE_SECONDS); // a frozen server would be waited for for ever
        String user = setting(config, found, EmbeddedServers.USERNAME);
        String password = setting(config, found, EmbeddedServers.PASSWORD);
        if (user != null) {
            properties.setProperty("user", user);
        }
        if (password != null) {
            properties.setProperty("password", password);
        }
        return connect(url, properties, servers);
    }

    private static Connection connect(String url, Properties properties, EmbeddedServers servers) throws SQLException {
        try {
            Connection connection = new Driver().connect(url, properties);
            if (connection == null) { // the text is not told: it may contain a password
                throw new SQLException(EmbeddedServers.JDBC_URL + " is not the URL of a Postgres");
            }
            return connection;
        } catch (SQLException e) {
            throw servers.tls()
                    .trouble(e)
                    .map(trouble -> new SQLException("Postgres at " + EmbeddedServers.places(url) + ": " + trouble, e))
                    .orElse(e);
        }
    }

    private static @Nullable String setting(SmallRyeConfig config, Map<String, String> found, String name) {
        return found.containsKey(name)
                ? found.get(name)
                : config.getOptionalValue(name, String.class).orElse(null);
    }
}
