package dev.stampede.deployment;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.account.AccountId;
import dev.stampede.embedded.EmbeddedPostgresServer;
import dev.stampede.embedded.EmbeddedRedisServer;
import dev.stampede.support.Backends;
import dev.stampede.support.PackagedGateway;
import dev.stampede.support.RedisCluster;
import dev.stampede.support.RedisSocket;
import dev.stampede.support.ReplicatedPostgres;
import dev.stampede.support.SentinelRedis;
import dev.stampede.support.Servers;
import io.vertx.redis.client.impl.ZModem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The packaged gateway on each deployment that docs/operate.md shows, configured by the very files that it quotes
 * (src/test/resources/deployments): it starts, works, a server is killed or hangs under load, and the tills go on.
 */
@Tag("servers")
@Tag("long")
class DeploymentIT extends Deployment {
    private static final String VERSIONS = "/v1/programs/demo/versions";

    @Test
    void theGuideShowsThem() throws IOException {
        String guide = Files.readString(Path.of("docs/operate.md"));
        for (String file : List.of(
                "postgres.properties",
                "postgres-standby.properties",
                "pgbouncer.properties",
                "pgbouncer.ini",
                "pgbouncer.sql",
                "redis.properties",
                "redis-sentinel.properties",
                "redis-cluster.properties",
                "postgres-tls.properties",
                "redis-tls.properties",
                "gateway-tls.properties")) {
            assertTrue(guide.contains(deployment(file)), file);
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
            await().ignoreException(IllegalStateException.class) // they agree soon
                    .atMost(PATIENCE)
                    .until(() -> redis.master() != first);
            recovered(tills, accounts, "Redis with Sentinels, master killed");

            first.restart();
            await().atMost(PATIENCE).until(redis::whole);
            EmbeddedRedisServer second = redis.master();
            EmbeddedRedisServer sentinel = redis.sentinels().get(0);
            Servers.freeze(second.pid());
            try {
                await().ignoreException(IllegalStateException.class) // they agree soon
                        .atMost(PATIENCE)
                        .until(() -> redis.master() != second);
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
                long served = System.nanoTime();
                for (EmbeddedRedisServer master : masters.keySet()) {
                    try (RedisSocket socket = new RedisSocket(master.port())) {
                        assertTrue((long) socket.ask("DBSIZE") > 0, "a master without accounts");
                    }
                }
                victim.kill();
                await().atMost(PATIENCE).until(redis::whole);
                recovered(tills, affected, "Redis Cluster, one of three masters killed");
                undisturbed(tills, others, served);

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
                undisturbed(tills, others, served);
                right(tills, url);
                theComparisonGoesToEachMaster(gateway, redis);
            }
        }
    }

    /** An image is edited on each of them. */
    private static void theComparisonGoesToEachMaster(PackagedGateway gateway, RedisCluster redis) throws Exception {
        double before = gateway.metric("stampede_drift_total{found=\"wrong\"");
        List<EmbeddedRedisServer> masters = List.copyOf(redis.masters().keySet());
        for (EmbeddedRedisServer master : masters) {
            try (RedisSocket socket = new RedisSocket(master.port())) {
                Object key = ((List<?>) socket.ask("KEYS", "stampede:*")).get(0);
                String image = (String) socket.ask("HGET", key, "i");
                socket.ask("HSET", key, "i", image.replace("\"available\":", "\"available\":9"));
            }
        }
        await().atMost(PATIENCE)
                .until(() -> gateway.metric("stampede_drift_total{found=\"wrong\"") >= before + masters.size());
        assertTrue(gateway.metric("stampede_compared_total") > masters.size());
    }

    /** As many as read history and programs at a time. */
    private static List<CompletableFuture<Integer>> readers(Tills tills, AccountId account) {
        String history = "/v1/programs/" + account.program() + "/accounts/" + account.id() + "/operations";
        return IntStream.range(0, 40)
                .mapToObj(i -> tills.look(i % 4 == 0 ? VERSIONS : history))
                .toList();
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
                readers(tills, accounts.get(0)).forEach(CompletableFuture::join); // so that all are connected
                // worse than one that is killed: it neither answers nor closes its connections
                postgres.freeze(first);
                try {
                    List<CompletableFuture<Integer>> pages = readers(tills, accounts.get(0));
                    postgres.promote();
                    recovered(tills, accounts, "Postgres with a standby, primary frozen, standby promoted");
                    // whoever read it when it was frozen does not keep others from reading
                    for (CompletableFuture<Integer> page : pages) {
                        assertTrue(List.of(503, 200).contains(page.get(30, TimeUnit.SECONDS)));
                    }
                    await().atMost(PATIENCE).until(() -> tills.get(accounts.get(0), "/operations") == 200);
                    await().atMost(PATIENCE).until(() -> tills.look(VERSIONS).join() == 200);
                } finally {
                    postgres.thaw(first);
                }
                // it takes writes again, which nobody confirms
                recovered(tills, accounts, "Postgres with a standby, the old primary woken up");
                right(tills, postgres.primary().jdbcUrl("points"));
                // programs and history are read from the new primary, too, each time
                for (int i = 0; i < 10; i++) {
                    assertEquals(200, tills.get(accounts.get(0), "/operations"));
                }
                // and one that is started now finds it, for its migration first, whether the old one hangs or is gone
                postgres.freeze(first);
                gateway.killGateways();
                gateway.awaitReady(gateway.start("second.log"), "second.log");
                assertEquals(200, tills.get(accounts.get(0), "/operations"));
                first.kill();
                gateway.killGateways();
                gateway.awaitReady(gateway.start("third.log"), "third.log");
                assertEquals(200, tills.get(accounts.get(0), "/operations"));
            }
        }
    }
}
