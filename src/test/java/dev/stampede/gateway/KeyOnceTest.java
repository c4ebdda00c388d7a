package dev.stampede.gateway;

import static dev.stampede.support.TestGateway.account;
import static dev.stampede.support.TestGateway.done;
import static dev.stampede.support.TestGateway.earn;
import static dev.stampede.support.TestGateway.get;
import static dev.stampede.support.TestGateway.redeem;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.account.AccountId;
import dev.stampede.account.SealedOperation;
import dev.stampede.points.Refusal;
import dev.stampede.seal.Outcome;
import io.vertx.redis.client.Command;
import java.sql.Connection;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** A key takes effect once, whatever Redis forgets of it or makes up. */
class KeyOnceTest extends TwoGateways {
    @Override
    Map<String, String> settings() {
        return COMPARED;
    }

    @Test
    void aKeyEvictedWhileItsCommitIsInFlightTakesEffectOnce() throws Exception {
        AccountId account = account("evicted");
        done(gateway.ask(earn(account, "e", 100)));
        CompletableFuture<Outcome> first;
        CompletableFuture<Answer> second;
        try (Connection blocker = lock(account)) {
            first = parts.sealing(parts.propose(redeem(account, "k", 30)));
            waitForLocks(1);
            forget(account);
            second = gateway.submit(redeem(account, "k", 30));
            waitForLocks(2);
            blocker.rollback();
        }
        assertEquals(Outcome.SEALED, get(first));
        Answer.Sealed replay = assertInstanceOf(Answer.Sealed.class, get(second));
        assertTrue(replay.replayed());
        assertEquals(70, replay.operation().image().state().available());
        assertEquals(1, ledger.byKey(account, "k").size());
    }

    @Test
    void aKeyThatRedisForgotIsCaughtAtTheSeal() {
        AccountId account = account("forgotten-key");
        done(gateway.ask(earn(account, "e", 100)));
        SealedOperation redeemed = done(gateway.ask(redeem(account, "k", 30)));
        parts.redis(Command.HDEL, account.redisKey(), "k:k");
        Answer.Sealed replay = assertInstanceOf(Answer.Sealed.class, gateway.ask(redeem(account, "k", 30)));
        assertTrue(replay.replayed());
        assertEquals(redeemed.id(), replay.operation().id());
        parts.redis(Command.HDEL, account.redisKey(), "k:k");
        assertEquals(new Answer.Refused(Refusal.IDEMPOTENCY_KEY_REUSED), gateway.ask(redeem(account, "k", 31)));
    }

    @Test
    void anotherBodyUnderAForgottenKeyIsRefused() {
        AccountId account = account("forgotten-other");
        done(gateway.ask(earn(account, "old", 7)));
        forget(account, "old");
        Answer.Refused refused = assertInstanceOf(Answer.Refused.class, gateway.ask(redeem(account, "old", 7)));
        assertEquals(Refusal.IDEMPOTENCY_KEY_REUSED, refused.refusal());
        assertEquals(
                7, done(gateway.ask(earn(account, "end", 0))).image().state().available());
    }

    /** Two retries whose keys Redis has forgotten, each first on its own fork: the one must not hear of the gateway. */
    @Test
    void twoForgottenKeysAtOnceAreAnsweredEachWithItsOwn() throws Exception {
        for (int round = 0; round < 10; round++) {
            AccountId account = account("two-forgotten-" + round);
            SealedOperation first = done(gateway.ask(earn(account, "k1", 7)));
            SealedOperation second = done(gateway.ask(earn(account, "k2", 7)));
            parts.put(account, second.image()); // without its keys
            CompletableFuture<Answer> one;
            CompletableFuture<Answer> two;
            try (Connection blocker = lock(account)) {
                one = gateway.submit(earn(account, "k1", 7));
                waitForLocks(1);
                parts.put(account, second.image());
                two = gateway.submit(earn(account, "k2", 7));
                await().until(() -> parts.redis(Command.HGET, account.redisKey(), "k:k2") != null);
                blocker.rollback();
            }
            assertEquals(first.id(), done(get(one)).id());
            assertEquals(second.id(), done(get(two)).id());
            assertEquals(
                    14,
                    done(gateway.ask(earn(account, "end", 0))).image().state().available());
        }
    }

    @Test
    void aKeyInRedisThatPostgresDoesNotHaveIsNotBelieved() {
        AccountId account = account("forged-key");
        done(gateway.ask(earn(account, "e", 100)));
        parts.redis(Command.HSET, account.redisKey(), "k:k", "1 " + UUID.randomUUID());
        assertEquals(
                70, done(gateway.ask(redeem(account, "k", 30))).image().state().available());
    }
}
