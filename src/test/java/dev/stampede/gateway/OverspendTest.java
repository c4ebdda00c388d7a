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
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.stampede.account.AccountId;
import dev.stampede.account.Proposal;
import dev.stampede.account.SealedOperation;
import dev.stampede.account.TargetFacts;
import dev.stampede.seal.Outcome;
import dev.stampede.support.TestGateway;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Of all proposals that rest on one head one is sealed, whoever sends them: no points are spent twice. */
class OverspendTest extends TwoGateways {
    @Override
    Map<String, String> settings() {
        return COMPARED;
    }

    @Test
    void aPausedGatewayCannotSealWhatAnotherHasDeclined() {
        AccountId account = account("paused");
        done(gateway.ask(earn(account, "e", 100)));
        List<Proposal> paused = parts.propose(redeem(account, "k", 100));
        forget(account);
        done(gateway.ask(redeem(account, "x", 60)));
        assertEquals("insufficient_points", declined(gateway.ask(redeem(account, "k", 100))));
        assertNotEquals(Outcome.SEALED, parts.seal(paused));
        assertEquals("insufficient_points", declined(gateway.ask(redeem(account, "k", 100))));
        assertEquals(1, ledger.byKey(account, "k").size());
    }

    @Test
    void ofTwoForksInOneQueueOneIsSealed() throws Exception {
        AccountId account = account("forks");
        AccountId busy = account("forks-busy");
        done(gateway.ask(earn(account, "e", 100)));
        done(gateway.ask(earn(busy, "e", 100)));
        List<Proposal> one = parts.propose(redeem(account, "k1", 70));
        forget(account);
        List<Proposal> two = parts.propose(redeem(account, "k2", 80));
        assertEquals(last(one).decision().prev(), last(two).decision().prev());
        CompletableFuture<Outcome> first;
        CompletableFuture<Outcome> second;
        CompletableFuture<Outcome> blocked;
        try (Connection blocker = lock(busy)) {
            blocked = parts.sealing(parts.propose(redeem(busy, "k", 1)));
            waitForLocks(1);
            first = parts.sealing(one);
            second = parts.sealing(two);
            blocker.rollback();
        }
        assertEquals(Outcome.SEALED, get(blocked));
        assertEquals(Outcome.SEALED, get(first));
        assertNotEquals(Outcome.SEALED, get(second));
        assertEquals(
                30, done(gateway.ask(earn(account, "k3", 0))).image().state().available());
    }

    @Test
    void twoPartialReversalsAtOnce() {
        AccountId account = account("reversals");
        done(gateway.ask(earn(account, "e", 100)));
        SealedOperation redeemed = done(gateway.ask(redeem(account, "r", 50)));
        TargetFacts facts = parts.facts(account, redeemed.id());
        List<Proposal> one = parts.propose(reverse(account, "v1", redeemed.id(), 40L), facts);
        forget(account);
        List<Proposal> two = parts.propose(reverse(account, "v2", redeemed.id(), 40L), facts);
        assertEquals(Outcome.SEALED, parts.seal(one));
        assertNotEquals(Outcome.SEALED, parts.seal(two));
        assertEquals("reverse_exceeds_original", declined(gateway.ask(reverse(account, "v3", redeemed.id(), 40L))));
        assertEquals(
                100,
                done(gateway.ask(reverse(account, "v4", redeemed.id(), 10L)))
                        .image()
                        .state()
                        .available());
    }

    @Test
    void twoFirstEarnsOfOneAccount() {
        AccountId account = account("first");
        List<Proposal> one = parts.propose(earn(account, "k1", 10));
        forget(account);
        done(gateway.ask(earn(account, "k2", 5)));
        assertNotEquals(Outcome.SEALED, parts.seal(one));
        assertEquals(
                15, done(gateway.ask(earn(account, "k1", 10))).image().state().available());
    }

    @Test
    void twoFirstEarnsAtOnce() throws Exception {
        AccountId account = account("first-at-once");
        List<CompletableFuture<Answer>> answers = new ArrayList<>();
        try (TestGateway third = start(Map.of())) {
            for (int i = 0; i < 20; i++) {
                answers.add((i % 2 == 0 ? gateway : third).submit(earn(account, "k" + i, 1)));
                forget(account);
            }
            answers.forEach(answer -> done(get(answer)));
        }
        assertEquals(
                21, done(gateway.ask(earn(account, "last", 1))).image().state().available());
    }

    @Test
    void aRunStartsBehindWhatOthersHaveSealed() {
        AccountId account = account("trimmed");
        done(gateway.ask(earn(account, "e", 100)));
        List<Proposal> run = new ArrayList<>(parts.propose(redeem(account, "k1", 10)));
        run.addAll(parts.propose(redeem(account, "k2", 10)));
        // the gateway gateway seals the whole run while this one is slow, and goes on
        done(gateway.ask(redeem(account, "k3", 10)));
        assertNotEquals(Outcome.SEALED, parts.seal(run));
        assertEquals(
                70, done(gateway.ask(earn(account, "k4", 0))).image().state().available());
    }

    @Test
    void capturesStillWork() {
        AccountId account = account("c");
        done(gateway.ask(earn(account, "e", 100)));
        SealedOperation held = done(gateway.ask(hold(account, "h", 40)));
        done(other.ask(capture(account, "c", held.id())));
    }
}
