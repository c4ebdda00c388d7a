package dev.stampede.gateway;

import static dev.stampede.support.TestGateway.account;
import static dev.stampede.support.TestGateway.done;
import static dev.stampede.support.TestGateway.earn;
import static dev.stampede.support.TestGateway.get;
import static dev.stampede.support.TestGateway.redeem;
import static dev.stampede.support.TestGateway.voidKey;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.account.AccountId;
import dev.stampede.account.Proposal;
import dev.stampede.seal.Outcome;
import io.vertx.redis.client.Command;
import java.sql.Connection;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Whoever asks for a key is told what is known, and never that nothing happened while it still may. */
class KeyLookupTest extends TwoGateways {
    @Test
    void aKeyThatIsBeingSealedIsOfUnknownOutcome() throws Exception {
        AccountId account = account("asked");
        done(gateway.ask(earn(account, "e", 100)));
        CompletableFuture<Answer> underWay;
        try (Connection blocker = lock(account)) {
            underWay = gateway.submit(redeem(account, "k", 30));
            waitForLocks(1);
            Unavailable unknown = assertThrows(
                    Unavailable.class,
                    () -> get(gateway.gateway.findByKey(account, "k").subscribeAsCompletionStage()));
            assertEquals(Unavailable.Code.OUTCOME_UNKNOWN, unknown.code());
            blocker.rollback();
        }
        assertEquals(done(get(underWay)).id(), byKey(account, "k").operation().id());

        // what somebody has left is sealed for whoever asks
        parts.propose(redeem(account, "left", 30));
        assertEquals("left", byKey(account, "left").operation().key());
        assertNull(get(gateway.gateway.findByKey(account, "never").subscribeAsCompletionStage())
                .operation());
    }

    @Test
    void aKeyThatWasSealedWithoutTellingRedisIsFoundAtOnce() {
        AccountId account = account("asked-after-kill");
        done(gateway.ask(earn(account, "e", 100)));
        List<Proposal> untold = parts.propose(redeem(account, "k", 30));
        assertEquals(Outcome.SEALED, parts.seal(untold));
        assertEquals(
                last(untold).id(),
                get(gateway.gateway.findByKey(account, "k").subscribeAsCompletionStage())
                        .operation()
                        .id());
    }

    /** A reader who meets what a gateway has left gets an answer, and not for ever that it is on its way. */
    @Test
    void aKeyThatWasLeftIsSealedOrIsNot() {
        AccountId account = account("left");
        done(gateway.ask(earn(account, "old", 7)));
        noted(account);
        parts.propose(redeem(account, "left", 1));
        assertEquals("left", byKey(account, "left").operation().key());

        forget(account, "old");
        parts.propose(earn(account, "old", 7));
        parts.propose(redeem(account, "behind", 2));
        assertNull(byKey(account, "behind").operation());
        assertEquals(
                6, done(gateway.ask(earn(account, "end", 0))).image().state().available());
    }

    @Test
    void anOldKeyLeavesNothingInRedis() throws Exception {
        AccountId account = account("old-key");
        done(gateway.ask(earn(account, "e", 100)));
        parts.redis(Command.HDEL, account.redisKey(), "k:e", "v1"); // forgotten: 1000 operations ago
        assertTrue(assertInstanceOf(Answer.Sealed.class, gateway.ask(earn(account, "e", 100)))
                .replayed());
        TimeUnit.MILLISECONDS.sleep(300);
        long shown = gateway.gateway
                .peek(account)
                .await()
                .indefinitely()
                .image()
                .state()
                .available();
        assertEquals(
                1,
                gateway.gateway
                        .findByKey(account, "e")
                        .await()
                        .indefinitely()
                        .operation()
                        .version());
        assertTrue(done(gateway.ask(voidKey(account, "v", "e"))).ok());
        assertEquals(100, shown);
    }

    @Test
    void aKeyThatOnlyRedisKnows() {
        AccountId account = account("invented-key");
        done(gateway.ask(earn(account, "e", 100)));
        parts.redis(Command.HSET, account.redisKey(), "k:r", "1 " + UUID.randomUUID());
        done(gateway.ask(redeem(account, "r", 10)));
    }
}
