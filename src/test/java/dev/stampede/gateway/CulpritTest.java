package dev.stampede.gateway;

import static dev.stampede.support.TestGateway.account;
import static dev.stampede.support.TestGateway.done;
import static dev.stampede.support.TestGateway.earn;
import static dev.stampede.support.TestGateway.get;
import static dev.stampede.support.TestGateway.redeem;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.account.AccountId;
import dev.stampede.account.OperationType;
import dev.stampede.account.Proposal;
import dev.stampede.account.SealedOperation;
import dev.stampede.seal.Outcome;
import dev.stampede.support.Ask;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What Postgres refuses costs only its own caller, and nobody's image. */
class CulpritTest extends TwoGateways {
    @Test
    void aForgottenKeyIsAnsweredAndHurtsNobody() {
        AccountId account = account("forgotten");
        SealedOperation first = done(gateway.ask(earn(account, "old", 7)));
        done(gateway.ask(earn(account, "older", 7)));
        forget(account, "old");
        forget(account, "older");
        double discards = discards();
        double rewinds = count("stampede.rewinds");

        List<CompletableFuture<Answer>> others = new ArrayList<>();
        CompletableFuture<Answer> retry = null;
        for (int i = 0; i < 60; i++) {
            others.add(gateway.submit(earn(account, "new-" + i, 1)));
            if (i == 30) {
                retry = gateway.submit(earn(account, "old", 7));
            }
        }
        Answer.Sealed replay = assertInstanceOf(Answer.Sealed.class, get(retry));
        assertTrue(replay.replayed());
        assertEquals(first.id(), replay.operation().id());
        for (CompletableFuture<Answer> other : others) {
            done(get(other));
        }
        assertEquals(rewinds + 1, count("stampede.rewinds"));
        assertEquals(discards, discards());

        // from now on such keys are looked up first
        double lookUps = count("stampede.key.lookups");
        Answer.Sealed again = assertInstanceOf(Answer.Sealed.class, gateway.ask(earn(account, "older", 7)));
        assertTrue(again.replayed());
        done(gateway.ask(earn(account, "newest", 1)));
        assertEquals(lookUps + 2, count("stampede.key.lookups"));
        assertEquals(rewinds + 1, count("stampede.rewinds"));
        assertEquals(discards, discards());
        assertEquals(
                75, done(gateway.ask(earn(account, "end", 0))).image().state().available());
    }

    @Test
    void aRunIsSealedUpToItsCulprit() {
        AccountId account = account("culprit");
        done(gateway.ask(earn(account, "old", 7)));
        noted(account);
        forget(account, "old");
        List<Proposal> chain = new ArrayList<>(parts.propose(redeem(account, "before", 1)));
        chain.addAll(parts.propose(earn(account, "old", 7)));
        chain.addAll(parts.propose(redeem(account, "behind", 2)));
        assertEquals(3, chain.size());
        Proposal culprit = chain.get(1);

        assertEquals(new Outcome(Outcome.Fate.BEHIND, Outcome.Reason.KEY, culprit), parts.seal(chain));
        assertEquals(List.of(chain.get(0).id()), ledger.byKey(account, "before"));
        assertEquals(List.of(), ledger.byKey(account, "behind"));
        assertEquals(
                4,
                done(gateway.ask(redeem(account, "behind", 2))).image().state().available());
    }

    @Test
    void aCulpritThatComesFirstSealsNothing() {
        AccountId account = account("culprit-first");
        done(gateway.ask(earn(account, "old", 7)));
        noted(account);
        forget(account, "old");
        List<Proposal> chain = new ArrayList<>(parts.propose(earn(account, "old", 7)));
        chain.addAll(parts.propose(redeem(account, "behind", 2)));
        assertEquals(new Outcome(Outcome.Fate.BEHIND, Outcome.Reason.KEY, chain.get(0)), parts.seal(chain));
        assertEquals(1, ledger.count("SELECT count(*) FROM operation WHERE account = 'culprit-first'"));
        assertEquals(
                5,
                done(gateway.ask(redeem(account, "behind", 2))).image().state().available());
    }

    @Test
    void ofTwoUnderOneKeyInARunTheSecondIsTheCulprit() {
        AccountId account = account("twice");
        done(gateway.ask(earn(account, "e", 1)));
        noted(account);
        List<Proposal> chain = new ArrayList<>(parts.propose(earn(account, "k", 7)));
        forget(account, "k");
        chain.addAll(parts.propose(earn(account, "k", 7)));
        assertEquals(new Outcome(Outcome.Fate.CULPRIT, Outcome.Reason.KEY, chain.get(1)), parts.seal(chain));
        assertEquals(List.of(chain.get(0).id()), ledger.byKey(account, "k"));
        assertEquals(
                8, done(gateway.ask(earn(account, "end", 0))).image().state().available());
    }

    @Test
    void aPoisonedProposalAmongInnocents() throws Exception {
        AccountId busy = account("poison-busy");
        done(gateway.ask(earn(busy, "e", 100)));
        List<CompletableFuture<Outcome>> innocents = new ArrayList<>();
        CompletableFuture<Outcome> culprit;
        try (Connection blocker = lock(busy)) {
            CompletableFuture<Outcome> blocked = parts.sealing(parts.propose(redeem(busy, "k", 1)));
            waitForLocks(1);
            for (int i = 0; i < 5; i++) {
                innocents.add(parts.sealing(parts.propose(earn(account("innocent-" + i), "k", 1))));
            }
            AccountId poisoned = account("poisoned");
            // Postgres can't store U+0000
            culprit = parts.sealing(parts.propose(Ask.of(OperationType.EARN, poisoned)
                    .key("k", "f")
                    .points(1L)
                    .lot(30000, null)
                    .autoEnrol(true)
                    .reference("a\0b")
                    .build()));
            for (int i = 5; i < 10; i++) {
                innocents.add(parts.sealing(parts.propose(earn(account("innocent-" + i), "k", 1))));
            }
            blocker.rollback();
            assertEquals(Outcome.SEALED, get(blocked));
        }
        for (CompletableFuture<Outcome> innocent : innocents) {
            assertEquals(Outcome.SEALED, get(innocent));
        }
        assertEquals(Outcome.POISONED, get(culprit));
    }

    @Test
    void aPoisonedOperationIsABugAndTheAccountGoesOn() {
        AccountId account = account("poisoned-alone");
        done(gateway.ask(earn(account, "e", 100)));
        assertThrows(
                IllegalStateException.class,
                () -> gateway.ask(Ask.of(OperationType.REDEEM, account)
                        .key("k", "f")
                        .points(1L)
                        .reference("a\0b")
                        .build()));
        assertEquals(
                99, done(gateway.ask(redeem(account, "k2", 1))).image().state().available());
    }
}
