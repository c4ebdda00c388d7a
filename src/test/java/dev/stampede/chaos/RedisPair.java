package dev.stampede.chaos;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.stampede.embedded.EmbeddedRedisServer;
import dev.stampede.support.RedisSocket;
import dev.stampede.support.Servers;
import dev.stampede.support.SharedBinaries;
import dev.stampede.support.Wire;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * A Redis and its replica behind one address, as a proxy or a floating IP address gives it. Whoever fails over is the
 * harness, and it may do so when the replica hasn't got everything.
 */
final class RedisPair implements RedisSide {
    private final Wire front;
    private final Wire link;
    private EmbeddedRedisServer master;
    private EmbeddedRedisServer replica;

    RedisPair(World world) {
        master = start(world.directory.resolve("redis-1"));
        replica = start(world.directory.resolve("redis-2"));
        front = new Wire(world.vertx, master.port(), world.seed);
        link = new Wire(world.vertx, master.port(), world.seed);
        follow();
    }

    private static EmbeddedRedisServer start(Path directory) {
        try {
            Files.createDirectories(directory);
            SharedBinaries.linkInto(directory);
            return EmbeddedRedisServer.startOpen(directory, "--repl-diskless-sync-delay", "0");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void follow() {
        ask(replica, "REPLICAOF", "127.0.0.1", link.port());
    }

    @CanIgnoreReturnValue
    private static Object ask(EmbeddedRedisServer server, Object... command) {
        try (RedisSocket socket = new RedisSocket(server.port())) {
            return socket.ask(command);
        }
    }

    @Override
    public Map<String, String> properties() {
        return Map.of("quarkus.redis.hosts", "redis://127.0.0.1:" + front.port());
    }

    @Override
    public List<EmbeddedRedisServer> masters() {
        return List.of(master);
    }

    @Override
    public List<Fault> faults(Random random) {
        List<Fault> faults = new ArrayList<>(Fault.ofWire("Redis", front));
        faults.add(Fault.of("Redis killed, and comes back empty", "redis", Fault.OF_ALL, () -> master.kill(), () -> {
            master.restart();
            mend();
        }));
        faults.add(new Fault(
                "Redis paused",
                "redis",
                Fault.OF_NONE,
                true,
                () -> Servers.freeze(master.pid()),
                () -> Servers.thaw(master.pid()),
                Fault.NOTHING));
        faults.add(new Fault(
                "Redis failed over to a replica that lost writes",
                "redis",
                Fault.OF_ALL,
                false,
                () -> link.state(Wire.State.DOWN), // from now on it gets nothing more
                this::failOver,
                this::mend));
        faults.addAll(Fault.ofSpare("Redis' replica", () -> replica));
        return faults;
    }

    /** Kills the master, and makes the replica the master as it is. */
    private void failOver() {
        master.kill();
        ask(replica, "REPLICAOF", "NO", "ONE");
        EmbeddedRedisServer dead = master;
        master = replica;
        replica = dead;
        front.target(master.port());
        front.cut();
    }

    /** The dead one comes back as a replica. */
    @Override
    public void mend() {
        link.target(master.port());
        link.state(Wire.State.UP);
        if (!replica.isRunning()) {
            replica.restart();
        }
        follow();
    }

    @Override
    public void close() {
        replica.close();
        master.close();
        front.close();
        link.close();
    }
}
