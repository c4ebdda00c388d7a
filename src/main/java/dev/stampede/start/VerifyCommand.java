package dev.stampede.start;

import dev.stampede.cli.Exit;
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
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.postgresql.Driver;
import picocli.CommandLine.Command;

/** Verifies the ledger that the gateway would use, or is using. */
@Command(
        name = "verify",
        description = "Recomputes every balance of the ledger from its entries, as the gateway's settings name it."
                + " Exits with 0 if all accounts are right, with 1 if one is wrong, with 2 if that could not be found"
                + " out.")
final class VerifyCommand implements Callable<Integer> {
    /** The URL may say otherwise. */
    private static final String SILENCE_SECONDS = "300";

    private final Supplier<SmallRyeConfig> config;

    VerifyCommand(Supplier<SmallRyeConfig> config) {
        this.config = config;
    }

    @Override
    public Integer call() {
        return run(config.get());
    }

    static int run(SmallRyeConfig config) {
        try (EmbeddedServers servers = EmbeddedServers.postgresToRead(config)) {
            try (Connection connection = connect(config, servers, "stampede verify")) {
                try (Statement statement = connection.createStatement()) {
                    statement.execute("SET ROLE stampede_gateway"); // a role that can read, but not write
                }
                Verification.Result result = Verification.of(connection, System.err::println);
                System.out.println(result);
                return result.wrong() == null ? Exit.YES : Exit.NO;
            }
        } catch (StartupTrouble | SQLException trouble) {
            System.err.println("The ledger could not be verified: " + trouble.getMessage());
            return Exit.UNCLEAR;
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
