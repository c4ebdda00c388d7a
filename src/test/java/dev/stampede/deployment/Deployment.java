package dev.stampede.deployment;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.stampede.account.AccountId;
import dev.stampede.embedded.EmbeddedPostgresServer;
import dev.stampede.embedded.EmbeddedRedisServer;
import dev.stampede.support.LedgerCheck;
import dev.stampede.support.PackagedGateway;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jboss.logging.Logger;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** What the tests of deployments share: a gateway that is configured by the files that docs/operate.md quotes. */
abstract class Deployment {
    private static final Logger LOG = Logger.getLogger(Deployment.class);

    static final Duration PATIENCE = Duration.ofSeconds(30);

    /** After the fault has ended, or another server has been chosen. */
    private static final long RECOVERY_MS = 5000;

    private static final long UNDISTURBED_MS = 1500;

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path directory;

    /** As an administrator makes it: the gateway's user is no superuser, and owns the database. */
    @CanIgnoreReturnValue
    static String freshDatabase(EmbeddedPostgresServer server, String name) throws SQLException {
        try (Connection connection = DriverManager.getConnection(server.jdbcUrl());
                Statement statement = connection.createStatement()) {
            statement.execute("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)");
            try (ResultSet there = statement.executeQuery("SELECT FROM pg_roles WHERE rolname = 'stampede'")) {
                if (!there.next()) {
                    // the embedded one has it from the start; an administrator's has not
                    statement.execute("DROP ROLE IF EXISTS stampede_gateway");
                    statement.execute("CREATE ROLE stampede LOGIN CREATEROLE PASSWORD 'secret'");
                }
            }
            statement.execute("CREATE DATABASE " + name + " OWNER stampede");
        }
        return server.jdbcUrl(name);
    }

    static String place(EmbeddedRedisServer server) {
        return server.host() + ":" + server.port();
    }

    static String place(EmbeddedPostgresServer server) {
        return server.host() + ":" + server.port();
    }

    static String deployment(String file) throws IOException {
        try (InputStream in = Deployment.class.getResourceAsStream("/deployments/" + file)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** Configured by these files, but for the places that they name. */
    PackagedGateway gateway(List<String> files, String... places) throws IOException {
        return gateway(directory, files, places);
    }

    /** The same, in a directory of its own. */
    static PackagedGateway gateway(Path directory, List<String> files, String... places) throws IOException {
        String settings = "";
        for (String file : files) {
            settings += deployment(file + ".properties");
        }
        for (int i = 0; i < places.length; i += 2) {
            assertTrue(settings.contains(places[i]), places[i]);
            settings = settings.replace(places[i], places[i + 1]);
        }
        Files.writeString(
                Files.createDirectory(directory.resolve("config")).resolve("application.properties"), settings);
        return PackagedGateway.in(directory);
    }

    static List<AccountId> accounts(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> AccountId.of("demo", "till-" + i))
                .toList();
    }

    /** Starts the gateway, and a till an account. */
    static Tills working(PackagedGateway gateway, List<AccountId> accounts) throws IOException {
        gateway.awaitReady(gateway.start("gateway.log"), "gateway.log");
        Tills tills = new Tills(gateway.api(), accounts);
        await().atMost(PATIENCE).until(() -> tills.allServedSince(0, accounts));
        return tills;
    }

    /** Called as soon as the deployment has mended itself: then the gateway must. */
    static void recovered(Tills tills, List<AccountId> accounts, String what) {
        long mended = System.nanoTime();
        await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(20))
                .untilAsserted(() -> assertTrue(tills.allServedSince(mended, accounts), tills::newest));
        long took = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - mended);
        LOG.infof(
                "%s: all served again after %d ms; the longest outage of an account %d ms",
                what, took, tills.longestOutageMs(accounts));
        assertTrue(took <= RECOVERY_MS, what + ": " + took + " ms");
    }

    /** @param sinceNanos when all were served: a gateway is ready before each of several masters is connected */
    static void undisturbed(Tills tills, List<AccountId> accounts, long sinceNanos) {
        for (Tills.Call call : tills.calls()) {
            assertTrue(
                    call.ok() || call.sentNanos() - sinceNanos < 0 || !accounts.contains(call.account()),
                    call::toString);
        }
        long outage = tills.longestOutageMs(accounts);
        LOG.infof("the others' longest outage %d ms", outage);
        assertTrue(outage < UNDISTURBED_MS, outage + " ms");
    }

    /** Nothing was lost, nothing done twice, and no till was told anything else than yes or not now. */
    static void right(Tills tills, String jdbcUrl) throws Exception {
        tills.close();
        for (Tills.Call call : tills.calls()) {
            assertTrue(call.ok() || call.status() == 503, call::toString);
        }
        tills.exactlyOnce(jdbcUrl);
        new LedgerCheck(jdbcUrl).consistent();
    }
}
