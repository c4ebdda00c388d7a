package dev.stampede.deployment;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.stampede.account.AccountId;
import dev.stampede.embedded.EmbeddedPostgresServer;
import dev.stampede.embedded.EmbeddedRedisServer;
import dev.stampede.support.Backends;
import dev.stampede.support.Certificates;
import dev.stampede.support.PackagedGateway;
import dev.stampede.support.RedisSocket;
import dev.stampede.support.Servers;
import dev.stampede.support.SharedBinaries;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.PemKeyCertOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The packaged gateway, a Postgres and a Redis that both want TLS and a password, configured by the files that
 * docs/operate.md quotes; and what it says, in one line, where the certificate is not of the CA, is of another name, or
 * is none. The certificate is of localhost, so that 127.0.0.1 is the wrong name for the same server. Redis' TLS ends in
 * front of it: the bundled one is built without.
 */
@Tag("servers")
@Tag("long")
class TlsIT extends Deployment {
    private static final String DATABASE = "deployed_tls";

    private final Vertx vertx = Vertx.vertx();
    private final EmbeddedPostgresServer postgres = Backends.shared().postgres();
    private Certificates certificates;
    private Certificates others;
    private EmbeddedRedisServer redis;
    private int redisTls;
    private int redisOfOthers;

    @BeforeEach
    void serversWithTls() throws Exception {
        certificates = Certificates.of("localhost", directory.resolve("ours"));
        others = Certificates.of("localhost", directory.resolve("others"));
        redis = Servers.redis(directory, "redis");
        try (RedisSocket socket = new RedisSocket(redis.port())) {
            assertEquals("OK", socket.ask("CONFIG", "SET", "requirepass", "secret"));
        }
        redisTls = tlsInFrontOf(redis.port(), certificates);
        redisOfOthers = tlsInFrontOf(redis.port(), others);
        freshDatabase(postgres, DATABASE);
    }

    @AfterEach
    void asBefore() throws Exception {
        sql("ALTER SYSTEM RESET ssl", "SELECT pg_reload_conf()");
        redis.close();
        SharedBinaries.unlinkFrom(directory.resolve("redis"));
        vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }

    private int tlsInFrontOf(int port, Certificates shown) throws Exception {
        var client = vertx.createNetClient();
        return vertx.createNetServer(new NetServerOptions()
                        .setSsl(true)
                        .setKeyCertOptions(new PemKeyCertOptions()
                                .setCertPath(shown.certificate().toString())
                                .setKeyPath(shown.key().toString())))
                .connectHandler(socket -> {
                    socket.pause();
                    client.connect(port, redis.host())
                            .onSuccess(behind -> {
                                behind.pipeTo(socket);
                                socket.pipeTo(behind);
                            })
                            .onFailure(e -> socket.close());
                })
                .listen(0, "127.0.0.1")
                .toCompletionStage()
                .toCompletableFuture()
                .get(10, TimeUnit.SECONDS)
                .actualPort();
    }

    /** As its own user's, since Postgres reads no key that others can. */
    private void postgresWithTls() throws Exception {
        for (Path file : List.of(certificates.certificate(), certificates.key())) {
            Path place = postgres.dataDirectory().resolve(file.getFileName());
            Files.writeString(place, Files.readString(file));
            Files.setPosixFilePermissions(place, PosixFilePermissions.fromString("rw-------"));
            Files.setOwner(place, Files.getOwner(postgres.dataDirectory()));
        }
        sql("ALTER SYSTEM SET ssl = on", "SELECT pg_reload_conf()");
        assertEquals("on", sql("SHOW ssl"));
    }

    /** What the last one says. */
    @CanIgnoreReturnValue
    private String sql(String... statements) throws SQLException {
        String said = null;
        for (String text : statements) {
            // a new session each, which has seen the configuration that was read again
            try (Connection connection = DriverManager.getConnection(postgres.jdbcUrl());
                    Statement statement = connection.createStatement()) {
                if (statement.execute(text)) {
                    try (ResultSet row = statement.getResultSet()) {
                        row.next();
                        said = row.getString(1);
                    }
                }
            }
        }
        return said;
    }

    @Test
    void encryptedToWhomItShouldBeOrNotStarted() throws Exception {
        notVerified("no-tls", "localhost", "it does not support TLS");
        postgresWithTls();
        itWorks();

        // Postgres has been migrated, so that the reactive client can be the first that connects
        String reactiveFirst = "\nquarkus.flyway.migrate-at-start=false\n";
        String wrongCa = "stampede.tls.ca=" + others.ca() + "\n";
        String notSigned = "its certificate is not signed by a CA in ";
        String otherName = "its certificate is for another host name";
        String either = ", or is for another host name";
        notVerified("pg-name", "127.0.0.1", otherName);
        together(
                () -> refused("pg-ca", "localhost", "localhost", redisTls, wrongCa, "Postgres at", notSigned),
                () -> refused(
                        "reactive-ca",
                        "localhost",
                        "localhost",
                        redisTls,
                        reactiveFirst + wrongCa,
                        "Postgres at",
                        either),
                () -> refused("redis-ca", "localhost", "localhost", redisOfOthers, "", "Redis at", notSigned),
                () -> refused("redis-name", "localhost", "127.0.0.1", redisTls, "", "Redis at", otherName));
    }

    private void itWorks() throws Exception {
        List<AccountId> accounts = accounts(2);
        Path place = configured("works", "localhost", "localhost", redisTls, "");
        String secrets = "SMALLRYE_CONFIG_SOURCE_FILE_LOCATIONS=" + passwordsAsFiles(place);
        try (PackagedGateway gateway = PackagedGateway.in(place);
                Tills tills = working(gateway, accounts, secrets)) {
            assertEquals(200, tills.get(accounts.get(0), "/operations"));
            String sessions =
                    "SELECT count(*) FILTER (WHERE ssl = %s) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)"
                            + " WHERE datname = '" + DATABASE + "' AND backend_type = 'client backend'";
            assertTrue(Integer.parseInt(sql(sessions.formatted("true"))) >= 5);
            assertEquals("0", sql(sessions.formatted("false")));
            right(tills, postgres.jdbcUrl(DATABASE));
        }
        assertEquals(0, verify(place, secrets));
    }

    /** The shorter way to see it: what verifies connects by the same URL as what migrates. */
    private void notVerified(String name, String postgresHost, String why) throws Exception {
        Path place = configured(name, postgresHost, "localhost", redisTls, "");
        assertEquals(2, verify(place, "LC_ALL=C"));
        String said = Files.readString(place.resolve("verify.log"));
        assertTrue(said.contains("Postgres at " + postgresHost) && said.contains(why), said);
        assertEquals(1, said.lines().count(), said);
    }

    /** Out of the settings, into a directory as Kubernetes makes it of Secrets. */
    private static Path passwordsAsFiles(Path place) throws IOException {
        Path secrets = Files.createDirectory(place.resolve("secrets"));
        Path version = Files.createDirectory(secrets.resolve("..2026_11_25"));
        Files.createSymbolicLink(secrets.resolve("..data"), version.getFileName());
        String rest = Files.readString(settings(place));
        for (String name : List.of("quarkus.datasource.password", "quarkus.redis.password")) {
            assertTrue(rest.contains(name + "=secret\n"));
            rest = rest.replace(name + "=secret\n", "");
            Files.writeString(version.resolve(name), "secret\n");
            Files.createSymbolicLink(secrets.resolve(name), Path.of("..data", name));
        }
        Files.writeString(settings(place), rest);
        return secrets;
    }

    private static Tills working(PackagedGateway gateway, List<AccountId> accounts, String environment)
            throws IOException {
        gateway.awaitReady(gateway.start("gateway.log", List.of(environment)), "gateway.log");
        Tills tills = new Tills(gateway.api(), accounts);
        await().atMost(PATIENCE).until(() -> tills.allServedSince(0, accounts));
        return tills;
    }

    private static int verify(Path place, String environment) throws Exception {
        List<String> command = new ArrayList<>(List.of("/usr/bin/env", environment));
        command.addAll(PackagedGateway.java());
        command.addAll(List.of("-jar", System.getProperty("stampede.jar"), "verify"));
        return new ProcessBuilder(command)
                .directory(place.toFile())
                .redirectErrorStream(true)
                .redirectOutput(place.resolve("verify.log").toFile())
                .start()
                .waitFor();
    }

    private static Path settings(Path place) {
        return place.resolve("config/application.properties");
    }

    private Path configured(String name, String postgresHost, String redisHost, int redisPort, String more)
            throws IOException {
        Path place = Files.createDirectories(directory.resolve(name));
        String ca = more.contains("stampede.tls.ca=") ? "" : "stampede.tls.ca=" + certificates.ca() + "\n";
        String files = (deployment("postgres-tls.properties") + deployment("redis-tls.properties"))
                .replace("stampede.tls.ca=/etc/stampede/ca.crt\n", "")
                .replace("postgres-1:5432/points", postgresHost + ":" + postgres.port() + "/" + DATABASE)
                .replace("redis-1:6379", redisHost + ":" + redisPort);
        Files.createDirectories(settings(place).getParent());
        Files.writeString(settings(place), ca + files + more);
        return place;
    }

    private Void refused(
            String name, String postgresHost, String redisHost, int redisPort, String more, String which, String why)
            throws Exception {
        try (PackagedGateway gateway = PackagedGateway.in(configured(name, postgresHost, redisHost, redisPort, more))) {
            Process process = gateway.start("gateway.log");
            assertTrue(process.waitFor(60, TimeUnit.SECONDS), name);
            String said = Files.readString(gateway.log("gateway.log"));
            assertEquals(1, process.exitValue(), said);
            List<String> lines = said.lines()
                    .filter(line -> line.startsWith("Stampede did not start: "))
                    .toList();
            assertEquals(1, lines.size(), said);
            assertTrue(lines.get(0).contains(which) && lines.get(0).contains(why), said);
            assertFalse(said.contains("\tat "), said);
            assertFalse(said.contains("secret"), said);
        }
        return null;
    }

    @SafeVarargs
    private static void together(Callable<Void>... cases) throws Exception {
        ExecutorService two = Executors.newFixedThreadPool(2);
        try {
            for (Future<Void> done : two.invokeAll(List.of(cases))) {
                done.get();
            }
        } finally {
            two.shutdownNow();
        }
    }
}
