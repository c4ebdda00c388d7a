package dev.stampede.redis;

import static dev.stampede.support.TestGateway.account;
import static dev.stampede.support.TestGateway.earn;
import static dev.stampede.support.TestGateway.get;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.stampede.account.AccountId;
import dev.stampede.embedded.EmbeddedRedisServer;
import dev.stampede.gateway.Answer;
import dev.stampede.gateway.Unavailable;
import dev.stampede.support.Backends;
import dev.stampede.support.RedisCluster;
import dev.stampede.support.RedisSocket;
import dev.stampede.support.Servers;
import dev.stampede.support.SharedBinaries;
import dev.stampede.support.TestGateway;
import io.vertx.redis.client.RedisClientType;
import io.vertx.redis.client.RedisOptions;
import io.vertx.redis.client.impl.ZModem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where there are several servers of Redis, and one of them is wrong, slow, or new. */
@Tag("servers")
@Tag("long")
class RedisMastersTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir
    Path directory;

    private TestGateway gateway(String database, RedisOptions redis, Map<String, String> properties) {
        Backends backends = Backends.shared();
        TestGateway.migrate(backends.freshDatabase(database));
        return new TestGateway(List.of(TestGateway.options(backends.postgres(), database)), redis, properties);
    }

    private EmbeddedRedisServer start(String name, String... arguments) throws IOException {
        Path place = Files.createDirectories(directory.resolve(name));
        SharedBinaries.linkInto(place);
        return EmbeddedRedisServer.startOpen(place, arguments);
    }

    /** @param epoch of the last failover that it has heard of */
    private EmbeddedRedisServer sentinel(String name, EmbeddedRedisServer master, int epoch) throws IOException {
        // it writes into it, and beside it
        Path file = Files.createDirectories(directory.resolve(name).resolve("redis"))
                .resolve("sentinel.conf");
        Files.writeString(file, """
                sentinel monitor stampede 127.0.0.1 %d 2
                sentinel config-epoch stampede %d
                """.formatted(master.port(), epoch));
        return start(name, file.toString(), "--sentinel");
    }

    private static Object ask(EmbeddedRedisServer server, Object... command) {
        try (RedisSocket socket = new RedisSocket(server.port())) {
            return socket.ask(command);
        }
    }

    @CanIgnoreReturnValue
    private static Answer.Sealed sealed(Answer answer) {
        return assertInstanceOf(Answer.Sealed.class, answer);
    }

    /**
     * As one that was cut off, or started from an old configuration, beside a master that was replaced and still runs.
     */
    @Test
    void aSentinelThatIsOutOfDateIsNotBelieved() throws Exception {
        try (EmbeddedRedisServer old = start("old");
                EmbeddedRedisServer master = start("master");
                EmbeddedRedisServer stale = sentinel("sentinel-0", old, 1);
                EmbeddedRedisServer second = sentinel("sentinel-1", master, 2);
                EmbeddedRedisServer third = sentinel("sentinel-2", master, 2);
                TestGateway gateway = gateway(
                        "stale_sentinel",
                        new RedisOptions()
                                .setType(RedisClientType.SENTINEL)
                                .setMasterName("stampede")
                                .setEndpoints(new ArrayList<>(List.of(stale.url(), second.url(), third.url()))),
                        Map.of())) {
            AccountId account = account("stale");
            long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(6); // they are asked every five seconds
            for (int i = 0; System.nanoTime() < until; i++) {
                sealed(gateway.ask(earn(account, "e" + i, 1)));
                Thread.sleep(10);
            }
            assertEquals(0L, ask(old, "DBSIZE"));
            assertEquals(1L, ask(master, "DBSIZE"));
            // the one that was right hangs: the other is enough; that alone is left which is wrong: nothing changes
            Servers.freeze(second.pid());
            third.stop();
            until = System.nanoTime() + TimeUnit.SECONDS.toNanos(6);
            for (int i = 0; System.nanoTime() < until; i++) {
                sealed(gateway.ask(earn(account, "f" + i, 1)));
                Thread.sleep(10);
            }
            assertEquals(0L, ask(old, "DBSIZE"));
            Servers.thaw(second.pid());
        }
    }

    private static RedisOptions options(RedisCluster redis) {
        return new RedisOptions()
                .setType(RedisClientType.CLUSTER)
                .setEndpoints(new ArrayList<>(List.of(redis.hosts().split(","))));
    }

    private static boolean serves(RedisCluster redis, EmbeddedRedisServer master, AccountId account) {
        int slot = ZModem.generate(account.redisKey());
        return redis.masters().get(master).stream().anyMatch(range -> range[0] <= slot && slot <= range[1]);
    }

    /** It keeps the calls of its accounts waiting, but no more of them than the others can spare. */
    @Test
    void aMasterThatHangsDoesNotTakeTheOthersPlaces() throws Exception {
        try (RedisCluster redis = new RedisCluster();
                TestGateway gateway =
                        gateway("hung_master", options(redis), Map.of("stampede.gateway.max-in-flight", "50"))) {
            EmbeddedRedisServer victim = redis.servers().get(0);
            List<AccountId> theirs = new ArrayList<>();
            List<AccountId> others = new ArrayList<>();
            for (int i = 0; theirs.size() < 10 || others.size() < 3; i++) {
                AccountId account = account("hung-" + i);
                (serves(redis, victim, account) ? theirs : others).add(account);
                sealed(gateway.ask(earn(account, "e", 1)));
            }
            Servers.freeze(victim.pid());
            List<CompletableFuture<Answer>> waiting = new ArrayList<>();
            long frozen = System.nanoTime();
            long refusedMs = 0;
            int answered = 0;
            try {
                // a replica takes over after 1.5 s and more: all that time its tills keep coming
                for (int i = 0; System.nanoTime() - frozen < TimeUnit.MILLISECONDS.toNanos(2500); i++) {
                    for (AccountId account : theirs) {
                        waiting.add(gateway.submit(earn(account, "w" + i, 1)));
                    }
                    for (AccountId account : others) {
                        try {
                            sealed(gateway.ask(earn(account, "o" + i, 1)));
                            answered++;
                        } catch (Unavailable e) {
                            refusedMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - frozen);
                        }
                    }
                    Thread.sleep(20);
                }
            } finally {
                Servers.thaw(victim.pid());
            }
            assertTrue(answered > 0, "nothing was answered");
            // until it was noticed they may have been in the way
            assertTrue(
                    refusedMs < 1000, "the others were still refused " + refusedMs + " ms after it had begun to hang");
            for (CompletableFuture<Answer> each : waiting) {
                try {
                    sealed(get(each));
                } catch (Unavailable known) {
                    // what became of it is for the next one to ask
                }
            }
        }
    }

    /** While a slot moves, its old master sends what it has not got to the new one, which may have no slots yet. */
    @Test
    void accountsMoveToAMasterThatIsNew() throws Exception {
        try (RedisCluster redis = new RedisCluster();
                TestGateway gateway = gateway("moving_slot", options(redis), Map.of())) {
            EmbeddedRedisServer from = redis.servers().get(0);
            EmbeddedRedisServer to = redis.join();
            AccountId account = account("moving-0");
            for (int i = 1; !serves(redis, from, account); i++) {
                account = account("moving-" + i);
            }
            int slot = ZModem.generate(account.redisKey());
            Object fromId = ask(from, "CLUSTER", "MYID");
            Object toId = ask(to, "CLUSTER", "MYID");
            assertEquals("OK", ask(to, "CLUSTER", "SETSLOT", slot, "IMPORTING", fromId));
            assertEquals("OK", ask(from, "CLUSTER", "SETSLOT", slot, "MIGRATING", toId));
            sealed(gateway.ask(earn(account, "asked", 100)));
            assertEquals(1L, ask(to, "DBSIZE"));
            for (EmbeddedRedisServer node : List.of(to, from)) {
                assertEquals("OK", ask(node, "CLUSTER", "SETSLOT", slot, "NODE", toId));
            }
            AccountId moved = account;
            await().atMost(PATIENCE)
                    .pollInterval(Duration.ofMillis(100))
                    .ignoreExceptions()
                    .until(() -> {
                        sealed(gateway.ask(earn(moved, "moved", 10)));
                        return true;
                    });
            assertEquals(0L, ask(from, "DBSIZE"));
            assertEquals(
                    111,
                    sealed(gateway.ask(earn(moved, "again", 1)))
                            .operation()
                            .image()
                            .state()
                            .available());
        }
    }
}
