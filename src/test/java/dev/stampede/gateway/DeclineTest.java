package dev.stampede.gateway;

import static dev.stampede.support.TestGateway.account;
import static dev.stampede.support.TestGateway.capture;
import static dev.stampede.support.TestGateway.declined;
import static dev.stampede.support.TestGateway.done;
import static dev.stampede.support.TestGateway.earn;
import static dev.stampede.support.TestGateway.get;
import static dev.stampede.support.TestGateway.hold;
import static dev.stampede.support.TestGateway.redeem;
import static dev.stampede.support.TestGateway.reverse;
import static dev.stampede.support.TestGateway.voidKey;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.stampede.account.AccountId;
import dev.stampede.account.SealedOperation;
import dev.stampede.points.Refusal;
import io.vertx.redis.client.Command;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** No decline is sealed that does not rest on what Postgres has: it would be replayed for ever. */
class DeclineTest extends TwoGateways {
    @Test
    void aDeclineOnALyingBalanceIsNotAnswered() {
        AccountId account = account("lying");
        done(gateway.ask(earn(account, "e", 100)));
        parts.edit(account, "\"available\":100", "\"available\":10");
        parts.edit(account, ",100]]", ",10]]");
        done(gateway.ask(redeem(account, "k", 100)));
    }

    /** It would be sealed, and replayed for ever. */
    @Test
    void aDeclineThatRestsOnAnEditedHoldIsNotSealed() {
        for (String lie : List.of("voided", "expired", "undone", "5 0", "0 1")) {
            AccountId account = account("held-" + lie.replace(' ', '-'));
            done(gateway.ask(earn(account, "e", 100)));
            SealedOperation held = done(gateway.ask(hold(account, "h", 30)));
            done(gateway.ask(capture(account, "c", held.id())));
            pretend(account, held.id(), lie);
            assertEquals("hold_captured", declined(gateway.ask(voidHold(account, "v", held.id()))), lie);
            pretend(account, held.id(), lie);
            assertEquals("hold_captured", declined(gateway.ask(capture(account, "c2", held.id()))), lie);
            pretend(account, held.id(), lie);
            assertEquals("hold_captured", declined(gateway.ask(voidKey(account, "vk", "h"))), lie);
        }
    }

    @Test
    void aHoldThatWasNeverMadeIsNotFound() {
        AccountId account = account("no-hold");
        done(gateway.ask(earn(account, "e", 100)));
        UUID none = UUID.randomUUID();
        pretend(account, none, "captured");
        Answer.Refused refused = assertInstanceOf(Answer.Refused.class, gateway.ask(voidHold(account, "v", none)));
        assertEquals(Refusal.HOLD_NOT_FOUND, refused.refusal());
        assertEquals(List.of(), ledger.byKey(account, "v"));
    }

    @Test
    void aDeclineThatRestsOnAnEditedReversalIsNotSealed() {
        for (String lie : List.of("60 0 1", "60 1 1", "0 1 1", "30 0 1", "0 0 3", "captured")) {
            AccountId account = account("reversed-" + lie.replace(' ', '-'));
            done(gateway.ask(earn(account, "e", 100)));
            SealedOperation redeemed = done(gateway.ask(redeem(account, "r", 60)));
            pretend(account, redeemed.id(), lie);
            SealedOperation reversed = done(gateway.ask(reverse(account, "v", redeemed.id(), 50L)));
            assertEquals(90, reversed.image().state().available(), lie);
            pretend(account, redeemed.id(), "0 0 0");
            assertEquals(
                    "reverse_exceeds_original", declined(gateway.ask(reverse(account, "v2", redeemed.id(), 50L))), lie);
            pretend(account, redeemed.id(), "60 1 2");
            done(gateway.ask(voidKey(account, "vk", "r")));
            assertEquals("voided", declined(gateway.ask(reverse(account, "v3", redeemed.id(), 1L))), lie);
        }
    }

    @Test
    void noAccountIsDeniedOnRedisWordAlone() {
        AccountId account = account("denied");
        done(gateway.ask(earn(account, "e", 100)));
        parts.edit(account, "\"enrolled\":true", "\"enrolled\":false");
        done(gateway.ask(redeem(account, "r", 10)));
    }

    @Test
    void noReversalIsDeniedOnAnEditedCounter() {
        AccountId account = account("counter");
        done(gateway.ask(earn(account, "e", 100)));
        SealedOperation redeemed = done(gateway.ask(redeem(account, "r", 10)));
        parts.redis(Command.HSET, account.redisKey(), "t:" + redeemed.id(), "3 10 0 1");
        assertEquals(
                "ok",
                sealed(gateway.ask(reverse(account, "v", redeemed.id(), null))).outcome());
    }

    /** Declines of one run rest on what the run itself has done. */
    @Test
    void declinesBehindWhatTheyRestOn() {
        AccountId account = account("in-run");
        done(gateway.ask(earn(account, "e", 100)));
        SealedOperation redeemed = done(gateway.ask(redeem(account, "r", 60)));
        SealedOperation held = done(gateway.ask(hold(account, "h", 30)));
        double rewinds = count("stampede.rewinds");
        List<CompletableFuture<Answer>> answers = List.of(
                gateway.submit(reverse(account, "v1", redeemed.id(), 60L)),
                gateway.submit(reverse(account, "v2", redeemed.id(), 1L)),
                gateway.submit(capture(account, "c1", held.id())),
                gateway.submit(capture(account, "c2", held.id())),
                gateway.submit(voidHold(account, "c3", held.id())));
        List<String> outcomes = answers.stream()
                .map(answer -> assertInstanceOf(Answer.Sealed.class, get(answer))
                        .operation()
                        .outcome())
                .toList();
        assertEquals(List.of("ok", "already_reversed", "ok", "hold_captured", "hold_captured"), outcomes);
        assertEquals(rewinds, count("stampede.rewinds"));
    }

    /** Redis thinks that this is left of an operation. */
    private void pretend(AccountId account, UUID operation, String left) {
        parts.redis(Command.HSET, account.redisKey(), "t:" + operation, "1 " + left);
    }
}
