package dev.stampede.propose;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.stampede.account.AccountId;
import dev.stampede.embedded.EmbeddedRedisServer;
import dev.stampede.support.RedisSocket;
import dev.stampede.support.SharedBinaries;
import io.vertx.core.Vertx;
import io.vertx.redis.client.RedisOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("servers")
class SealNoticesTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final int WATCHED = 40;

    @TempDir
    Path directory;

    private final Vertx vertx = Vertx.vertx();
    private EmbeddedRedisServer redis;
    private SealNotices notices;

    @BeforeEach
    void start() throws Exception {
        SharedBinaries.linkInto(directory);
        redis = EmbeddedRedisServer.start(directory);
        notices =
                new SealNotices(vertx, vertx.getOrCreateContext(), new RedisOptions().setConnectionString(redis.url()));
    }

    @AfterEach
    void stop() throws Exception {
        notices.close();
        redis.close();
        vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
        SharedBinaries.unlinkFrom(directory);
    }

    private static AccountId account(int i) {
        return AccountId.of("demo", "m-" + i);
    }

    private Object ask(Object... command) {
        try (RedisSocket socket = new RedisSocket(redis.adminUrl())) {
            return socket.ask(command);
        }
    }

    private long subscribers() {
        return ((String) ask("CLIENT", "LIST", "TYPE", "pubsub")).lines().count();
    }

    /** Each stream that began while Redis was away once led to a connection of its own, and to a notice more. */
    @Test
    void thereIsOneConnectionAfterAnOutageHoweverManyBeganToWatch() throws Exception {
        redis.stop();
        AtomicInteger heard = new AtomicInteger();
        for (int i = 0; i < WATCHED; i++) {
            notices.watch(account(i), heard::incrementAndGet);
            Thread.sleep(40);
        }
        redis.restart();
        AccountId account = account(WATCHED - 1);
        await().atMost(PATIENCE).until(() -> subscribers() > 0);
        Thread.sleep(1500); // others would have come by now
        assertEquals(1, subscribers());
        assertEquals(1L, ask("PUBLISH", SealNotices.channel(account.lane()), account.program() + ":" + account.id()));
        await().atMost(PATIENCE).until(() -> heard.get() == 1);
        notices.close();
        await().atMost(PATIENCE).until(() -> subscribers() == 0);
    }
}
