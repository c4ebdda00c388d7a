package dev.stampede.gateway;

import static dev.stampede.support.TestGateway.account;
import static dev.stampede.support.TestGateway.done;
import static dev.stampede.support.TestGateway.earn;
import static dev.stampede.support.TestGateway.redeem;
import static dev.stampede.support.TestGateway.voidKey;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.account.AccountId;
import dev.stampede.account.Operation;
import dev.stampede.account.OperationType;
import dev.stampede.account.Proposal;
import dev.stampede.codec.LapseRules;
import dev.stampede.points.Grace;
import dev.stampede.points.Refusal;
import dev.stampede.seal.Outcome;
import dev.stampede.support.Ask;
import io.vertx.redis.client.Command;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A call that was voided before it arrived never happens. */
class VoidBeforeArrivalTest extends TwoGateways {
    @Test
    void aVoidBeforeTheFirstEarn() {
        AccountId account = account("void-first");
        Answer.Sealed voided = assertInstanceOf(Answer.Sealed.class, gateway.ask(voidKey(account, "v", "later")));
        assertTrue(voided.operation().ok());
        assertEquals(new Answer.Refused(Refusal.VOIDED, true), gateway.ask(earn(account, "later", 100)));
        forget(account);
        assertEquals(new Answer.Refused(Refusal.VOIDED, true), gateway.ask(earn(account, "later", 100)));
        assertEquals(
                100, done(gateway.ask(earn(account, "e", 100))).image().state().available());
    }

    @Test
    void aVoidMeetsItsCallInFlight() {
        AccountId account = account("void-race");
        done(gateway.ask(earn(account, "e", 100)));
        List<Proposal> inFlight = parts.propose(redeem(account, "k", 30));
        // the call is in Redis, unsealed, when the void comes: it is sealed first, then undone
        assertEquals(
                100,
                done(gateway.ask(voidKey(account, "v", "k"))).image().state().available());
        assertNotEquals(Outcome.SEALED, parts.seal(inFlight));
        // and when Redis forgot it: the void claims the key, and the call can't be sealed any more
        List<Proposal> late = parts.propose(redeem(account, "k2", 30));
        forget(account);
        assertEquals(
                100,
                done(gateway.ask(voidKey(account, "v2", "k2"))).image().state().available());
        assertNotEquals(Outcome.SEALED, parts.seal(late));
        assertEquals(new Answer.Refused(Refusal.VOIDED, true), gateway.ask(redeem(account, "k2", 30)));
    }

    /** As an earlier release wrote it. */
    @Test
    void aCallThatDoesNotSayWhoseItIsIsNobodysOwn() {
        AccountId account = account("of-nobody");
        done(gateway.ask(earn(account, "e", 100)));
        done(gateway.ask(redeem(account, "k", 30)));
        Operation.Header header = Ask.of(OperationType.VOID, account)
                .by("member:ada")
                .key("v", "void k")
                .voids("k")
                .build()
                .header();
        Operation own = new Operation.VoidCall(header, "k", false, LapseRules.NONE, Grace.NONE, true);
        assertThrows(NotTheirs.class, () -> gateway.ask(own));
        forget(account);
        assertThrows(NotTheirs.class, () -> gateway.ask(own));
        assertEquals(70, ledger.available(account));
        assertEquals(
                100,
                done(gateway.ask(voidKey(account, "v2", "k"))).image().state().available());
    }

    @Test
    void aVoidBeforeItsCallIsOneSeal() {
        AccountId account = account("one-seal");
        done(gateway.ask(earn(account, "e", 100)));
        long before = seals();
        done(gateway.ask(voidKey(account, "v", "never-came")));
        assertEquals(1, seals() - before);
    }

    @Test
    void aTombstoneWithoutItsVoidIsVoidedByTheRetry() {
        AccountId account = account("half-void");
        done(gateway.ask(earn(account, "e", 100)));
        List<Proposal> chain =
                parts.propose(voidKey(account, "v", "k"), parts.facts(account, java.util.UUID.randomUUID()));
        assertEquals(2, chain.size());
        assertEquals(Outcome.SEALED, parts.seal(chain.subList(0, 1))); // and dies
        parts.redis(Command.DEL, account.redisKey());

        done(gateway.ask(voidKey(account, "v", "k")));
        assertEquals(new Answer.Refused(Refusal.VOIDED, true), gateway.ask(earn(account, "k", 1)));
        assertEquals(
                "voided",
                assertInstanceOf(Answer.Sealed.class, gateway.ask(voidKey(account, "v2", "k")))
                        .operation()
                        .outcome());
    }

    @Test
    void aDeclinedVoidClaimsNoKey() {
        AccountId account = account("frozen");
        done(gateway.ask(earn(account, "e", 100)));
        done(gateway.ask(Ask.of(OperationType.FREEZE, account).key("f", "f").build()));
        assertEquals(
                "account_frozen",
                sealed(gateway.ask(voidKey(account, "v", "later"))).outcome());
        done(gateway.ask(Ask.of(OperationType.UNFREEZE, account).key("u", "u").build()));
        assertTrue(done(gateway.ask(redeem(account, "later", 10))).ok());
    }

    @Test
    void aVoidOfItsOwnKey() throws Exception {
        AccountId account = account("self");
        done(gateway.ask(earn(account, "e", 100)));
        // its tombstone has claimed the key, and there is no other operation of it
        assertEquals(new Answer.Refused(Refusal.VOIDED, true), gateway.ask(voidKey(account, "k", "k")));
        assertEquals(new Answer.Refused(Refusal.VOIDED, true), gateway.ask(redeem(account, "k", 10)));
        assertEquals(100, ledger.available(account));
        done(other.ask(redeem(account, "r", 10)));
        assertEquals(90, ledger.available(account));
    }

    private long seals() {
        return gateway.registry.get("stampede.seal").timer().count();
    }
}
