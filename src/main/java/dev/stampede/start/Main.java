package dev.stampede.start;

import dev.stampede.cli.Terminal;
import dev.stampede.embedded.EmbeddedServers;
import dev.stampede.embedded.StartupTrouble;
import dev.stampede.publish.Examples;
import io.quarkus.runtime.Application;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.QuarkusApplication;
import io.quarkus.runtime.QuarkusBindException;
import io.quarkus.runtime.annotations.QuarkusMain;
import io.quarkus.runtime.configuration.ConfigUtils;
import io.quarkus.runtime.configuration.ConfigurationException;
import io.smallrye.config.SmallRyeConfig;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import org.eclipse.microprofile.config.Config;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Starts the servers that are not configured elsewhere, then the gateway, and stops them in the opposite order.
 *
 * <p>The configuration is read once before Quarkus starts, from the same sources as Quarkus, to find out what is
 * missing; the locations of the started servers are passed to Quarkus as system properties.
 */
@QuarkusMain
public final class Main {

    /**
     * More than the sum of quarkus.shutdown.delay, quarkus.shutdown.timeout and the longest time of the gateway's own
     * stop (13 s).
     */
    private static final Duration DRAIN_LIMIT = Duration.ofSeconds(40);

    /** Quarkus creates its application object itself; that object finds the servers here, to print them. */
    private static volatile @Nullable EmbeddedServers servers;

    Main() {}

    /** There since they were started: nothing else is before. */
    private static EmbeddedServers servers() {
        return Objects.requireNonNull(servers);
    }

    public static void main(String... args) {
        OutOfMemory.endsTheProcess();
        if (args.length > 0) {
            System.exit(Commands.line(Terminal.ofThisProcess()).execute(args));
        }
        try {
            SmallRyeConfig config = ConfigUtils.configBuilder().build();
            Production.check(config);
            boolean demo = EmbeddedServers.isDemo(config); // the configuration reads what is set below
            servers = EmbeddedServers.startMissing(config);
            servers().found().forEach(System::setProperty);
            if (demo && config.getOptionalValue(FirstKey.SETTING, String.class).isEmpty()) {
                DemoKey.make(servers());
            }
            if (demo) {
                DemoIssuer.settings(servers(), config).forEach(System::setProperty);
            }
            System.setProperty("vertx.disableURIValidation", "true"); // http/server/WellFormed does it
            Settings.derived(config).forEach(System::setProperty);
        } catch (StartupTrouble trouble) {
            System.err.println("Stampede did not start: " + trouble.getMessage());
            closeServers();
            System.exit(1);
        }
        if (servers().isAny()) {
            Runtime.getRuntime().addShutdownHook(new Thread(Main::stopServers, "stop-embedded-servers"));
        }
        Quarkus.run(Serving.class, Main::exit, args);
    }

    private static void closeServers() {
        EmbeddedServers started = servers;
        if (started != null) {
            started.close();
        }
    }

    private static void exit(int code, @Nullable Throwable error) {
        if (error != null) {
            inOneLine(error)
                    .ifPresentOrElse(
                            line -> System.err.println("Stampede did not start: " + line),
                            () -> Logger.getLogger("dev.stampede").error("Stampede did not start", error));
        }
        System.exit(code);
    }

    /** The one-line message for errors that the operator can fix; empty for all others. */
    private static Optional<String> inOneLine(Throwable error) {
        for (Throwable cause = error; cause != null; cause = cause.getCause()) {
            if (cause instanceof QuarkusBindException taken) {
                return Optional.of("port " + taken.getPort()
                        + " is taken: choose another with quarkus.http.port or quarkus.management.port");
            }
            if (cause instanceof ConfigurationException configuration) {
                return configuration.getConfigKeys().stream()
                        .findFirst()
                        .flatMap(Main::server)
                        .map(server -> server + ": "
                                + servers().tls().trouble(configuration).orElse(configuration.getMessage()))
                        .or(() -> Optional.ofNullable(configuration.getMessage()));
            }
            if (cause instanceof SQLException sql && isAboutConnecting(sql)) {
                return Optional.of(servers().postgresLine() + ": "
                        + servers()
                                .tls()
                                .trouble(sql)
                                .orElseGet(() -> sql.getMessage()
                                        + (sql.getCause() == null
                                                ? ""
                                                : " (" + sql.getCause().getMessage() + ")")));
            }
        }
        return Optional.empty();
    }

    /** The server to which the setting belongs. */
    private static Optional<String> server(String setting) {
        return switch (setting) {
            case EmbeddedServers.REACTIVE_URL -> Optional.of(servers().postgresLine());
            case EmbeddedServers.REDIS_HOSTS -> Optional.of(servers().redisLine());
            default -> Optional.empty();
        };
    }

    /** SQLSTATE 08: no connection, 28: wrong name or password, 3D: no such database. */
    private static boolean isAboutConnecting(SQLException e) {
        String state = String.valueOf(e.getSQLState());
        return state.startsWith("08") || state.startsWith("28") || state.startsWith("3D");
    }

    /**
     * Shutdown hooks run at the same time, and Quarkus drains in one of its own: waits, for a limited time, until
     * Quarkus has answered the calls that it had accepted.
     */
    private static void stopServers() {
        Application application = Application.currentApplication();
        if (application != null) {
            Thread drained = new Thread(application::awaitShutdown, "await-drained");
            drained.setDaemon(true);
            drained.start();
            try {
                drained.join(DRAIN_LIMIT.toMillis());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        servers().close();
    }

    /** Prints all locations once the gateway is up, then waits for the end. */
    public static final class Serving implements QuarkusApplication {

        private static final Logger LOG = Logger.getLogger("dev.stampede");

        private final Config config;
        private final Examples examples;

        Serving(Config config, Examples examples) {
            this.config = config;
            this.examples = examples;
        }

        @Override
        public int run(String... args) {
            String api = "http://localhost:" + port("quarkus.http.port");
            String management = "http://localhost:" + port("quarkus.management.port");
            LOG.info(servers().postgresLine());
            LOG.info(servers().redisLine());
            servers().warning().ifPresent(LOG::warn);
            LOG.infof(
                    "API at %s/v1%s",
                    api,
                    config.getOptionalValue(EmbeddedServers.SWAGGER_UI, Boolean.class)
                                    .orElse(false)
                            ? ", with a page for trying it out at " + api + "/q/swagger-ui"
                            : "");
            if (config.getValue(EmbeddedServers.CONSOLE, Boolean.class)) {
                LOG.infof("Console at %s/console", api);
            }
            DemoKey.made()
                    .filter(key -> DemoKey.isNew())
                    .ifPresent(key -> LOG.infof("API key %s, kept in %s", key.text(), DemoKey.file(servers())));
            DemoKey.forget();
            LOG.infof("Health at %s/q/health, metrics at %s/q/metrics", management, management);
            if (config.getValue(EmbeddedServers.EXAMPLES, Boolean.class)) {
                examples.publish();
            }
            Quarkus.waitForExit();
            return 0;
        }

        private int port(String name) {
            return config.getValue(name, Integer.class);
        }
    }
}
