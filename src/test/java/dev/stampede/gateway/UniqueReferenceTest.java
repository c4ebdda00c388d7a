package dev.stampede.gateway;

import static dev.stampede.support.TestGateway.account;
import static dev.stampede.support.TestGateway.declined;
import static dev.stampede.support.TestGateway.done;
import static dev.stampede.support.TestGateway.get;
import static dev.stampede.support.TestGateway.redeem;
import static dev.stampede.support.TestGateway.reverse;
import static dev.stampede.support.TestGateway.voidKey;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.account.AccountId;
import dev.stampede.account.Operation;
import dev.stampede.account.Proposal;
import dev.stampede.account.Receipt;
import dev.stampede.account.SealedOperation;
import dev.stampede.account.Unique;
import dev.stampede.seal.Outcome;
import dev.stampede.support.TestGateway;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** A receipt that counts once, over all accounts and gateways. */
class UniqueReferenceTest extends TwoGateways {
    private static final String USED = "reference_used";

    private static Operation earn(AccountId account, String key, String receipt) {
        return earn(account, key, new Unique("program", receipt, null));
    }

    private static Operation earn(AccountId account, String key, Unique unique) {
        Operation.Header header = new Operation.Header(account, key, "earn " + unique.name(), unique.name(), 1, null);
        return new Operation.Earn(header, 7, null, 30_000, null, null, true, Receipt.NONE, unique);
    }

    /** The operation because of which this one was declined. */
    private static UUID usedBy(Answer answer) {
        SealedOperation declined = assertInstanceOf(Answer.Sealed.class, answer).operation();
        assertEquals(USED, declined.outcome());
        return UUID.fromString(declined.receipt().contents().usedBy());
    }

    private long claims(String receipt) {
        return ledger.count("SELECT count(*) FROM claim WHERE name = '" + receipt + "'");
    }

    private long claims(String receipt, UUID operation) {
        return ledger.count(
                "SELECT count(*) FROM claim WHERE name = '" + receipt + "' AND operation = '" + operation + "'");
    }

    @Test
    void theSecondKeyIsDeclinedAndToldTheFirst() {
        AccountId one = account("once-1");
        SealedOperation first = done(gateway.ask(earn(one, "a", "r-once")));
        assertEquals(1, claims("r-once", first.id()));

        assertEquals(first.id(), usedBy(other.ask(earn(account("once-2"), "b", "r-once"))));
        Answer declined = gateway.ask(earn(one, "c", "r-once"));
        assertEquals(first.id(), usedBy(declined));
        Answer again = other.ask(earn(one, "c", "r-once"));
        assertEquals(first.id(), usedBy(again));
        assertTrue(assertInstanceOf(Answer.Sealed.class, again).replayed());
        assertEquals(sealed(declined).id(), sealed(again).id(), "it is sealed under its key");

        assertTrue(assertInstanceOf(Answer.Sealed.class, other.ask(earn(one, "a", "r-once")))
                .replayed());
        assertEquals(7, ledger.available(one));
        assertEquals(0, ledger.available(account("once-2")));
        assertEquals(1, claims("r-once", first.id()));
        done(gateway.ask(earn(one, "d", "r-once-2")));
        done(gateway.ask(earn(one, "e", new Unique("program:fuel", "r-once", null))));
    }

    @Test
    void ofManyAtOnceOneGetsThePoints() {
        List<CompletableFuture<Answer>> answers = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            TestGateway one = i % 2 == 0 ? gateway : other;
            answers.add(one.submit(earn(account("crowd-" + i % 20), "k-" + i, "r-crowd")));
        }
        List<UUID> sealed = new ArrayList<>();
        List<UUID> told = new ArrayList<>();
        for (CompletableFuture<Answer> answer : answers) {
            SealedOperation operation = sealed(get(answer));
            if (operation.ok()) {
                sealed.add(operation.id());
            } else {
                told.add(usedBy(get(answer)));
            }
        }
        assertEquals(1, sealed.size());
        assertEquals(59, told.size());
        assertEquals(List.of(sealed.get(0)), told.stream().distinct().toList());
        assertEquals(7, ledger.count("SELECT sum(available) FROM account WHERE account LIKE 'crowd-%'"));
        assertEquals(1, claims("r-crowd", sealed.get(0)));
    }

    /** Batches that claim the same receipts, in another order of accounts. */
    @Test
    void nobodyWaitsForWhoWaitsForHim() {
        List<CompletableFuture<Answer>> answers = new ArrayList<>();
        for (int i = 0; i < 120; i++) {
            answers.add(gateway.submit(earn(account("order-a" + i % 25), "k-" + i, "r-order-" + i % 60)));
            answers.add(other.submit(earn(account("order-b" + i % 25), "k-" + i, "r-order-" + (59 - i % 60))));
        }
        long done = answers.stream().filter(each -> sealed(get(each)).ok()).count();
        assertEquals(60, done);
        assertEquals(60, ledger.count("SELECT count(*) FROM claim WHERE name LIKE 'r-order-%'"));
        assertEquals(0, ledger.count("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"));
    }

    /** Somebody else is about to claim it, and then does not. */
    @Test
    void aClaimUnderWayIsWaitedFor() throws Exception {
        AccountId account = account("waiting");
        done(gateway.ask(earn(account, "first", "r-first")));
        try (Connection owner = DriverManager.getConnection(jdbcUrl);
                Statement claim = owner.createStatement()) {
            owner.setAutoCommit(false);
            claim.execute("INSERT INTO claim VALUES ('demo', 'program', 'r-waiting', 0, gen_random_uuid())");
            CompletableFuture<Answer> earn = gateway.submit(earn(account, "a", "r-waiting"));
            waitForLocks(1);
            assertFalse(earn.isDone());
            owner.rollback();
            done(get(earn));
        }
    }

    @Test
    void aRepeatedReceiptHurtsNobodyElseOnItsAccount() {
        AccountId account = account("busy");
        SealedOperation first = done(gateway.ask(earn(account, "first", "r-busy")));
        double discards = discards();
        double rewinds = count("stampede.rewinds");
        List<CompletableFuture<Answer>> others = new ArrayList<>();
        List<CompletableFuture<Answer>> repeated = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            others.add(gateway.submit(earn(account, "new-" + i, "r-busy-" + i)));
            if (i == 30) {
                repeated.add(gateway.submit(earn(account, "second", "r-busy")));
            }
        }
        for (CompletableFuture<Answer> each : others) {
            done(get(each));
        }
        assertEquals(first.id(), usedBy(get(repeated.get(0))));
        assertEquals(rewinds + 1, count("stampede.rewinds"));

        // from now on receipts of this account are looked up first
        for (int i = 0; i < 5; i++) {
            assertEquals(first.id(), usedBy(gateway.ask(earn(account, "later-" + i, "r-busy"))));
        }
        assertEquals(rewinds + 1, count("stampede.rewinds"));
        assertEquals(discards, discards(), "nobody's image is thrown away");
        assertEquals(61 * 7, ledger.available(account));
    }

    @Test
    void aReversedReceiptStaysUsed() {
        AccountId account = account("reversed");
        SealedOperation first = done(gateway.ask(earn(account, "a", "r-reversed")));
        done(gateway.ask(reverse(account, "b", first.id(), null)));
        assertEquals(first.id(), usedBy(gateway.ask(earn(account, "c", "r-reversed"))));
        assertEquals(first.id(), usedBy(other.ask(earn(account("reversed-2"), "d", "r-reversed"))));
    }

    @Test
    void aVoidedCallHasNotHappened() {
        AccountId account = account("voided");
        done(gateway.ask(earn(account, "a", "r-voided")));
        done(gateway.ask(voidKey(account, "v", "a")));
        SealedOperation second = done(other.ask(earn(account("voided-2"), "b", "r-voided")));
        assertEquals(1, claims("r-voided", second.id()));
        assertEquals(second.id(), usedBy(gateway.ask(earn(account, "c", "r-voided"))));

        // nor has one that was voided before it came
        done(gateway.ask(voidKey(account, "v2", "later")));
        assertEquals(0, claims("r-late"));
        done(gateway.ask(earn(account, "instead", "r-late")));
    }

    @Test
    void whatWasReversedInPartStaysUsedAlthoughTheRestIsVoided() {
        AccountId account = account("parts");
        SealedOperation first = done(gateway.ask(earn(account, "a", "r-parts")));
        done(gateway.ask(reverse(account, "b", first.id(), 3L)));
        done(gateway.ask(voidKey(account, "v", "a")));
        assertEquals(first.id(), usedBy(gateway.ask(earn(account, "c", "r-parts"))));
    }

    @Test
    void aForgottenKeyIsAnsweredAndNotDeclined() {
        AccountId account = account("forgotten-key");
        SealedOperation first = done(gateway.ask(earn(account, "a", "r-key")));
        forget(account, "a");
        Answer.Sealed again = assertInstanceOf(Answer.Sealed.class, gateway.ask(earn(account, "a", "r-key")));
        assertEquals(first.id(), again.operation().id());
        assertTrue(again.replayed());
        forget(account);
        assertEquals(first.id(), sealed(other.ask(earn(account, "a", "r-key"))).id());
    }

    @Test
    void aRunMayEarnVoidAndEarnAgain() {
        AccountId account = account("run");
        List<CompletableFuture<Answer>> answers = new ArrayList<>();
        List<Proposal> chain = new ArrayList<>(parts.propose(earn(account, "a", "r-run")));
        chain.addAll(parts.propose(earn(account, "b", "r-run-2")));
        chain.addAll(parts.propose(earn(account, "c", "r-run")));
        Outcome outcome = parts.seal(chain);
        assertEquals(new Outcome(Outcome.Fate.CULPRIT, Outcome.Reason.CLAIM, last(chain)), outcome);
        assertEquals(1, claims("r-run", chain.get(0).id()), "a run is sealed up to its culprit");
        assertEquals(1, claims("r-run-2"));
        forget(account);
        answers.add(gateway.submit(voidKey(account, "v", "a")));
        answers.add(gateway.submit(earn(account, "d", "r-run")));
        done(get(answers.get(0)));
        String either = declined(get(answers.get(1))); // whichever came first
        assertTrue(either.equals("ok") || either.equals(USED), either);
    }

    @Test
    void whatIsNotSealedClaimsNothing() {
        AccountId account = account("unsealed");
        List<Proposal> chain = parts.propose(earn(account, "a", "r-unsealed"));
        forget(account);
        done(other.ask(earn(account, "b", "r-else"))); // the head moves
        assertEquals(Outcome.Reason.HEAD, parts.seal(chain).reason());
        assertEquals(0, claims("r-unsealed"));

        // in one batch with others, of which one is wrong
        done(gateway.ask(redeem(account, "c", 1)));
        noted(account);
        forget(account, "b");
        List<Proposal> run = new ArrayList<>(parts.propose(earn(account, "d", "r-before")));
        run.addAll(parts.propose(earn(account, "b", "r-else")));
        run.addAll(parts.propose(earn(account, "e", "r-behind")));
        Outcome behind = parts.seal(run);
        assertEquals(Outcome.Reason.KEY, behind.reason());
        assertEquals(1, claims("r-before", run.get(0).id()));
        assertEquals(0, claims("r-behind"));
        forget(account);
        done(gateway.ask(earn(account("unsealed-2"), "f", "r-behind")));
    }

    @Test
    void theSameProposalSealedTwiceKeepsItsReceipt() {
        AccountId account = account("twice");
        List<Proposal> chain = new ArrayList<>(parts.propose(earn(account, "a", "r-twice")));
        chain.addAll(parts.propose(earn(account, "b", "r-twice-2")));
        assertTrue(parts.seal(chain.subList(0, 1)).sealed());
        assertTrue(parts.seal(chain).sealed(), "a helper may send what was sealed");
        assertEquals(1, claims("r-twice", chain.get(0).id()));
        assertEquals(Outcome.Reason.HEAD, parts.seal(chain).reason());
        assertEquals(1, claims("r-twice", chain.get(0).id()));
        assertEquals(1, claims("r-twice-2", chain.get(1).id()));
        forget(account);
    }

    @Test
    void aDeclineMustBeRight() {
        AccountId account = account("lied");
        List<Proposal> chain = parts.propose(earn(account, "a", new Unique("program", "r-free", UUID.randomUUID())));
        assertEquals(USED, last(chain).decision().outcome());
        assertEquals(new Outcome(Outcome.Fate.CULPRIT, Outcome.Reason.CLAIM, last(chain)), parts.seal(chain));
        forget(account);
        SealedOperation earned = done(gateway.ask(earn(account, "a", "r-free")));
        assertNull(earned.receipt().contents().usedBy());

        // nor may it name another one than the first
        List<Proposal> wrong = parts.propose(earn(account, "b", new Unique("program", "r-free", UUID.randomUUID())));
        assertEquals(Outcome.Reason.CLAIM, parts.seal(wrong).reason());
        forget(account);
        assertEquals(earned.id(), usedBy(gateway.ask(earn(account, "b", "r-free"))));
    }

    @Test
    void aFrozenAccountSaysSoFirst() {
        AccountId account = account("frozen");
        done(gateway.ask(earn(account, "a", "r-frozen")));
        done(gateway.ask(new Operation.Freeze(Operation.Header.of(account, null), false, Receipt.NONE)));
        assertEquals("account_frozen", declined(gateway.ask(earn(account, "b", "r-frozen"))));
        assertEquals("account_frozen", declined(gateway.ask(earn(account, "c", "r-not-claimed"))));
        assertEquals(0, claims("r-not-claimed"));
    }

    @Test
    void aDryRunSaysIt() {
        AccountId account = account("dry");
        Operation earn = earn(account, "x", "r-dry");
        assertTrue(dry(earn).operation().ok());
        assertEquals(0, claims("r-dry"));
        SealedOperation first = done(gateway.ask(earn(account, "a", "r-dry")));
        SealedOperation would = dry(earn(account, "y", "r-dry")).operation();
        assertEquals(USED, would.outcome());
        assertEquals(first.id().toString(), would.receipt().contents().usedBy());
    }

    private Answer.Would dry(Operation operation) {
        return assertInstanceOf(
                Answer.Would.class,
                get(gateway.gateway.dryRun(operation, null, left -> {}).subscribeAsCompletionStage()));
    }

    @Test
    void whoeverWaitsForAReceiptIsAnsweredWhenItIsDecided() throws Exception {
        AccountId locked = account("locked");
        done(gateway.ask(earn(locked, "a", "r-locked")));
        try (Connection owner = lock(locked)) {
            CompletableFuture<Answer> slow = gateway.submit(earn(locked, "b", "r-slow"));
            waitForLocks(1);
            SealedOperation quick = done(other.ask(earn(account("quick"), "c", "r-slow")));
            owner.rollback();
            assertEquals(quick.id(), usedBy(get(slow)));
        }
    }
}
