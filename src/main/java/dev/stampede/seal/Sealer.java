package dev.stampede.seal;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.stampede.account.AccountId;
import dev.stampede.account.Proposal;
import dev.stampede.seal.Outcome.Fate;
import dev.stampede.seal.Outcome.Reason;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jboss.logging.Logger;

/**
 * Commits proposals in Postgres: many in one call, while the next ones gather.
 *
 * <p><b>Why no crash can lose or double a point.</b> A proposal is nothing until it is sealed, and it is sealed by one
 * statement that either commits whole or not at all. The statement ({@code seal_2} in the migrations) accepts a run of an
 * account's proposals only if the account's row, which it has locked, still has the head, the digest and the buckets
 * that the run was decided on, and only up to the first whose key was ever used. So of all proposals that rest on one head, one at
 * most is ever accepted, whoever sends them, in whatever order, however often; one that was accepted can't be accepted
 * again, since the head has moved on to it. That is all that safety rests on. Redis, other gateways and this class can
 * be as wrong as they like: they lose speed.
 *
 * <p><b>Runs.</b> Proposals of one account come as a chain, each decided on what the one before left, often faster than
 * Postgres commits. A batch carries one contiguous run an account, and the row is updated once: a hot account costs no
 * more than a cold one. What doesn't follow on the run (a second fork, after Redis lost the image) waits for the next
 * batch. The chain that Redis hands out includes unsealed proposals of other gateways: whoever is first seals them for
 * all, and Postgres lets a run start behind what is sealed already. So nobody waits for a gateway that is slow or dead.
 *
 * <p><b>Refusals.</b> Postgres says why. Where one operation is at fault, the culprit, what stands before it is sealed
 * all the same, and what stands behind it, also what still waits here, is told at once that it rests on a culprit:
 * {@link dev.stampede.account.Proposal}s that are right by themselves, to be proposed again as soon as Redis is put back.
 *
 * <p><b>Unknown outcomes.</b> A call without an answer may have been committed, may be committed later, or never. The
 * same proposals are sent again, same ids, same prevs, until an answer comes; the row lock puts the two calls in an
 * order, and the second finds the head moved. A proposal that was not inserted is looked up under the row lock by
 * whoever asked for it. There: it was sealed. Not there, and the head has moved: it never will be. Not there, and the
 * head has not moved (its run was refused for another member's fault): another gateway may still seal it, so that
 * whoever gives up must not say that nothing happened; whoever tries again does so under the same key, which only one
 * of the two can claim. Nothing is ever compensated or cancelled.
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
    private static final String LOCK_NOT_AVAILABLE = "55P03";

    /** Told of the newest sealed operation of an account, after each batch. */
    @FunctionalInterface
    public interface Listener {
        void sealed(AccountId account, long version, UUID id);
    }

    private final Vertx vertx;
    private final PostgresLink link;
    private final SealConfig config;
    private final LedgerClock clock;
    private final Listener listener;
    private final SealMeters meters;
    private final Map<AccountId, Track> tracks = new HashMap<>();
    private final ArrayDeque<Track> ready = new ArrayDeque<>();
    private final ArrayDeque<List<Flight>> again = new ArrayDeque<>();
    private boolean underWay;
    private boolean pausing;
    private boolean repeated;
    private int waiting;
    private int failures;
    /** A call hung until its time was up, and none has succeeded since. */
    private boolean hung;

    private long failingSince;

    /** An account's proposals: those in the call under way, and those that wait. */
    private static final class Track {
        final AccountId account;
        final ArrayDeque<Pending> waiting = new ArrayDeque<>();
        List<Pending> flying = List.of();
        boolean ready;

        Track(AccountId account) {
            this.account = account;
        }

        Pending find(UUID id) {
            for (Pending pending : flying) {
                if (pending.proposal.id().equals(id)) {
                    return pending;
                }
            }
            for (Pending pending : waiting) {
                if (pending.proposal.id().equals(id)) {
                    return pending;
                }
            }
            return null;
        }
    }

    /** @param another whether it was read from Redis, of whoever has written it there */
    private record Pending(Proposal proposal, boolean another, Promise<Outcome> promise, long sinceNanos) {
        String flaw() {
            return another ? proposal.flawOfAnothers() : proposal.flaw();
        }
    }

    /** A run under way. */
    private record Flight(Track track, List<Pending> pendings) {
        Run run() {
            return new Run(
                    track.account, pendings.stream().map(Pending::proposal).toList());
        }
    }

    public Sealer(
            Vertx vertx,
            Context context,
            PostgresServers servers,
            SealConfig config,
            LedgerClock clock,
            SealMeters meters,
            Listener listener,
            Consumer<String> onEpoch) {
        this.vertx = vertx;
        this.config = config;
        this.clock = clock;
        this.meters = meters;
        this.listener = listener;
        this.link = new PostgresLink(vertx, context, servers, config, clock, false, () -> connected(onEpoch));
    }

    public Future<Void> connect() {
        return link.connect();
    }

    public Future<Void> close() {
        return link.close();
    }

    public boolean up() {
        return link.up();
    }

    /** The Postgres that it seals in. */
    public String epoch() {
        return link.epoch();
    }

    /** Which of the servers it is connected to, or was last. */
    public int server() {
        return link.server();
    }

    private void connected(Consumer<String> onEpoch) {
        onEpoch.accept(link.epoch());
        next();
    }

    /**
     * Whether writes are refused: Postgres is away, hangs, or keeps failing. One is let through now and then, to try; but
     * what is under way, or to be sent again, is a try already.
     */
    public boolean breakerOpen() {
        if (failures >= config.breakerFailures()) {
            return underWay || waiting > 0 || !again.isEmpty() || System.nanoTime() - failingSince < 1_000_000_000L;
        }
        return !link.up() || link.hangs();
    }

    /** Proposals that wait for their batch. */
    public int waiting() {
        return waiting;
    }

    /** Seals a new proposal, the chain's last one, and what it rests on; answers what became of it. */
    public Future<Outcome> seal(AccountId account, List<Proposal> chain) {
        int last = chain.size() - 1;
        Track track = tracks.computeIfAbsent(account, Track::new);
        for (int i = 0; i < last; i++) {
            enqueueUnlessThere(track, chain.get(i));
        }
        Future<Outcome> own = enqueue(track, chain.get(last), false);
        enqueued(track);
        return own;
    }

    /** Seals what somebody else has proposed; answers what became of the last one. */
    public Future<Outcome> help(AccountId account, List<Proposal> unsealed) {
        Track track = tracks.computeIfAbsent(account, Track::new);
        Future<Outcome> last = Future.succeededFuture(Outcome.NOT_HERE);
        for (Proposal proposal : unsealed) {
            last = enqueueUnlessThere(track, proposal);
        }
        enqueued(track);
        return last;
    }

    @CanIgnoreReturnValue
    private Future<Outcome> enqueueUnlessThere(Track track, Proposal proposal) {
        Pending there = track.find(proposal.id());
        return there == null ? enqueue(track, proposal, true) : there.promise.future();
    }

    private Future<Outcome> enqueue(Track track, Proposal proposal, boolean another) {
        Pending pending = new Pending(proposal, another, Promise.promise(), System.nanoTime());
        track.waiting.add(pending);
        waiting++;
        return pending.promise.future();
    }

    /** Only now may it go: what comes together is sealed together, a tombstone with its void above all. */
    private void enqueued(Track track) {
        makeReady(track);
        next();
    }

    /** What will become of a proposal that is being sealed here; null if it is not. */
    public Future<Outcome> pending(AccountId account, UUID id) {
        Track track = tracks.get(account);
        Pending pending = track == null ? null : track.find(id);
        return pending == null ? null : pending.promise.future();
    }

    /** Whether an operation of that key is being sealed here. */
    public boolean holds(AccountId account, String key) {
        Track track = tracks.get(account);
        return track != null
                && Stream.concat(track.flying.stream(), track.waiting.stream())
                        .anyMatch(pending ->
                                key.equals(pending.proposal.operation().key()));
    }

    private void makeReady(Track track) {
        if (!track.ready && track.flying.isEmpty()) {
            if (track.waiting.isEmpty()) {
                tracks.remove(track.account);
            } else {
                track.ready = true;
                ready.add(track);
            }
        }
    }

    private void next() {
        while (!underWay && !pausing && link.up() && !(again.isEmpty() && ready.isEmpty())) {
            // a batch that waits for a lock takes turns with new ones; but where a call hung, it alone tries
            boolean repeat = !again.isEmpty() && (hung || !repeated || ready.isEmpty());
            repeated = repeat;
            List<Flight> batch = repeat ? again.poll() : gather();
            if (!batch.isEmpty()) {
                send(batch);
            }
        }
    }

    private List<Flight> gather() {
        List<Flight> batch = new ArrayList<>();
        int room = config.maxBatch();
        while (room > 0 && !ready.isEmpty()) {
            Track track = ready.poll();
            track.ready = false;
            List<Pending> run = new ArrayList<>();
            Set<String> keys = track.waiting.size() == 1 ? null : new HashSet<>();
            while (room > 0 && !track.waiting.isEmpty()) {
                Pending pending = track.waiting.peek();
                String key = pending.proposal.operation().key();
                if (!run.isEmpty() && !run.get(run.size() - 1).proposal.precedes(pending.proposal)) {
                    break;
                }
                if (keys != null && key != null && !keys.add(key)) {
                    break; // of two under one key, the second is judged when the first is there
                }
                track.waiting.poll();
                waiting--;
                String flaw = pending.flaw();
                if (flaw != null) {
                    LOG.errorf("proposal %s contradicts itself: %s", pending.proposal.id(), flaw);
                    complete(pending, Outcome.POISONED);
                    continue;
                }
                run.add(pending);
                room--;
            }
            if (run.isEmpty()) {
                makeReady(track);
            } else {
                track.flying = run;
                batch.add(new Flight(track, run));
            }
        }
        batch.sort(Comparator.comparing(flight -> flight.track.account));
        return batch;
    }

    private void send(List<Flight> batch) {
        Tuple arguments;
        try {
            arguments = Batch.arguments(batch.stream().map(Flight::run).toList());
        } catch (RuntimeException e) {
            halve(batch, e.toString());
            return; // to next()
        }
        underWay = true;
        LedgerClock.Sent sent = clock.sent();
        long sentNanos = System.nanoTime();
        link.call(Batch.SQL, arguments).onComplete(result -> {
            underWay = false;
            if (result.succeeded()) {
                Row row = result.result().iterator().next();
                clock.learn(sent, row.getLong("at_ms"));
                failures = 0;
                hung = false;
                long now = System.nanoTime();
                meters.sealed(size(batch), now - sentNanos, oldest(batch, now));
                settle(batch, row);
            } else {
                failed(
                        batch,
                        result.cause(),
                        System.nanoTime() - sentNanos > config.hangLimit().toNanos());
            }
            next();
        });
    }

    private static int size(List<Flight> batch) {
        int size = 0;
        for (Flight flight : batch) {
            size += flight.pendings.size();
        }
        return size;
    }

    /** How long the one that came first has waited. */
    private static long oldest(List<Flight> batch, long now) {
        long oldest = 0;
        for (Flight flight : batch) {
            oldest = Math.max(oldest, now - flight.pendings.get(0).sinceNanos);
        }
        return oldest;
    }

    private void settle(List<Flight> batch, Row row) {
        Set<UUID> inserted = new HashSet<>(Arrays.asList(row.getArrayOfUUIDs("inserted")));
        Refusal[] refusals = refusals(batch, row);
        for (int i = 0; i < batch.size(); i++) {
            settle(batch.get(i), inserted, refusals == null ? null : refusals[i]);
        }
    }

    /** @param culprit its place in the run */
    private record Refusal(int culprit, Reason reason) {}

    private static Refusal[] refusals(List<Flight> batch, Row row) {
        Integer[] runs = row.getArrayOfIntegers("refused");
        if (runs == null) {
            return null;
        }
        Integer[] culprits = row.getArrayOfIntegers("culprit");
        String[] reasons = row.getArrayOfStrings("reason");
        int[] first = new int[batch.size()];
        for (int i = 1; i < first.length; i++) {
            first[i] = first[i - 1] + batch.get(i - 1).pendings.size();
        }
        Refusal[] refusals = new Refusal[batch.size()];
        for (int i = 0; i < runs.length; i++) {
            int run = runs[i] - 1;
            refusals[run] =
                    new Refusal(culprits[i] - 1 - first[run], Reason.valueOf(reasons[i].toUpperCase(Locale.ROOT)));
        }
        return refusals;
    }

    private void settle(Flight flight, Set<UUID> inserted, Refusal refusal) {
        List<Pending> pendings = flight.pendings;
        boolean ofOne = refusal != null && refusal.reason.ofOne();
        List<Pending> behind = ofOne ? takeBehind(flight) : List.of();
        landed(flight);
        Proposal newest = null;
        Outcome otherwise = refusal == null
                ? Outcome.NOT_HERE
                : new Outcome(pendings.size() == 1 ? Fate.REFUSED_ALONE : Fate.REFUSED, refusal.reason, null);
        for (int i = 0; i < pendings.size(); i++) {
            Pending pending = pendings.get(i);
            if (inserted.contains(pending.proposal.id())) {
                newest = pending.proposal;
                complete(pending, Outcome.SEALED);
            } else if (ofOne && i >= refusal.culprit) {
                Proposal culprit = pendings.get(refusal.culprit).proposal;
                complete(
                        pending,
                        new Outcome(i == refusal.culprit ? Fate.CULPRIT : Fate.BEHIND, refusal.reason, culprit));
            } else {
                complete(pending, otherwise);
            }
        }
        for (Pending pending : behind) {
            complete(pending, new Outcome(Fate.BEHIND, refusal.reason, pendings.get(refusal.culprit).proposal));
        }
        if (newest != null) {
            listener.sealed(flight.track.account, newest.decision().version(), newest.id());
        }
    }

    /** What waits and rests on a run whose end was refused for good: it need not be sent to be refused. */
    private List<Pending> takeBehind(Flight flight) {
        List<Pending> behind = new ArrayList<>();
        Proposal last = flight.pendings.get(flight.pendings.size() - 1).proposal;
        ArrayDeque<Pending> queue = flight.track.waiting;
        while (!queue.isEmpty() && last.precedes(queue.peek().proposal)) {
            last = queue.peek().proposal;
            behind.add(queue.poll());
            waiting--;
        }
        return behind;
    }

    /** What a waiting party throws is not the sealer's trouble, nor the next one's. */
    private static void complete(Pending pending, Outcome outcome) {
        try {
            pending.promise.complete(outcome);
        } catch (RuntimeException e) {
            LOG.error("after sealing " + pending.proposal.id(), e);
        }
    }

    /** The run is no longer under way. */
    private void landed(Flight flight) {
        Track track = flight.track;
        if (track.flying.size() == flight.pendings.size()) {
            track.flying = List.of();
        } else {
            track.flying = track.flying.stream()
                    .filter(pending -> !flight.pendings.contains(pending))
                    .toList();
        }
        makeReady(track);
    }

    private void failed(List<Flight> batch, Throwable cause, boolean late) {
        meters.failed();
        if (cause instanceof PgException refusal && isData(refusal)) {
            halve(batch, refusal.getSqlState() + " " + refusal.getMessage());
            return;
        }
        // Not committed, or nobody knows: the same again.
        if (cause instanceof PgException refusal && isPassing(refusal)) {
            if (!hung) {
                failures = 0; // Postgres is there
            } // else it may be the session of the call that hung which holds the row, and others would hang, too
            if (batch.size() > 1 && LOCK_NOT_AVAILABLE.equals(refusal.getSqlState())) {
                // somebody sits on a row: the others need not wait for it
                again.addLast(batch.subList(0, batch.size() / 2));
                again.addLast(batch.subList(batch.size() / 2, batch.size()));
            } else {
                again.addLast(batch);
            }
            return;
        }
        again.addFirst(batch);
        if (failures++ == 0) {
            failingSince = System.nanoTime();
            LOG.warnf("seal failed, will be sent again: %s", cause.getMessage());
        }
        if (cause instanceof PgException && failures % DROP_AFTER == 0) {
            link.drop(cause.getMessage()); // it may be the session's fault, or this server's
        }
        if (late && !(cause instanceof PgException)) {
            hung = true;
            failures =
                    Math.max(failures, config.breakerFailures()); // nobody else shall wait that long to learn the same
        }
        pausing = true;
        vertx.setTimer(RETRY_MS, id -> {
            pausing = false;
            next();
        });
    }

    /** Deadlock detected, lock not available, serialization failure: rolled back, by nobody's fault. */
    private static boolean isPassing(PgException refusal) {
        String state = String.valueOf(refusal.getSqlState());
        return state.equals("40P01") || state.equals(LOCK_NOT_AVAILABLE) || state.equals("40001");
    }

    /** Cardinality, data, constraints, limits, an exception of the function's own: it will not get better. */
    private static boolean isData(PgException refusal) {
        String state = String.valueOf(refusal.getSqlState());
        return Stream.of("21", "22", "23", "54", "P0").anyMatch(state::startsWith);
    }

    private void halve(List<Flight> batch, String why) {
        if (batch.size() > 1) {
            again.addFirst(batch.subList(batch.size() / 2, batch.size()));
            again.addFirst(batch.subList(0, batch.size() / 2));
            return;
        }
        Flight flight = batch.get(0);
        int n = flight.pendings.size();
        if (n > 1) {
            again.addFirst(List.of(new Flight(flight.track, flight.pendings.subList(n / 2, n))));
            again.addFirst(List.of(new Flight(flight.track, flight.pendings.subList(0, n / 2))));
            return;
        }
        LOG.errorf(
                "proposal %s can't be stored: %s",
                flight.pendings.get(0).proposal.id(), why);
        landed(flight);
        complete(flight.pendings.get(0), Outcome.POISONED);
    }
}
