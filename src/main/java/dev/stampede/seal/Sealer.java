package dev.stampede.seal;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.stampede.account.AccountId;
import dev.stampede.account.Proposal;
import dev.stampede.postgres.LedgerClock;
import dev.stampede.postgres.PostgresServers;
import dev.stampede.postgres.PostgresSession;
import dev.stampede.postgres.Timeouts;
import dev.stampede.seal.Outcome.Fate;
import dev.stampede.seal.Outcome.Reason;
import dev.stampede.seal.RunQueue.Pending;
import dev.stampede.seal.RunQueue.RunInFlight;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Commits proposals in Postgres: many in one call, while the next ones gather. {@link RunQueue} keeps the order in
 * which they go, {@link Breaker} knows when to refuse writes; this class sends batches and settles their answers.
 *
 * <p><b>Why no crash can lose or double a point.</b> A proposal is nothing until it is sealed. One statement seals it,
 * and that statement commits whole or not at all. The statement ({@code db/functions/seal_4.sql}) locks the account's
 * row. It accepts a run of the account's proposals only if the row still has the head, the digest and the buckets that
 * the run was decided on, and only up to the first proposal whose key was ever used. So of all proposals that rest on
 * one head, at most one is ever accepted, whoever sends them, in whatever order, however often. One that was accepted
 * can't be accepted again, since the head has moved on to it. That is all that safety rests on. Redis, other gateways
 * and this class can be as wrong as they like: they lose speed.
 *
 * <p><b>Runs.</b> Proposals of one account come as a chain. Each was decided on what the one before left, and they
 * often come faster than Postgres commits. A batch carries one contiguous run per account, and the statement updates
 * the row once: a hot account costs no more than a cold one. What does not follow on the run (a second fork, after
 * Redis lost the image) waits for the next batch. The chain that Redis hands out includes unsealed proposals of other
 * gateways. Whoever is first seals them for all, and Postgres lets a run start behind what is sealed already. So nobody
 * waits for a gateway that is slow or dead.
 *
 * <p><b>Refusals.</b> Postgres says why. If one operation is at fault, it is the culprit. What stands before it is
 * sealed all the same. What stands behind it, also what still waits here, is told at once that it rests on a culprit.
 * Those proposals are right by themselves; they are proposed again as soon as Redis is put back. An operation for which
 * a budget has not enough is a culprit, too: priced again, it can be sealed under the same key.
 *
 * <p><b>Shared totals.</b> What operations use of budgets is taken in the same statement, from this sealer's own part
 * of each budget ({@code p_slot}); if that does not suffice, from all parts. So sealers don't wait for each other but
 * where a budget runs out, and a budget is only short if the ledger says so.
 *
 * <p><b>Unknown outcomes.</b> A call without an answer may have been committed, may be committed later, or never. The
 * same proposals are sent again, with the same ids and prevs, until an answer comes. The row lock puts the two calls in
 * an order, and the second one finds the head moved. If a proposal was not inserted, whoever asked for it looks it up
 * under the row lock:
 *
 * <ul>
 *   <li>It is there: it was sealed.
 *   <li>It is not there, and the head has moved: it never will be.
 *   <li>It is not there, and the head has not moved, because its run was refused for another member's fault: another
 *       gateway may still seal it. Whoever gives up must not say that nothing happened. Whoever tries again does so
 *       under the same key, which only one of the two can claim.
 * </ul>
 *
 * <p>Nothing is ever compensated or cancelled.
 *
 * <p><b>Poison.</b> If Postgres refuses a batch as data, the batch is halved until the culprit stands alone; the
 * innocent go through.
 *
 * <p>Used from one event loop. Bounded by the operations that the gateway admits, and by the unsealed ones that an
 * image may hold.
 */
public class Sealer {
    private static final Logger LOG = Logger.getLogger(Sealer.class);
    private static final long RETRY_MS = 100;
    private static final int DROP_AFTER = 5;
    private static final int SLOTS = 16;
    /** The number of the sealer: the smallest that is free. It belongs to the connection. */
    private static final String TAKE_SLOT = "SELECT take_slot() AS slot";

    private static final String LOCK_NOT_AVAILABLE = "55P03";

    /** Receives the newest sealed operation of each account after a batch. */
    @FunctionalInterface
    public interface Listener {
        void sealed(AccountId account, long version, UUID id);
    }

    private final Vertx vertx;
    private final PostgresSession session;
    private final SealConfig config;
    private final LedgerClock clock;
    private final PostgresServers servers;
    private final Listener listener;
    private final BudgetBook budgets;
    private final SealMeters meters;
    private final RunQueue queue;
    private final Breaker breaker;
    private short slot;
    private boolean underWay;
    private boolean pausing;

    public Sealer(
            Vertx vertx,
            Context context,
            PostgresServers servers,
            SealConfig config,
            LedgerClock clock,
            SealMeters meters,
            Listener listener,
            BudgetBook budgets,
            Consumer<String> onEpoch) {
        this.vertx = vertx;
        this.config = config;
        this.clock = clock;
        this.meters = meters;
        this.servers = servers;
        this.listener = listener;
        this.budgets = budgets;
        this.slot = (short) ThreadLocalRandom.current().nextInt(1, SLOTS + 1);
        this.queue = new RunQueue(config.maxBatch());
        this.breaker = new Breaker(config.breakerFailures());
        this.session =
                new PostgresSession(vertx, context, servers, timeouts(config), clock, false, () -> connected(onEpoch));
    }

    static Timeouts timeouts(SealConfig config) {
        return new Timeouts(config.connectTimeout(), config.callTimeout(), config.hangLimit());
    }

    public Future<Void> connect() {
        return session.connect();
    }

    public Future<Void> close() {
        return session.close();
    }

    public boolean up() {
        return session.up();
    }

    /** The Postgres in which it seals. */
    public @Nullable String epoch() {
        return session.epoch();
    }

    /** The index of the server to which it is connected, or was connected last. */
    public int server() {
        return session.server();
    }

    private void connected(Consumer<String> onEpoch) {
        onEpoch.accept(session.epoch());
        if (!servers.proxied()) { // behind a proxy a connection has no session of its own: its number stays random
            takeSlot();
        }
        next();
    }

    /** Two sealers with one number wait for each other, and are never wrong: nothing waits for the answer. */
    private void takeSlot() {
        session.call(TAKE_SLOT, Tuple.tuple()).onComplete(result -> {
            if (result.failed()) {
                LOG.debugf("no number: %s", result.cause().getMessage());
                return;
            }
            Short taken = result.result().iterator().next().getShort("slot");
            if (taken != null) {
                slot = taken;
            }
        });
    }

    /**
     * Whether writes are refused: Postgres is not connected, hangs, or keeps failing. While it keeps failing, the
     * breaker lets a write through from time to time as a trial. A call that is in flight, waiting or to be repeated
     * counts as a trial.
     */
    public boolean refusesWrites() {
        if (breaker.isOpen()) {
            return breaker.refuses(underWay || waiting() > 0 || queue.hasRetries(), System.nanoTime());
        }
        return !session.up() || session.isHanging();
    }

    /** Whether calls to Postgres keep failing, so that writes are refused. */
    public boolean keepsFailing() {
        return breaker.isOpen();
    }

    /** Number of proposals that wait for their batch. */
    public int waiting() {
        return queue.waiting();
    }

    /** Seals a new proposal, the last one of the chain, and the proposals on which it rests; answers its outcome. */
    public Future<Outcome> seal(AccountId account, List<Proposal> chain) {
        int last = chain.size() - 1;
        for (Proposal before : chain.subList(0, last)) {
            offerUnlessThere(account, before);
        }
        Pending own = queue.offer(account, chain.get(last), false, System.nanoTime());
        next(); // only after the loop: the whole chain is sealed together, in particular a tombstone with its void
        return own.promise().future();
    }

    /** Seals proposals of others; answers the outcome of the last one. */
    public Future<Outcome> help(AccountId account, List<Proposal> unsealed) {
        Future<Outcome> last = Future.succeededFuture(Outcome.NOT_HERE);
        for (Proposal proposal : unsealed) {
            last = offerUnlessThere(account, proposal).promise().future();
        }
        next();
        return last;
    }

    @CanIgnoreReturnValue
    private Pending offerUnlessThere(AccountId account, Proposal proposal) {
        Pending there = queue.find(account, proposal.id());
        return there == null ? queue.offer(account, proposal, true, System.nanoTime()) : there;
    }

    /** The future outcome of a proposal that is being sealed here; null if it is not. */
    public @Nullable Future<Outcome> pending(AccountId account, UUID id) {
        Pending pending = queue.find(account, id);
        return pending == null ? null : pending.promise().future();
    }

    /** Whether an operation of the account is being sealed here. */
    public boolean holds(AccountId account) {
        return queue.holds(account);
    }

    /** Whether an operation with this key is being sealed here. */
    public boolean holds(AccountId account, String key) {
        return queue.holds(account, key);
    }

    private void next() {
        while (!underWay && !pausing && session.up() && !queue.isIdle()) {
            RunQueue.Next next = queue.next(breaker.timedOut()); // after a call that timed out, only its batch is sent
            if (!next.batch().isEmpty()) {
                send(next.batch());
            }
            for (Pending pending : next.flawed()) {
                LOG.errorf(
                        "proposal %s contradicts itself: %s", pending.proposal().id(), pending.flaw());
                complete(pending, Outcome.POISONED);
            }
        }
    }

    private void send(List<RunInFlight> batch) {
        Tuple arguments;
        try {
            arguments = Batch.arguments(batch.stream().map(RunInFlight::run).toList(), slot);
        } catch (RuntimeException e) {
            halve(batch, e.toString());
            return; // back to next()
        }
        underWay = true;
        LedgerClock.Sent sent = clock.sent();
        long sentNanos = System.nanoTime();
        long asked = budgets.asked();
        session.call(Batch.SQL, arguments).onComplete(result -> {
            underWay = false;
            if (result.succeeded()) {
                Row row = result.result().iterator().next();
                clock.learn(sent, row.getLong("at_ms"));
                breaker.succeeded();
                long now = System.nanoTime();
                meters.sealed(size(batch), now - sentNanos, oldest(batch, now));
                List<Integer> lacks = lacks(row);
                lacks.forEach(budgets::lacked);
                meters.budgets(usesBudgets(batch), row.getArrayOfIntegers("left_budget") != null, lacks.size());
                settle(batch, row, asked);
            } else {
                failed(
                        batch,
                        result.cause(),
                        System.nanoTime() - sentNanos > config.hangLimit().toNanos());
            }
            next();
        });
    }

    private static boolean usesBudgets(List<RunInFlight> batch) {
        return batch.stream()
                .flatMap(run -> run.pendings().stream())
                .anyMatch(pending -> !pending.proposal().decision().uses().isEmpty());
    }

    /** The budgets that have not enough, one element for each operation. */
    private static List<Integer> lacks(Row row) {
        Integer[] lacks = row.getArrayOfIntegers("lacks");
        return lacks == null
                ? List.of()
                : Arrays.stream(lacks).filter(Objects::nonNull).toList();
    }

    private static int size(List<RunInFlight> batch) {
        int size = 0;
        for (RunInFlight run : batch) {
            size += run.pendings().size();
        }
        return size;
    }

    /** How long the oldest proposal has waited. */
    private static long oldest(List<RunInFlight> batch, long now) {
        long oldest = 0;
        for (RunInFlight run : batch) {
            oldest = Math.max(oldest, now - run.pendings().get(0).sinceNanos());
        }
        return oldest;
    }

    /** @param asked when the batch was sent, as {@link BudgetBook#asked} says it */
    private void settle(List<RunInFlight> batch, Row row, long asked) {
        Set<UUID> inserted = new HashSet<>(Arrays.asList(row.getArrayOfUUIDs("inserted")));
        Map<Integer, Long> lefts = lefts(row);
        lefts.forEach((budget, units) -> budgets.left(budget, units, asked));
        Refusal[] refusals = refusals(batch, row, lefts);
        List<RunInFlight> again = new ArrayList<>(0);
        for (int i = 0; i < batch.size(); i++) {
            Refusal refusal = refusals == null ? null : refusals[i];
            RunInFlight run = batch.get(i);
            if (refusal != null && refusal.reason == Reason.AGAIN) {
                again.add(run.part(refusal.culprit, run.pendings().size()));
                if (refusal.culprit == 0) {
                    continue;
                }
                run = run.part(0, refusal.culprit);
                refusal = null;
            }
            settle(run, inserted, refusal);
        }
        if (!again.isEmpty()) {
            queue.retryFirst(again);
        }
    }

    private static Map<Integer, Long> lefts(Row row) {
        Integer[] budgets = row.getArrayOfIntegers("left_budget");
        if (budgets == null) {
            return Map.of();
        }
        Long[] units = row.getArrayOfLongs("left_units");
        Map<Integer, Long> lefts = new HashMap<>();
        for (int i = 0; i < budgets.length; i++) {
            lefts.put(budgets[i], units[i]);
        }
        return lefts;
    }

    /**
     * @param culprit the culprit's index in the run
     * @param lack what it lacks, if that is the reason
     */
    private record Refusal(int culprit, Reason reason, Outcome.@Nullable Lack lack) {}

    private static @Nullable Refusal @Nullable [] refusals(List<RunInFlight> batch, Row row, Map<Integer, Long> lefts) {
        Integer[] runs = row.getArrayOfIntegers("refused");
        if (runs == null) {
            return null;
        }
        Integer[] culprits = row.getArrayOfIntegers("culprit");
        String[] reasons = row.getArrayOfStrings("reason");
        Integer[] lacks = row.getArrayOfIntegers("lacks");
        int[] first = new int[batch.size()];
        for (int i = 1; i < first.length; i++) {
            first[i] = first[i - 1] + batch.get(i - 1).pendings().size();
        }
        Refusal[] refusals = new Refusal[batch.size()];
        for (int i = 0; i < runs.length; i++) {
            int run = runs[i] - 1;
            Integer budget = lacks == null ? null : lacks[i];
            refusals[run] = new Refusal(
                    culprits[i] - 1 - first[run],
                    Reason.valueOf(reasons[i].toUpperCase(Locale.ROOT)),
                    budget == null ? null : new Outcome.Lack(budget, lefts.getOrDefault(budget, 0L)));
        }
        return refusals;
    }

    private void settle(RunInFlight run, Set<UUID> inserted, @Nullable Refusal refusal) {
        List<Pending> pendings = run.pendings();
        Refusal ofOne = refusal != null && refusal.reason.ofOne() ? refusal : null;
        // proposals that rest on a run whose end was refused for good would be refused, too: they are not sent
        List<Pending> behind = ofOne != null ? queue.takeBehind(run) : List.of();
        queue.landed(run);
        Proposal newest = null;
        Outcome otherwise = refusal == null
                ? Outcome.NOT_HERE
                : new Outcome(pendings.size() == 1 ? Fate.REFUSED_ALONE : Fate.REFUSED, refusal.reason, null);
        for (int i = 0; i < pendings.size(); i++) {
            Pending pending = pendings.get(i);
            Proposal proposal = pending.proposal();
            if (inserted.contains(proposal.id())) {
                newest = proposal;
                complete(pending, Outcome.SEALED);
            } else if (ofOne != null && i >= ofOne.culprit) {
                Proposal culprit = pendings.get(ofOne.culprit).proposal();
                complete(
                        pending,
                        new Outcome(
                                i == ofOne.culprit ? Fate.CULPRIT : Fate.BEHIND, ofOne.reason, culprit, ofOne.lack));
            } else {
                complete(pending, otherwise);
            }
        }
        if (ofOne != null) {
            Proposal culprit = pendings.get(ofOne.culprit).proposal();
            for (Pending pending : behind) {
                complete(pending, new Outcome(Fate.BEHIND, ofOne.reason, culprit, ofOne.lack));
            }
        }
        if (newest != null) {
            listener.sealed(run.account(), newest.decision().version(), newest.id());
        }
    }

    /** Completes a promise. An exception of a callback must affect neither the sealer nor the next callback. */
    private static void complete(Pending pending, Outcome outcome) {
        try {
            pending.promise().complete(outcome);
        } catch (RuntimeException e) {
            LOG.error("in a callback after sealing " + pending.proposal().id(), e);
        }
    }

    private void failed(List<RunInFlight> batch, Throwable cause, boolean late) {
        meters.failed();
        if (cause instanceof PgException refusal && isData(refusal)) {
            halve(batch, refusal.getSqlState() + " " + refusal.getMessage());
            return;
        }
        // Not committed, or unknown: send the same batch again.
        if (cause instanceof PgException refusal && isPassing(refusal)) {
            breaker.refusedForNow();
            if (LOCK_NOT_AVAILABLE.equals(refusal.getSqlState())) {
                queue.retryLastInHalves(batch); // one row is locked: the other runs need not wait for it
            } else {
                queue.retryLast(batch);
            }
            return;
        }
        queue.retryFirst(batch);
        breaker.failed(System.nanoTime());
        if (breaker.failures() == 1) {
            LOG.warnf("seal failed, will be sent again: %s", cause.getMessage());
        }
        if (cause instanceof PgException && breaker.failures() % DROP_AFTER == 0) {
            session.drop(cause.getMessage()); // the cause may be this session or this server
        }
        if (late && !(cause instanceof PgException)) {
            breaker.recordTimeout();
        }
        pausing = true;
        vertx.setTimer(RETRY_MS, id -> {
            pausing = false;
            next();
        });
    }

    /** Deadlock detected, lock not available, serialization failure: rolled back, without a fault in the batch. */
    private static boolean isPassing(PgException refusal) {
        String state = String.valueOf(refusal.getSqlState());
        return state.equals("40P01") || state.equals(LOCK_NOT_AVAILABLE) || state.equals("40001");
    }

    /** Cardinality, data, constraints, limits, an exception raised by the function: repeating does not help. */
    private static boolean isData(PgException refusal) {
        String state = String.valueOf(refusal.getSqlState());
        return Stream.of("21", "22", "23", "54", "P0").anyMatch(state::startsWith);
    }

    private void halve(List<RunInFlight> batch, String why) {
        if (queue.halve(batch)) {
            return;
        }
        RunInFlight run = batch.get(0);
        Pending pending = run.last();
        LOG.errorf("proposal %s cannot be stored: %s", pending.proposal().id(), why);
        queue.landed(run);
        complete(pending, Outcome.POISONED);
    }
}
