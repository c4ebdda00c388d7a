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
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.account.AccountId;
import dev.stampede.account.Proposal;
import dev.stampede.account.Receipt;
import dev.stampede.account.SealedOperation;
import dev.stampede.account.TargetFacts;
import dev.stampede.points.Lot;
import dev.stampede.seal.Outcome;
import io.vertx.redis.client.Command;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** What was done is undone at most once, and never more of it than there was. */
class ReversalTest extends TwoGateways {
    @Override
    Map<String, String> settings() {
        return and(ALONE, "stampede.gateway.answer-timeout", "4s");
    }

    @Test
    void reversalsOfOneRunNeverExceedTheOriginal() throws Exception {
        AccountId account = account("overspend");
        done(gateway.ask(earn(account, "e", 100)));
        SealedOperation redeemed = done(gateway.ask(redeem(account, "r", 100)));
        long day = redeemed.entries().get(0).lots().get(0).day();
        TargetFacts facts = new TargetFacts(
                redeemed.id(),
                2,
                redeemed.id(),
                "redeem",
                false,
                100,
                List.of(new Lot(day, 100)),
                null,
                null,
                0,
                false,
                0,
                null,
                null,
                null,
                Receipt.NONE);
        parts.propose(reverse(account, "v1", redeemed.id(), 50L), facts);
        parts.redis(Command.HSET, account.redisKey(), "t:" + redeemed.id(), "3 1 0 1");
        parts.propose(reverse(account, "v2", redeemed.id(), 99L), facts);
        done(other.ask(earn(account, "e2", 1)));
        assertTrue(ledger.available(account) <= 101, "available " + ledger.available(account));
    }

    /** Of nothing no sum tells that it was undone, whoever forgets. */
    @Test
    void anEarnOfNothingIsReversedOnceWhateverRedisForgets() {
        AccountId account = account("nothing");
        SealedOperation earned = done(gateway.ask(earn(account, "e", 0)));
        assertTrue(done(gateway.ask(reverse(account, "v1", earned.id(), null))).ok());
        parts.redis(Command.DEL, account.redisKey());
        assertEquals(
                "already_reversed",
                sealed(other.ask(reverse(account, "v2", earned.id(), null))).outcome());
        assertEquals(
                "already_reversed",
                sealed(other.ask(voidKey(account, "v3", "e"))).outcome());
    }

    @Test
    void factsThatRedisForgedDontUndoMoreThanThereWas() {
        AccountId account = account("forged");
        done(gateway.ask(earn(account, "e", 100)));
        SealedOperation redeemed = done(gateway.ask(redeem(account, "r", 50)));
        done(gateway.ask(reverse(account, "v1", redeemed.id(), 50L)));
        parts.redis(Command.HSET, account.redisKey(), "t:" + redeemed.id(), "3 0 0 0");
        assertEquals("already_reversed", declined(gateway.ask(reverse(account, "v2", redeemed.id(), null))));
    }

    /** What is known of the operation to reverse is a moment old: so it is on an account that never rests. */
    @Test
    void whatWasReadAMomentAgoIsEnoughToReverse() {
        AccountId account = account("hot-reversed");
        UUID earned = done(gateway.ask(earn(account, "e", 100))).id();
        TargetFacts facts = parts.facts(account, earned);
        for (int i = 0; i < 20; i++) {
            done(gateway.ask(earn(account, "k" + i, 1)));
        }
        assertEquals(
                100 + 20 - 30,
                last(parts.propose(reverse(account, "r", earned, 30L), facts))
                        .image()
                        .state()
                        .available());
    }

    /** But not where something may have happened since that the image doesn't tell: it was loaded afresh. */
    @Test
    void whatWasReadBeforeTheImageWasLoadedIsNot() {
        AccountId account = account("hot-reloaded");
        UUID earned = done(gateway.ask(earn(account, "e", 100))).id();
        TargetFacts facts = parts.facts(account, earned);
        done(gateway.ask(reverse(account, "r", earned, null)));
        parts.redis(Command.DEL, account.redisKey());
        done(gateway.ask(earn(account, "k", 1)));
        AssertionError moved =
                assertThrows(AssertionError.class, () -> parts.propose(reverse(account, "r2", earned, null), facts));
        assertTrue(moved.getMessage().contains("FactsStale"), moved.getMessage());
    }

    /** Postgres counts the steps, whatever Redis thinks of them. */
    @Test
    void aStepThatIsNotNextIsRefusedAndTheRetryIsNot() {
        AccountId account = account("steps");
        done(gateway.ask(earn(account, "e", 100)));
        UUID redeemed = done(gateway.ask(redeem(account, "r", 100))).id();
        done(gateway.ask(reverse(account, "v1", redeemed, 30L)));
        parts.redis(Command.HSET, account.redisKey(), "t:" + redeemed, "3 30 0 0");
        List<Proposal> stale = parts.propose(reverse(account, "v2", redeemed, 20L), parts.facts(account, redeemed));
        // facts that were read at this very image are right: they are taken, not what Redis says
        assertEquals(1, last(stale).decision().step());
        parts.redis(Command.DEL, account.redisKey());
        done(gateway.ask(earn(account, "e2", 1)));
        TargetFacts facts = parts.facts(account, redeemed);
        done(gateway.ask(earn(account, "e3", 1)));
        parts.redis(Command.HSET, account.redisKey(), "t:" + redeemed, "3 30 0 0");
        stale = parts.propose(reverse(account, "v3", redeemed, 20L), facts);
        assertEquals(0, last(stale).decision().step());
        Outcome outcome = parts.seal(stale);
        assertEquals(Outcome.Fate.CULPRIT, outcome.fate());
        assertEquals(Outcome.Reason.TARGET, outcome.reason());

        parts.redis(Command.DEL, account.redisKey());
        done(gateway.ask(earn(account, "e4", 1)));
        parts.redis(Command.HSET, account.redisKey(), "t:" + redeemed, "3 30 0 0");
        assertEquals(
                53,
                done(gateway.ask(reverse(account, "v3", redeemed, 20L)))
                        .image()
                        .state()
                        .available());
    }

    @Test
    void twoGatewaysReversePartsAtOnce() {
        AccountId account = account("at-once");
        done(gateway.ask(earn(account, "e", 100)));
        UUID redeemed = done(gateway.ask(redeem(account, "r", 100))).id();
        List<CompletableFuture<Answer>> answers = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            answers.add((i % 2 == 0 ? gateway : other).submit(reverse(account, "v" + i, redeemed, 5L)));
        }
        answers.forEach(answer -> done(get(answer)));
        assertEquals(100, ledger.available(account));
        assertEquals(19, ledger.count("SELECT max(step) FROM operation WHERE target = '" + redeemed + "'"));
    }

    @Test
    void reversingAHoldIsNoBug() throws Exception {
        AccountId account = account("reverse-hold");
        done(gateway.ask(earn(account, "e", 100)));
        SealedOperation held = done(gateway.ask(hold(account, "h", 40)));
        SealedOperation reversal = sealed(gateway.ask(reverse(account, "v", held.id(), null)));
        assertEquals("reverse_exceeds_original", reversal.outcome());
        assertEquals(List.of(), reversal.entries());
        assertEquals(60, ledger.available(account));
        assertTrue(done(gateway.ask(capture(account, "c", held.id()))).ok());
    }

    @Test
    void aHoldIsVoidedByKeyThreeTimes() throws Exception {
        AccountId account = account("thrice");
        done(gateway.ask(earn(account, "e", 100)));
        done(gateway.ask(hold(account, "h", 40)));
        List<String> outcomes = new ArrayList<>();
        for (String key : List.of("v1", "v2", "v3")) {
            outcomes.add(sealed(gateway.ask(voidKey(account, key, "h"))).outcome());
            assertEquals(100, ledger.available(account));
        }
        assertEquals(List.of("ok", "voided", "voided"), outcomes);
    }

    @Test
    void reversalsOnAHotAccountAreNotStarved() throws Exception {
        AccountId account = account("hot");
        done(gateway.ask(earn(account, "e", 1_000_000)));
        List<SealedOperation> redeemed = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            redeemed.add(done(gateway.ask(redeem(account, "r" + i, 1))));
        }
        AtomicBoolean stop = new AtomicBoolean();
        Queue<String> unanswered = new ConcurrentLinkedQueue<>();
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 60; t++) {
            int n = t;
            Thread thread = new Thread(() -> {
                for (int i = 0; !stop.get(); i++) {
                    try {
                        done((n % 2 == 0 ? gateway : other).ask(redeem(account, "x" + n + "-" + i, 1)));
                    } catch (RuntimeException e) {
                        unanswered.add(e.toString());
                    }
                }
            });
            thread.start();
            threads.add(thread);
        }
        TimeUnit.MILLISECONDS.sleep(500);
        int starved = 0;
        for (int i = 0; i < 40; i++) {
            try {
                done((i % 2 == 0 ? gateway : other)
                        .ask(reverse(account, "v" + i, redeemed.get(i).id(), null)));
            } catch (Unavailable e) {
                starved++;
            }
        }
        stop.set(true);
        for (Thread thread : threads) {
            thread.join();
        }
        assertEquals(0, starved);
        assertEquals(List.of(), List.copyOf(unanswered));
    }
}
