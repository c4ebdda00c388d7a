package dev.stampede.chaos;

import static org.awaitility.Awaitility.await;

import dev.stampede.embedded.EmbeddedRedisServer;
import dev.stampede.support.RedisCluster;
import dev.stampede.support.Servers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** A Redis Cluster: three masters, a replica of each. */
final class RedisOfManyMasters implements RedisSide {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final RedisCluster redis = new RedisCluster();
    private EmbeddedRedisServer failed;

    @Override
    public Map<String, String> properties() {
        return Map.of("quarkus.redis.hosts", redis.hosts(), "quarkus.redis.client-type", "cluster");
    }

    @Override
    public List<EmbeddedRedisServer> masters() {
        return List.copyOf(redis.masters().keySet());
    }

    @Override
    public List<Fault> faults(Random random) {
        int killed = random.nextInt(masters().size());
        int paused = random.nextInt(masters().size());
        int spare = random.nextInt(masters().size());
        List<Fault> faults = new ArrayList<>(List.of(
                new Fault(
                        "a master of the Redis Cluster killed, its replica takes over",
                        "redis",
                        Fault.OF_ALL,
                        false,
                        () -> {
                            failed = masters().get(killed);
                            failed.kill();
                        },
                        this::awaitFailover,
                        this::mend),
                new Fault(
                        "a master of the Redis Cluster paused, its replica takes over, and it wakes up",
                        "redis",
                        Fault.OF_ALL,
                        true,
                        () -> {
                            failed = masters().get(paused);
                            Servers.freeze(failed.pid());
                        },
                        () -> {
                            awaitFailover();
                            Servers.thaw(failed.pid());
                        },
                        this::mend)));
        faults.addAll(
                Fault.ofSpare("a replica of the Redis Cluster", () -> replicas().get(spare)));
        return faults;
    }

    private List<EmbeddedRedisServer> replicas() {
        List<EmbeddedRedisServer> masters = masters();
        return redis.servers().stream()
                .filter(server -> !masters.contains(server))
                .toList();
    }

    /** Three serve slots, without that one: those that still run are asked. */
    private void awaitFailover() {
        await().atMost(PATIENCE)
                .ignoreExceptions()
                .until(() -> redis.servers().stream()
                                .filter(server -> server.isRunning() && !server.equals(failed))
                                .filter(redis::servesSlots)
                                .count()
                        == 3);
    }

    @Override
    public void mend() {
        redis.servers().stream().filter(server -> !server.isRunning()).forEach(EmbeddedRedisServer::restart);
        await().atMost(PATIENCE).ignoreExceptions().until(redis::whole);
    }

    @Override
    public void close() {
        redis.close();
    }
}
