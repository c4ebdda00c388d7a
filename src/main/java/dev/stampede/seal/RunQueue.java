package dev.stampede.seal;

import dev.stampede.account.AccountId;
import dev.stampede.account.Proposal;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The proposals that a sealer has, and the order in which they go to Postgres. It sends nothing, completes no promise
 * and reads no clock.
 *
 * <p>Each account has a queue. Its front is the run in flight, if there is one: this run is sent until Postgres has
 * answered, alone or with other runs, whole or in halves. The proposals behind it start when the run has {@linkplain
 * #landed landed}. Accounts take turns: they are served in the order in which they became ready.
 *
 * <p>Used from one event loop.
 */
final class RunQueue {
    private final int maxBatch;
    private final Map<AccountId, AccountQueue> accounts = new HashMap<>();
    /** Accounts with waiting proposals and nothing in flight. */
    private final ArrayDeque<AccountQueue> ready = new ArrayDeque<>();
    /** Batches that were sent, and must be sent again. */
    private final ArrayDeque<List<RunInFlight>> retries = new ArrayDeque<>();

    private boolean retriedLast;
    private int waiting;

    /**
     * A proposal whose outcome is not known yet.
     *
     * @param another whether it was read from Redis, where anybody may have written it
     * @param sinceNanos when it was offered
     */
    record Pending(Proposal proposal, boolean another, Promise<Outcome> promise, long sinceNanos) {
        /** Why the proposal must be wrong; null if it may be right. */
        @Nullable
        String flaw() {
            return another ? proposal.flawOfAnothers() : proposal.flaw();
        }
    }

    private static final class AccountQueue {
        final AccountId account;
        final ArrayDeque<Pending> waiting = new ArrayDeque<>();
        List<Pending> inFlight = List.of();
        boolean ready;

        AccountQueue(AccountId account) {
            this.account = account;
        }

        Stream<Pending> all() {
            return Stream.concat(inFlight.stream(), waiting.stream());
        }

        @Nullable
        Pending find(UUID id) {
            for (Pending pending : inFlight) {
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

    /** A run, or a part of one, that is in a batch. */
    static final class RunInFlight {
        private final AccountQueue queue;
        private final List<Pending> pendings;

        /** The proposals from {@code first} to before {@code end}, counted from 0, as a part of its own. */
        RunInFlight part(int first, int end) {
            return new RunInFlight(queue, pendings.subList(first, end));
        }

        private RunInFlight(AccountQueue queue, List<Pending> pendings) {
            this.queue = queue;
            this.pendings = pendings;
        }

        AccountId account() {
            return queue.account;
        }

        List<Pending> pendings() {
            return pendings;
        }

        Pending last() {
            return pendings.get(pendings.size() - 1);
        }

        Run run() {
            return new Run(account(), pendings.stream().map(Pending::proposal).toList());
        }
    }

    /**
     * What to do next.
     *
     * @param batch to send, one run per account, in the order in which accounts are locked; may be empty
     * @param flawed removed from the queue because they must be wrong
     */
    record Next(List<RunInFlight> batch, List<Pending> flawed) {}

    /** @param maxBatch the maximum number of proposals of a batch */
    RunQueue(int maxBatch) {
        this.maxBatch = maxBatch;
    }

    /** Adds a proposal at the end of its account's queue. */
    Pending offer(AccountId account, Proposal proposal, boolean another, long nowNanos) {
        AccountQueue queue = accounts.computeIfAbsent(account, AccountQueue::new);
        Pending pending = new Pending(proposal, another, Promise.promise(), nowNanos);
        queue.waiting.add(pending);
        waiting++;
        update(queue);
        return pending;
    }

    /** The proposal with this id, in flight or waiting; null if there is none. */
    @Nullable
    Pending find(AccountId account, UUID id) {
        AccountQueue queue = accounts.get(account);
        return queue == null ? null : queue.find(id);
    }

    /** Whether an operation of the account is in flight or waiting. */
    boolean holds(AccountId account) {
        return accounts.containsKey(account);
    }

    /** Whether an operation with this key is in flight or waiting. */
    boolean holds(AccountId account, String key) {
        AccountQueue queue = accounts.get(account);
        return queue != null
                && queue.all()
                        .anyMatch(pending ->
                                key.equals(pending.proposal.operation().key()));
    }

    /** The number of proposals that wait for their first batch. */
    int waiting() {
        return waiting;
    }

    /** Whether a batch must be sent again. */
    boolean hasRetries() {
        return !retries.isEmpty();
    }

    /** Whether there is nothing to send now. */
    boolean isIdle() {
        return retries.isEmpty() && ready.isEmpty();
    }

    /**
     * The next batch. Repeated batches take turns with new ones, because they may be waiting for a lock.
     *
     * @param retriesFirst whether new batches must wait until no batch has to be repeated
     */
    Next next(boolean retriesFirst) {
        retriedLast = hasRetries() && (retriesFirst || !retriedLast || ready.isEmpty());
        return retriedLast ? new Next(retries.poll(), List.of()) : gather();
    }

    private Next gather() {
        List<RunInFlight> batch = new ArrayList<>();
        List<Pending> flawed = new ArrayList<>(0);
        int room = maxBatch;
        while (room > 0 && !ready.isEmpty()) {
            AccountQueue queue = ready.poll();
            queue.ready = false;
            queue.inFlight = takeRun(queue.waiting, room, flawed);
            if (queue.inFlight.isEmpty()) {
                update(queue);
            } else {
                room -= queue.inFlight.size();
                batch.add(new RunInFlight(queue, queue.inFlight));
            }
        }
        batch.sort(Comparator.comparing(RunInFlight::account));
        return new Next(batch, flawed);
    }

    /** As many proposals from the front as rest on each other and have different keys. */
    private List<Pending> takeRun(ArrayDeque<Pending> queue, int room, List<Pending> flawed) {
        List<Pending> run = new ArrayList<>();
        Set<String> keys = queue.size() == 1 ? null : new HashSet<>();
        while (run.size() < room && !queue.isEmpty()) {
            Pending pending = queue.peek();
            if (!run.isEmpty() && !run.get(run.size() - 1).proposal.precedes(pending.proposal)) {
                break;
            }
            String key = pending.proposal.operation().key();
            if (keys != null && key != null && !keys.add(key)) {
                break; // the second use of a key waits until the first one is sealed; then Postgres refuses it
            }
            queue.poll();
            waiting--;
            (pending.flaw() == null ? run : flawed).add(pending);
        }
        return run;
    }

    /** Repeats a batch before all others. */
    void retryFirst(List<RunInFlight> batch) {
        retries.addFirst(batch);
    }

    /** Repeats a batch after the other repeated ones. */
    void retryLast(List<RunInFlight> batch) {
        retries.addLast(batch);
    }

    /**
     * The same, in two halves if there are several runs: one of them is at fault, and the others need not wait for it.
     */
    void retryLastInHalves(List<RunInFlight> batch) {
        int half = batch.size() / 2;
        if (half > 0) {
            retries.addLast(batch.subList(0, half));
        }
        retries.addLast(batch.subList(half, batch.size()));
    }

    /**
     * Repeats a batch in two halves, before all others. Runs are kept whole as long as there are several.
     *
     * @return false for a single proposal, which cannot be halved
     */
    boolean halve(List<RunInFlight> batch) {
        if (batch.size() > 1) {
            int half = batch.size() / 2;
            retryFirst(batch.subList(half, batch.size()));
            retryFirst(batch.subList(0, half));
            return true;
        }
        RunInFlight run = batch.get(0);
        int n = run.pendings.size();
        if (n > 1) {
            retryFirst(List.of(new RunInFlight(run.queue, run.pendings.subList(n / 2, n))));
            retryFirst(List.of(new RunInFlight(run.queue, run.pendings.subList(0, n / 2))));
            return true;
        }
        return false;
    }

    /** Called when a run is no longer in flight. After its last part, the account's next run may start. */
    void landed(RunInFlight run) {
        AccountQueue queue = run.queue;
        queue.inFlight = queue.inFlight.size() == run.pendings.size()
                ? List.of()
                : queue.inFlight.stream()
                        .filter(pending -> !run.pendings.contains(pending))
                        .toList();
        update(queue);
    }

    /** Removes the waiting proposals that rest on a run. */
    List<Pending> takeBehind(RunInFlight run) {
        List<Pending> behind = new ArrayList<>();
        Proposal last = run.last().proposal;
        ArrayDeque<Pending> queue = run.queue.waiting;
        while (!queue.isEmpty() && last.precedes(queue.peek().proposal)) {
            last = queue.peek().proposal;
            behind.add(queue.poll());
            waiting--;
        }
        return behind;
    }

    private void update(AccountQueue queue) {
        if (queue.ready || !queue.inFlight.isEmpty()) {
            return;
        }
        if (queue.waiting.isEmpty()) {
            accounts.remove(queue.account);
        } else {
            queue.ready = true;
            ready.add(queue);
        }
    }
}
