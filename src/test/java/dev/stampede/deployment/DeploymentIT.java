package dev.stampede.deployment;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.stampede.account.AccountId;
import dev.stampede.embedded.EmbeddedPostgresServer;
import dev.stampede.embedded.EmbeddedRedisServer;
import dev.stampede.support.Backends;
import dev.stampede.support.LedgerCheck;
import dev.stampede.support.PackagedGateway;
import dev.stampede.support.RedisCluster;
import dev.stampede.support.RedisSocket;
import dev.stampede.support.ReplicatedPostgres;
import dev.stampede.support.SentinelRedis;
import dev.stampede.support.Servers;
import io.vertx.redis.client.impl.ZModem;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * The packaged gateway on each deployment that README shows, configured by the very files that it quotes (src/test/
 * resources/deployments): it starts, works, a server is killed or hangs under load, and the tills go on.
 */
class DeploymentIT {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /** After the fault has ended, or another server has been chosen. */
    private static final long RECOVERY_MS = 5000;

    private static final long UNDISTURBED_MS = 1500;

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path directory;

    /** As an administrator makes it: the gateway's user is no superuser, and owns the database. */
    @CanIgnoreReturnValue
    private static String freshDatabase(EmbeddedPostgresServer server, String name) throws SQLException {
        try (Connection connection = DriverManager.getConnection(server.jdbcUrl());
                Statement statement = connection.createStatement()) {
            statement.execute("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)");
            try (ResultSet there = statement.executeQuery("SELECT FROM pg_roles WHERE rolname = 'stampede'")) {
                if (!there.next()) {
                    statement.execute("CREATE ROLE stampede LOGIN CREATEROLE PASSWORD 'secret'");
                }
            }
            statement.execute("CREATE DATABASE " + name + " OWNER stampede");
        }
        return server.jdbcUrl(name);
    }

    private static String place(EmbeddedRedisServer server) {
        return server.host() + ":" + server.port();
    }

    private static String place(EmbeddedPostgresServer server) {
        return server.host() + ":" + server.port();
    }

    private static String deployment(String file) throws IOException {
        try (InputStream in = DeploymentIT.class.getResourceAsStream("/deployments/" + file + ".properties")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** Configured by these files, but for the places that they name. */
    private PackagedGateway gateway(List<String> files, String... places) throws IOException {
        String settings = "";
        for (String file : files) {
            settings += deployment(file);
        }
        for (int i = 0; i < places.length; i += 2) {
            assertTrue(settings.contains(places[i]), places[i]);
            settings = settings.replace(places[i], places[i + 1]);
        }
        Files.writeString(
                Files.createDirectory(directory.resolve("config")).resolve("application.properties"), settings);
        return PackagedGateway.in(directory);
    }

    private static List<AccountId> accounts(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> AccountId.of("demo", "till-" + i))
                .toList();
    }

    /** Starts the gateway, and a till an account. */
    private static Tills working(PackagedGateway gateway, List<AccountId> accounts) throws IOException {
        gateway.awaitReady(gateway.start("gateway.log"), "gateway.log");
        Tills tills = new Tills(gateway.api(), accounts);
        await().atMost(PATIENCE).until(() -> tills.allServedSince(0, accounts));
        return tills;
    }

    /** Called as soon as the deployment has mended itself: then the gateway must. */
    private static void recovered(Tills tills, List<AccountId> accounts, String what) {
        long mended = System.nanoTime();
        await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(20))
                .untilAsserted(() -> assertTrue(tills.allServedSince(mended, accounts), tills::newest));
        long took = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - mended);
        System.out.println(what + ": all served again after " + took + " ms; the longest outage of an account "
                + tills.longestOutageMs(accounts) + " ms");
        assertTrue(took <= RECOVERY_MS, what + ": " + took + " ms");
    }

    private static void undisturbed(Tills tills, List<AccountId> accounts) {
        for (Tills.Call call : tills.calls()) {
            assertTrue(call.ok() || !accounts.contains(call.account()), call::toString);
        }
        long outage = tills.longestOutageMs(accounts);
        System.out.println("the others' longest outage " + outage + " ms");
        assertTrue(outage < UNDISTURBED_MS, outage + " ms");
    }

    /** Nothing was lost, nothing done twice, and no till was told anything else than yes or not now. */
    private static void right(Tills tills, String jdbcUrl) throws Exception {
        tills.close();
        for (Tills.Call call : tills.calls()) {
            assertTrue(call.ok() || call.status() == 503, call::toString);
        }
        tills.exactlyOnce(jdbcUrl);
        new LedgerCheck(jdbcUrl).consistent();
    }

    @Test
    void readmeShowsThem() throws IOException {
        String readme = Files.readString(Path.of("README.md"));
        for (String file : List.of("postgres", "postgres-standby", "redis", "redis-sentinel", "redis-cluster")) {
            assertTrue(readme.contains(deployment(file)), file);
        }
    }

    @Test
    void aRedisThatHangs() throws Exception {
        Backends backends = Backends.shared();
        String url = freshDatabase(backends.postgres(), "deployed_standalone");
        List<AccountId> accounts = accounts(8);
        try (PackagedGateway gateway = gateway(
                        List.of("postgres", "redis"),
                        "postgres-1:5432/points",
                        place(backends.postgres()) + "/deployed_standalone",
                        "redis-1:6379",
                        place(backends.redis()));
                Tills tills = working(gateway, accounts)) {
            Servers.freeze(backends.redis().pid());
            try {
                // until the gateway has given up its connections, and some that never came to be
                TimeUnit.SECONDS.sleep(6);
            } finally {
                Servers.thaw(backends.redis().pid());
            }
            recovered(tills, accounts, "Redis, frozen");
            right(tills, url);
        }
    }

    @Test
    void redisWithSentinels() throws Exception {
        Backends backends = Backends.shared();
        String url = freshDatabase(backends.postgres(), "deployed_sentinel");
        List<AccountId> accounts = accounts(8);
        try (SentinelRedis redis = new SentinelRedis();
                PackagedGateway gateway = gateway(
                        List.of("postgres", "redis-sentinel"),
                        "postgres-1:5432/points",
                        place(backends.postgres()) + "/deployed_sentinel",
                        "sentinel-1:26379",
                        place(redis.sentinels().get(0)),
                        "sentinel-2:26379",
                        place(redis.sentinels().get(1)),
                        "sentinel-3:26379",
                        place(redis.sentinels().get(2)));
                Tills tills = working(gateway, accounts)) {
            EmbeddedRedisServer first = redis.master();
            first.kill();
            await().atMost(PATIENCE).until(() -> redis.master() != first);
            recovered(tills, accounts, "Redis with Sentinels, master killed");

            first.restart();
            await().atMost(PATIENCE).until(redis::whole);
            EmbeddedRedisServer second = redis.master();
            EmbeddedRedisServer sentinel = redis.sentinels().get(0);
            Servers.freeze(second.pid());
            try {
                await().atMost(PATIENCE).until(() -> redis.master() != second);
                Servers.freeze(sentinel.pid());
                recovered(tills, accounts, "Redis with Sentinels, master and a Sentinel frozen");
            } finally {
                Servers.thaw(sentinel.pid());
                Servers.thaw(second.pid());
            }
            right(tills, url);
        }
    }

    @Test
    void redisCluster() throws Exception {
        Backends backends = Backends.shared();
        String url = freshDatabase(backends.postgres(), "deployed_cluster");
        try (RedisCluster redis = new RedisCluster()) {
            EmbeddedRedisServer victim = redis.servers().get(0);
            List<AccountId> affected = new ArrayList<>();
            List<AccountId> others = new ArrayList<>();
            Map<EmbeddedRedisServer, List<int[]>> masters = redis.masters();
            for (AccountId account : accounts(18)) {
                int slot = ZModem.generate(account.redisKey());
                boolean theirs = masters.get(victim).stream().anyMatch(range -> range[0] <= slot && slot <= range[1]);
                (theirs ? affected : others).add(account);
            }
            List<AccountId> all =
                    Stream.concat(affected.stream(), others.stream()).toList();
            try (PackagedGateway gateway = gateway(
                            List.of("postgres", "redis-cluster"),
                            "postgres-1:5432/points",
                            place(backends.postgres()) + "/deployed_cluster",
                            "redis-1:6379",
                            place(redis.servers().get(0)),
                            "redis-2:6379",
                            place(redis.servers().get(1)),
                            "redis-3:6379",
                            place(redis.servers().get(2)));
                    Tills tills = working(gateway, all)) {
                for (EmbeddedRedisServer master : masters.keySet()) {
                    try (RedisSocket socket = new RedisSocket(master.port())) {
                        assertTrue((long) socket.ask("DBSIZE") > 0, "a master without accounts");
                    }
                }
                victim.kill();
                await().atMost(PATIENCE).until(redis::whole);
                recovered(tills, affected, "Redis Cluster, one of three masters killed");
                undisturbed(tills, others);

                // back again, it is the replica of the one that has taken its place, which now hangs
                EmbeddedRedisServer successor = redis.masters().keySet().stream()
                        .filter(master -> !masters.containsKey(master))
                        .findFirst()
                        .orElseThrow();
                victim.restart();
                await().atMost(PATIENCE).until(redis::whole);
                Servers.freeze(successor.pid());
                try {
                    await().atMost(PATIENCE).until(() -> redis.servesSlots(victim));
                    recovered(tills, affected, "Redis Cluster, one of three masters frozen");
                } finally {
                    Servers.thaw(successor.pid());
                }
                undisturbed(tills, others);
                right(tills, url);
            }
        }
    }

    @Test
    void postgresWithASynchronousStandby() throws Exception {
        Backends backends = Backends.shared();
        List<AccountId> accounts = accounts(8);
        try (ReplicatedPostgres postgres = new ReplicatedPostgres()) {
            freshDatabase(postgres.primary(), "points");
            EmbeddedPostgresServer first = postgres.primary();
            try (PackagedGateway gateway = gateway(
                            List.of("postgres-standby", "redis"),
                            "postgres-1:5432",
                            place(postgres.primary()),
                            "postgres-2:5432",
                            place(postgres.standby()),
                            "redis-1:6379",
                            place(backends.redis()));
                    Tills tills = working(gateway, accounts)) {
                first.kill();
                postgres.promote();
                recovered(tills, accounts, "Postgres with a standby, primary killed, standby promoted");
                right(tills, postgres.primary().jdbcUrl("points"));
                // programs and history are read from the new primary, too, each time
                for (int i = 0; i < 10; i++) {
                    assertEquals(200, tills.get(accounts.get(0), "/operations"));
                }
                // and one that is started now finds it, for its migration first
                gateway.killGateways();
                gateway.awaitReady(gateway.start("second.log"), "second.log");
                assertEquals(200, tills.get(accounts.get(0), "/operations"));
            }
        }
    }
}
