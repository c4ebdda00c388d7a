package dev.stampede.gateway;

import static dev.stampede.support.TestGateway.account;
import static dev.stampede.support.TestGateway.declined;
import static dev.stampede.support.TestGateway.done;
import static dev.stampede.support.TestGateway.earn;
import static dev.stampede.support.TestGateway.get;
import static dev.stampede.support.TestGateway.redeem;
import static dev.stampede.support.TestGateway.voidKey;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.account.AccountId;
import dev.stampede.account.Image;
import dev.stampede.account.LedgerSnapshot;
import dev.stampede.account.Proposal;
import dev.stampede.account.SealedOperation;
import dev.stampede.seal.Outcome;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Response;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** An image of an earlier time, of another history or of another epoch is not taken for the account's. */
class OutdatedImageTest extends TwoGateways {
    @Test
    void anOldImageThatWasRestoredCannotPayAgain() {
        AccountId account = account("restored");
        done(gateway.ask(earn(account, "e", 100)));
        var copy = parts.redis(Command.DUMP, account.redisKey()).toBuffer();
        done(gateway.ask(redeem(account, "k", 100)));
        parts.restore(account, copy);
        assertEquals("insufficient_points", declined(gateway.ask(redeem(account, "k2", 100))));
    }

    @Test
    void aStaleImageIsRepairedByWhoeverReverses() throws Exception {
        AccountId account = account("stale");
        done(gateway.ask(earn(account, "e", 100)));
        done(gateway.ask(redeem(account, "r", 10)));
        TimeUnit.MILLISECONDS.sleep(50);
        Response copy = parts.redis(Command.DUMP, account.redisKey());
        done(gateway.ask(earn(account, "e2", 1)));
        TimeUnit.MILLISECONDS.sleep(50);
        parts.restore(account, copy.toBuffer());
        assertTrue(done(gateway.ask(voidKey(account, "v", "r"))).ok());
        assertEquals(101, ledger.available(account));
    }

    @Test
    void anotherHistoryOfTheSameVersionIsNotTaken() {
        AccountId account = account("other-history");
        done(gateway.ask(earn(account, "e", 100)));
        List<Proposal> lost = parts.propose(redeem(account, "k1", 10));
        forget(account);
        SealedOperation kept = done(gateway.ask(redeem(account, "k2", 60)));
        assertEquals(last(lost).decision().version(), kept.version());
        // Redis comes back with the history that was never sealed
        parts.put(account, last(lost).image());
        assertEquals("insufficient_points", declined(gateway.ask(redeem(account, "k3", 50))));
    }

    @Test
    void anImageOfAnotherEpochIsNotTrusted() {
        AccountId account = account("epoch");
        done(gateway.ask(earn(account, "e", 100)));
        parts.edit(account, "\"available\":100", "\"available\":900");
        parts.redis(Command.HSET, account.redisKey(), "f", Image.FORMAT + " another-timeline");
        assertEquals(
                100,
                get(gateway.gateway.peek(account).subscribeAsCompletionStage())
                        .image()
                        .state()
                        .available());
        assertEquals(
                99, done(gateway.ask(redeem(account, "k", 1))).image().state().available());
    }

    @Test
    void anImageThatWasReadBeforeTheNewestWasSealedGoesWhenThatIsNoted() {
        AccountId account = account("read-before");
        SealedOperation earned = done(gateway.ask(earn(account, "e", 100)));
        Proposal redeemed = last(parts.propose(redeem(account, "k", 30)));
        // a gateway with another form of images counts all that as not loaded
        parts.put(account, earned.image());
        assertEquals(Outcome.SEALED, parts.seal(List.of(redeemed)));
        assertFalse(parts.note(redeemed));
        assertEquals(
                70,
                get(gateway.gateway.peek(account).subscribeAsCompletionStage())
                        .image()
                        .state()
                        .available());
    }

    @Test
    void anImageThatWasReadBeforeTheNewestWasSealedDoesNotStayInItsPlace() {
        AccountId account = account("put-behind");
        SealedOperation earned = done(gateway.ask(earn(account, "e", 100)));
        done(gateway.ask(redeem(account, "k", 30)));
        await().atMost(10, TimeUnit.SECONDS)
                .until(() ->
                        parts.ask((proposer, ledger) -> proposer.peek(account)).isSealed());
        parts.redis(Command.HSET, account.redisKey(), "f", "9 of-another-release");
        double alarms = gateway.registry
                .get("stampede.drift")
                .tag("found", "ahead")
                .counter()
                .count();
        parts.ask((proposer, ledger) -> new Loader(proposer, ledger, new GatewayMeters(gateway.registry))
                .put(account, new LedgerSnapshot(earned.image(), null, List.of())));
        assertEquals(
                70,
                get(gateway.gateway.peek(account).subscribeAsCompletionStage())
                        .image()
                        .state()
                        .available());
        assertEquals(
                alarms,
                gateway.registry
                        .get("stampede.drift")
                        .tag("found", "ahead")
                        .counter()
                        .count());
    }

    @Test
    void historyThatPostgresLostRaisesAnAlarm() {
        AccountId account = account("lost-history");
        SealedOperation earned = done(gateway.ask(earn(account, "e", 100)));
        Image image = earned.image();
        // Redis comes from another timeline, on which more was sealed
        parts.redis(Command.DEL, account.redisKey());
        parts.redis(
                Command.HSET,
                account.redisKey(),
                "f",
                Image.FORMAT + " another-timeline",
                "i",
                image.text(),
                "h",
                "9",
                "s",
                "9 " + UUID.randomUUID());
        done(gateway.ask(redeem(account, "k", 1)));
        assertTrue(gateway.registry
                        .get("stampede.drift")
                        .tag("found", "ahead")
                        .counter()
                        .count()
                >= 1);
    }
}
