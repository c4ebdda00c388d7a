package dev.stampede.chaos;

import static org.awaitility.Awaitility.await;

import dev.stampede.embedded.EmbeddedRedisServer;
import dev.stampede.support.SentinelRedis;
import dev.stampede.support.Servers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** A Redis and its replica that Sentinels watch, and fail over. */
final class RedisWithSentinels implements RedisSide {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final SentinelRedis redis = new SentinelRedis();
    private EmbeddedRedisServer failed;

    @Override
    public Map<String, String> properties() {
        return Map.of(
                "quarkus.redis.hosts",
                redis.hosts(),
                "quarkus.redis.client-type",
                "sentinel",
                "quarkus.redis.master-name",
                SentinelRedis.MASTER_NAME);
    }

    @Override
    public List<EmbeddedRedisServer> masters() {
        return List.of(redis.master());
    }

    @Override
    public List<Fault> faults(Random random) {
        EmbeddedRedisServer sentinel =
                redis.sentinels().get(random.nextInt(redis.sentinels().size()));
        List<Fault> faults = new ArrayList<>(List.of(
                new Fault(
                        "Redis killed, Sentinels fail over",
                        "redis",
                        Fault.OF_ALL,
                        false,
                        () -> {
                            failed = redis.master();
                            failed.kill();
                        },
                        this::awaitFailover,
                        this::mend),
                new Fault(
                        "Redis paused, Sentinels fail over, and it wakes up",
                        "redis",
                        Fault.OF_ALL,
                        true,
                        () -> {
                            failed = redis.master();
                            Servers.freeze(failed.pid());
                        },
                        () -> {
                            awaitFailover();
                            Servers.thaw(failed.pid());
                        },
                        this::mend)));
        faults.addAll(Fault.ofSpare("a Sentinel", () -> sentinel));
        faults.addAll(Fault.ofSpare("Redis' replica", this::replica));
        return faults;
    }

    private EmbeddedRedisServer replica() {
        EmbeddedRedisServer master = redis.master();
        return redis.servers().stream()
                .filter(server -> !server.equals(master))
                .findFirst()
                .orElseThrow();
    }

    private void awaitFailover() {
        await().atMost(PATIENCE).ignoreExceptions().until(() -> !redis.master().equals(failed));
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
