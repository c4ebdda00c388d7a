package dev.stampede.gateway;

import static dev.stampede.support.TestGateway.account;
import static dev.stampede.support.TestGateway.done;
import static dev.stampede.support.TestGateway.earn;
import static dev.stampede.support.TestGateway.get;
import static dev.stampede.support.TestGateway.redeem;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.account.AccountId;
import dev.stampede.support.RedisProxy;
import dev.stampede.support.TestGateway;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** A server that hangs, or whose reply is lost, is replaced by a new connection, and nobody is told a wrong thing. */
class HangingServerTest extends TwoGateways {
    @Override
    Map<String, String> settings() {
        return and(ALONE, "stampede.gateway.answer-timeout", "4s");
    }

    @Test
    void nothingIsDeniedThatRedisHasCarriedOut() throws Exception {
        try (RedisProxy proxy = new RedisProxy(backends.redis().port())) {
            TestGateway victim = startBehind(proxy.port(), Map.of());
            AccountId account = account("cut");
            done(victim.ask(earn(account, "e", 100)));
            TimeUnit.MILLISECONDS.sleep(100);
            proxy.mute = true;
            CompletableFuture<Answer> answer = victim.submit(redeem(account, "r", 10));
            TimeUnit.MILLISECONDS.sleep(300);
            proxy.mute = false;
            proxy.cut();
            Answer.Sealed sealed = assertInstanceOf(Answer.Sealed.class, get(answer));
            assertTrue(sealed.operation().ok());
            assertFalse(sealed.replayed(), "it was this very call");
            victim.close();
        }
    }

    @Test
    void aReconnectThatHangsIsGivenUp() throws Exception {
        try (RedisProxy proxy = new RedisProxy(backends.redis().port())) {
            TestGateway victim = startBehind(proxy.port(), Map.of());
            AccountId account = account("hang");
            done(victim.ask(earn(account, "e", 100)));
            proxy.blackHole = true;
            proxy.cut();
            TimeUnit.SECONDS.sleep(2);
            proxy.blackHole = false; // the dead host's connections stay, new ones would work
            TimeUnit.SECONDS.sleep(12);
            boolean up = victim.gateway.redisUp();
            proxy.cut();
            TimeUnit.SECONDS.sleep(3);
            assertTrue(victim.gateway.redisUp(), "not after the cut");
            victim.close();
            assertTrue(up, "not before the cut");
        }
    }

    /** Redis' host dies without a word, as at a partition: the connection stays open, new ones would work. */
    @Test
    void aConnectionThatHangsIsReplaced() throws Exception {
        java.util.concurrent.atomic.AtomicBoolean[] frozen = {new java.util.concurrent.atomic.AtomicBoolean()};
        try (var server = new java.net.ServerSocket(0, 50, java.net.InetAddress.getLoopbackAddress())) {
            daemon(() -> {
                try {
                    while (true) {
                        var client = server.accept();
                        var redis = new java.net.Socket(
                                java.net.InetAddress.getLoopbackAddress(),
                                backends.redis().port());
                        var mine = frozen[0];
                        daemon(() -> pump(client, redis, mine));
                        daemon(() -> pump(redis, client, mine));
                    }
                } catch (java.io.IOException e) {
                    // closed
                }
            });
            try (TestGateway victim = startBehind(server.getLocalPort(), Map.of())) {
                done(victim.ask(earn(account("hung"), "e", 100)));
                var dead = frozen[0];
                frozen[0] = new java.util.concurrent.atomic.AtomicBoolean();
                dead.set(true);
                CompletableFuture<Answer> cutOff = victim.submit(earn(account("hung"), "e2", 100));
                Awaitility.await()
                        .alias("a new connection to Redis")
                        .atMost(Duration.ofSeconds(15))
                        .pollDelay(Duration.ofMillis(200))
                        .until(() -> cutOff.isDone() && victim.gateway.redisUp());
                assertEquals(
                        200,
                        done(victim.ask(earn(account("hung"), "e2", 100)))
                                .image()
                                .state()
                                .available());
            }
        }
    }

    @Test
    void aLostCommitReplyIsNotedInRedis() throws Exception {
        try (RedisProxy proxy = new RedisProxy(backends.postgres().port())) {
            TestGateway victim = startBefore(proxy.port(), Map.of());
            AccountId account = account("lost-reply");
            done(victim.ask(earn(account, "e", 100)));
            TimeUnit.MILLISECONDS.sleep(100);
            proxy.mute = true;
            CompletableFuture<Answer> answer = victim.submit(redeem(account, "r", 10));
            TimeUnit.MILLISECONDS.sleep(300);
            proxy.mute = false;
            proxy.cut();
            done(get(answer));
            TimeUnit.MILLISECONDS.sleep(300);
            boolean noted = victim.gateway.peek(account).await().indefinitely().isSealed();
            assertEquals(
                    2,
                    victim.gateway
                            .findByKey(account, "r")
                            .await()
                            .indefinitely()
                            .operation()
                            .version());
            victim.close();
            assertTrue(noted);
        }
    }

    private static void daemon(Runnable runnable) {
        Thread thread = new Thread(runnable);
        thread.setDaemon(true);
        thread.start();
    }

    private static void pump(
            java.net.Socket from, java.net.Socket to, java.util.concurrent.atomic.AtomicBoolean frozen) {
        byte[] bytes = new byte[65536];
        try {
            for (int n = from.getInputStream().read(bytes);
                    n >= 0;
                    n = from.getInputStream().read(bytes)) {
                if (!frozen.get()) {
                    to.getOutputStream().write(bytes, 0, n);
                    to.getOutputStream().flush();
                }
            }
        } catch (java.io.IOException e) {
            // cut
        }
    }
}
