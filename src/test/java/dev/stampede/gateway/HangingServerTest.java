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
import dev.stampede.support.TestGateway;
import dev.stampede.support.Wire;
import dev.stampede.support.Wire.State;
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
        try (Wire wire = new Wire(backends.redis().port())) {
            TestGateway victim = startBehind(wire.port(), Map.of());
            AccountId account = account("cut");
            done(victim.ask(earn(account, "e", 100)));
            TimeUnit.MILLISECONDS.sleep(100);
            wire.state(State.MUTE);
            CompletableFuture<Answer> answer = victim.submit(redeem(account, "r", 10));
            TimeUnit.MILLISECONDS.sleep(300);
            wire.state(State.UP);
            wire.cut();
            Answer.Sealed sealed = assertInstanceOf(Answer.Sealed.class, get(answer));
            assertTrue(sealed.operation().ok());
            assertFalse(sealed.replayed(), "it was this very call");
            victim.close();
        }
    }

    @Test
    void aReconnectThatHangsIsGivenUp() throws Exception {
        try (Wire wire = new Wire(backends.redis().port())) {
            TestGateway victim = startBehind(wire.port(), Map.of());
            AccountId account = account("hang");
            done(victim.ask(earn(account, "e", 100)));
            wire.state(State.BLACK_HOLE);
            wire.cut();
            TimeUnit.SECONDS.sleep(2);
            wire.state(State.UP); // the dead host's connections stay, new ones would work
            Awaitility.await("not before the cut")
                    .atMost(Duration.ofSeconds(12))
                    .until(victim.gateway::redisUp);
            wire.cut();
            Awaitility.await("not after the cut")
                    .pollDelay(Duration.ofSeconds(1))
                    .atMost(Duration.ofSeconds(4))
                    .until(victim.gateway::redisUp);
            victim.close();
        }
    }

    /** Redis' host dies without a word, as at a partition: the connection stays open, new ones would work. */
    @Test
    void aConnectionThatHangsIsReplaced() throws Exception {
        try (Wire wire = new Wire(backends.redis().port())) {
            try (TestGateway victim = startBehind(wire.port(), Map.of())) {
                done(victim.ask(earn(account("hung"), "e", 100)));
                wire.abandon();
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
        try (Wire wire = new Wire(backends.postgres().port())) {
            TestGateway victim = startBefore(wire.port(), Map.of());
            AccountId account = account("lost-reply");
            done(victim.ask(earn(account, "e", 100)));
            TimeUnit.MILLISECONDS.sleep(100);
            wire.state(State.MUTE);
            CompletableFuture<Answer> answer = victim.submit(redeem(account, "r", 10));
            TimeUnit.MILLISECONDS.sleep(300);
            wire.state(State.UP);
            wire.cut();
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
}
