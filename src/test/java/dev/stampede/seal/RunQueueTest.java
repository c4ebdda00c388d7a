package dev.stampede.seal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.stampede.account.AccountId;
import dev.stampede.account.Proposal;
import dev.stampede.seal.RunQueue.Pending;
import dev.stampede.seal.RunQueue.RunInFlight;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class RunQueueTest {
    private final EarningAccount ann = new EarningAccount("ann");
    private final EarningAccount bob = new EarningAccount("bob");
    private final EarningAccount cid = new EarningAccount("cid");
    private RunQueue queue = new RunQueue(100);

    @CanIgnoreReturnValue
    private Pending offer(EarningAccount account, Proposal proposal) {
        return queue.offer(account.id, proposal, false, 0);
    }

    @CanIgnoreReturnValue
    private List<Pending> offer(EarningAccount account, String... keys) {
        return Stream.of(keys).map(key -> offer(account, account.earn(key))).toList();
    }

    /** The batch that is to be sent next. */
    private List<RunInFlight> batch() {
        return queue.next(false).batch();
    }

    private static List<List<String>> keys(List<RunInFlight> batch) {
        return batch.stream().map(run -> keys(run)).toList();
    }

    private static List<String> keys(RunInFlight run) {
        return run.pendings().stream().map(RunQueueTest::key).toList();
    }

    private static String key(Pending pending) {
        return pending.proposal().operation().key();
    }

    private void landed(List<RunInFlight> batch) {
        batch.forEach(queue::landed);
    }

    @Test
    void aChainIsOneRun() {
        offer(ann, "a1", "a2", "a3");
        assertFalse(queue.isIdle());
        assertEquals(List.of(List.of("a1", "a2", "a3")), keys(batch()));
        assertTrue(queue.isIdle());
    }

    @Test
    void aForkWaitsForTheNextBatch() {
        offer(ann, ann.fork("fork"));
        offer(ann, "a1", "a2");
        List<RunInFlight> fork = batch();
        assertEquals(List.of(List.of("fork")), keys(fork));
        assertTrue(queue.isIdle(), "what waits may not go while a run is in flight");
        landed(fork);
        assertEquals(List.of(List.of("a1", "a2")), keys(batch()));
    }

    @Test
    void aGapEndsARun() {
        offer(ann, "a1");
        ann.earn("not offered");
        offer(ann, "a3");
        List<RunInFlight> first = batch();
        assertEquals(List.of(List.of("a1")), keys(first));
        landed(first);
        assertEquals(List.of(List.of("a3")), keys(batch()));
    }

    @Test
    void theSecondUseOfAKeyEndsARun() {
        offer(ann, "a", "b", "a", "c");
        List<RunInFlight> first = batch();
        assertEquals(List.of(List.of("a", "b")), keys(first));
        landed(first);
        assertEquals(List.of(List.of("a", "c")), keys(batch()));
    }

    @Test
    void operationsWithoutAKeyShareARun() {
        offer(ann, null, null);
        assertEquals(2, batch().get(0).pendings().size());
    }

    @Test
    void aBatchHasAccountsInTheOrderOfTheirLocks() {
        offer(cid, "c");
        offer(ann, "a");
        offer(bob, "b");
        List<AccountId> accounts = batch().stream().map(RunInFlight::account).toList();
        assertEquals(Stream.of(ann.id, bob.id, cid.id).sorted().toList(), accounts);
    }

    @Test
    void aBatchIsFullAtItsLimit() {
        queue = new RunQueue(3);
        offer(ann, "a1", "a2");
        offer(bob, "b1", "b2");
        offer(cid, "c1");
        List<RunInFlight> first = batch();
        assertEquals(
                Set.of(List.of("a1", "a2"), List.of("b1")), new HashSet<>(keys(first)), "who came first goes first");
        assertEquals(2, queue.waiting());
        landed(first);
        assertEquals(Set.of(List.of("c1"), List.of("b2")), new HashSet<>(keys(batch())));
    }

    @Test
    void waitingAreThoseThatWereNeverInABatch() {
        assertEquals(0, queue.waiting());
        offer(ann, "a1", "a2");
        assertEquals(2, queue.waiting());
        List<RunInFlight> batch = batch();
        assertEquals(0, queue.waiting());
        offer(ann, "a3");
        assertEquals(1, queue.waiting());
        queue.retryFirst(batch);
        assertEquals(1, queue.waiting());
    }

    @Test
    void whatRestsOnACulpritIsTaken() {
        List<Pending> run = offer(ann, "a1", "a2");
        List<RunInFlight> batch = batch();
        List<Pending> behind = offer(ann, "a3", "a4");
        ann.earn("not offered");
        offer(ann, "other");
        assertEquals(behind, queue.takeBehind(batch.get(0)));
        assertEquals(1, queue.waiting());
        assertSame(run.get(1), batch.get(0).last());
        landed(batch);
        assertEquals(List.of(List.of("other")), keys(batch()));
    }

    @Test
    void nothingIsTakenThatRestsOnSomethingElse() {
        Proposal fork = ann.fork("fork");
        offer(ann, "a1");
        List<RunInFlight> batch = batch();
        offer(ann, fork);
        assertEquals(List.of(), queue.takeBehind(batch.get(0)));
        assertEquals(1, queue.waiting());
    }

    @Test
    void flawedOnesAreHandedOut() {
        Pending flawed = offer(ann, ann.flawed("flawed"));
        RunQueue.Next next = queue.next(false);
        assertEquals(List.of(flawed), next.flawed());
        assertEquals(List.of(), next.batch());
        assertEquals(0, queue.waiting());
        assertTrue(queue.isIdle());
        assertNull(queue.find(ann.id, flawed.proposal().id()));
    }

    @Test
    void whatIsInFlightOrWaitsIsFound() {
        Pending inFlight = offer(ann, "a1").get(0);
        List<RunInFlight> batch = batch();
        Pending waiting = offer(ann, "a2").get(0);
        assertSame(inFlight, queue.find(ann.id, inFlight.proposal().id()));
        assertSame(waiting, queue.find(ann.id, waiting.proposal().id()));
        assertTrue(queue.holds(ann.id, "a1"));
        assertTrue(queue.holds(ann.id, "a2"));
        assertFalse(queue.holds(ann.id, "a3"));
        assertFalse(queue.holds(bob.id, "a1"));
        assertNull(queue.find(ann.id, UUID.randomUUID()));
        assertNull(queue.find(bob.id, inFlight.proposal().id()));
        landed(batch);
        assertNull(queue.find(ann.id, inFlight.proposal().id()));
        assertFalse(queue.holds(ann.id, "a1"));
    }

    @Test
    void retriesTakeTurnsWithNewOnes() {
        offer(ann, "a");
        List<RunInFlight> retried = batch();
        queue.retryLast(retried);
        offer(bob, "b");
        assertSame(retried, batch());
        queue.retryLast(retried);
        assertEquals(List.of(List.of("b")), keys(batch()));
        assertSame(retried, batch());
        queue.retryLast(retried);
        assertSame(retried, batch(), "nobody else is ready");
    }

    @Test
    void newOnesWaitWhereRetriesGoFirst() {
        offer(ann, "a");
        List<RunInFlight> retried = batch();
        offer(bob, "b");
        for (int i = 0; i < 3; i++) {
            queue.retryFirst(retried);
            assertSame(retried, queue.next(true).batch());
        }
        assertEquals(List.of(List.of("b")), keys(queue.next(true).batch()));
    }

    @Test
    void runsAreRetriedInHalvesAndNotCut() {
        offer(ann, "a1", "a2");
        offer(bob, "b1", "b2");
        List<RunInFlight> batch = batch();
        queue.retryLastInHalves(batch);
        List<RunInFlight> first = batch();
        List<RunInFlight> second = batch();
        assertEquals(batch, Stream.concat(first.stream(), second.stream()).toList());
        queue.retryLastInHalves(first);
        assertEquals(first, batch());
        assertFalse(queue.hasRetries());
    }

    @Test
    void halvingEndsAtSingleProposalsInTheirOrder() {
        offer(ann, IntStream.range(0, 5).mapToObj(i -> "a" + i).toArray(String[]::new));
        offer(bob, "b0", "b1");
        offer(cid, "c0");
        List<RunInFlight> whole = batch();
        List<String> all = whole.stream().flatMap(run -> keys(run).stream()).toList();
        List<String> alone = new ArrayList<>();
        ArrayDeque<List<RunInFlight>> batches = new ArrayDeque<>(List.of(whole));
        for (int calls = 0; !batches.isEmpty(); calls++) {
            assertTrue(calls < 2 * all.size(), "it does not end");
            List<RunInFlight> batch = batches.poll();
            if (!queue.halve(batch)) {
                assertEquals(1, batch.size());
                alone.addAll(keys(batch.get(0)));
                queue.landed(batch.get(0));
            }
            if (queue.hasRetries()) {
                batches.add(queue.next(true).batch());
            }
        }
        assertEquals(all, alone);
        assertTrue(queue.isIdle());
        assertFalse(queue.holds(ann.id, "a0"));
    }

    @Test
    void anAccountWaitsUntilEachPartOfItsRunHasLanded() {
        offer(ann, "a1", "a2", "a3");
        assertTrue(queue.halve(batch()));
        offer(ann, "a4");
        List<RunInFlight> front = queue.next(true).batch();
        List<RunInFlight> rest = queue.next(true).batch();
        assertEquals(List.of(List.of("a1")), keys(front));
        assertEquals(List.of(List.of("a2", "a3")), keys(rest));
        landed(front);
        assertFalse(queue.holds(ann.id, "a1"));
        assertTrue(queue.holds(ann.id, "a3"));
        assertTrue(queue.isIdle());
        landed(rest);
        assertEquals(List.of(List.of("a4")), keys(batch()));
    }

    /** Whatever Postgres does, each proposal lands once. */
    @Test
    void nothingIsLost() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        queue = new RunQueue(7);
        List<EarningAccount> accounts = List.of(ann, bob, cid);
        List<String> offered = new ArrayList<>();
        List<String> landed = new ArrayList<>();
        for (int turn = 0; turn < 2_000 || !queue.isIdle(); turn++) {
            assertTrue(turn < 20_000, "it does not end, seed " + seed);
            if (turn < 2_000) {
                EarningAccount account = accounts.get(random.nextInt(accounts.size()));
                String key = account.id.id() + " " + turn;
                if (random.nextInt(10) == 0) {
                    offer(account, account.fork(key));
                } else {
                    offer(account, key);
                }
                offered.add(key);
            }
            if (queue.isIdle() || random.nextInt(3) > 0 && turn < 2_000) {
                continue;
            }
            List<RunInFlight> batch = queue.next(random.nextBoolean()).batch();
            Set<AccountId> inBatch = new HashSet<>();
            for (RunInFlight run : batch) {
                assertTrue(inBatch.add(run.account()), "two runs of an account, seed " + seed);
                for (int i = 1; i < run.pendings().size(); i++) {
                    assertTrue(
                            run.pendings()
                                    .get(i - 1)
                                    .proposal()
                                    .precedes(run.pendings().get(i).proposal()),
                            "not contiguous, seed " + seed);
                }
            }
            switch (random.nextInt(6)) {
                case 0 -> queue.retryFirst(batch);
                case 1 -> queue.retryLastInHalves(batch);
                case 2 -> {
                    if (!queue.halve(batch)) {
                        queue.retryLast(batch);
                    }
                }
                default -> {
                    for (RunInFlight run : batch) {
                        landed.addAll(keys(run));
                        queue.landed(run);
                    }
                }
            }
        }
        assertEquals(0, queue.waiting(), "seed " + seed);
        assertEquals(new HashSet<>(offered), new HashSet<>(landed), "seed " + seed);
        assertEquals(offered.size(), landed.size(), "seed " + seed);
    }
}
