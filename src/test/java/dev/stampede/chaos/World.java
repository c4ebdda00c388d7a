package dev.stampede.chaos;

import dev.stampede.account.AccountId;
import dev.stampede.embedded.EmbeddedPostgresServer;
import dev.stampede.embedded.EmbeddedRedisServer;
import dev.stampede.support.Backends;
import dev.stampede.support.NextRelease;
import dev.stampede.support.RedisSocket;
import dev.stampede.support.ReplicatedPostgres;
import dev.stampede.support.SmallDisk;
import dev.stampede.support.Wire;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Real processes on the loopback interface: gateways, a Postgres with a synchronous standby, a deployment of Redis. The
 * two Postgres are behind a wire each, whose addresses the gateways know; the first leads to the primary, unless that
 * has just failed.
 */
final class World implements AutoCloseable {
    private static final String KEYS = "stampede:*";

    final long seed;
    final Path directory;
    final Vertx vertx;
    final ReplicatedPostgres postgres;
    final Wire primaryWire;
    final Wire standbyWire;
    final RedisSide redis;
    final List<GatewayProcess> gateways = new ArrayList<>();
    private Path nextRelease;
    private boolean migrated;

    /**
     * @param seed of what the wires leave to chance
     * @param smallDisks whether each Postgres is on a disk that can be full, if this process may mount one
     */
    World(long seed, Path directory, int gateways, boolean smallDisks, Function<World, RedisSide> redis)
            throws InterruptedException, SQLException {
        this.seed = seed;
        this.directory = directory.toAbsolutePath();
        vertx = Vertx.vertx();
        postgres = new ReplicatedPostgres(smallDisks && SmallDisk.possible());
        primaryWire = new Wire(vertx, postgres.primary().port(), seed);
        standbyWire = new Wire(vertx, postgres.standby().port(), seed);
        this.redis = redis.apply(this);
        Map<String, String> properties = new HashMap<>(this.redis.properties());
        properties.put("quarkus.datasource.reactive.url", url(primaryWire) + "," + url(standbyWire));
        properties.putAll(Backends.logins(postgres.primary()));
        Path agent = ShiftedClock.jar(this.directory);
        for (int i = 0; i < gateways; i++) {
            GatewayProcess gateway = new GatewayProcess(i, this.directory, agent, properties);
            this.gateways.add(gateway);
            gateway.start();
            gateway.awaitReady(); // one after the other: the first one migrates
            if (i == 0) {
                Club.begin(postgres.primary().jdbcUrl());
            }
        }
    }

    private static String url(Wire wire) {
        return "postgresql://127.0.0.1:" + wire.port() + "/stampede";
    }

    String jdbcUrl() {
        return postgres.primary().jdbcUrl();
    }

    /** Made at the first call, which takes some seconds. */
    Path nextRelease() throws IOException {
        if (nextRelease == null) {
            nextRelease = NextRelease.make(directory.resolve("next-release"));
        }
        return nextRelease;
    }

    /** As its first gateway would. */
    void migrateToNextRelease() throws IOException {
        if (!migrated) {
            EmbeddedPostgresServer primary = postgres.primary();
            NextRelease.migrate(
                    primary.jdbcUrl(primary.database(), primary.owner()),
                    primary.owner().user(),
                    primary.owner().password(),
                    directory.resolve("next-release-migrations"));
            migrated = true;
        }
    }

    /** After a promotion: a new standby, and the first wire leads to the primary again. An outage of some seconds. */
    void replaceStandby() {
        postgres.replaceStandby();
        primaryWire.target(postgres.primary().port());
        standbyWire.target(postgres.standby().port());
        primaryWire.cut();
        standbyWire.cut();
    }

    /** The images that Redis has, by account. */
    Map<AccountId, String> images() {
        Map<AccountId, String> images = new HashMap<>();
        for (EmbeddedRedisServer master : redis.masters()) {
            try (RedisSocket socket = new RedisSocket(master.port())) {
                for (Object key : (List<?>) socket.ask("KEYS", KEYS)) {
                    Object image = socket.ask("HGET", key, "i");
                    if (image instanceof String text) {
                        images.put(account(key.toString()), text);
                    }
                }
            }
        }
        return images;
    }

    private static AccountId account(String key) {
        String[] parts = key.split(":");
        return AccountId.of(parts[2], parts[3]);
    }

    @Override
    public void close() {
        gateways.forEach(GatewayProcess::close);
        redis.close();
        primaryWire.close();
        standbyWire.close();
        postgres.close();
        try {
            var unused = vertx.close()
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(10, java.util.concurrent.TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
