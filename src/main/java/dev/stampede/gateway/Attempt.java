package dev.stampede.gateway;

import dev.stampede.account.AccountId;
import dev.stampede.account.Operation;
import dev.stampede.account.TargetFacts;
import dev.stampede.codec.Gone;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.LongFunction;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** The processing of one operation, from its arrival to its outcome. */
final class Attempt {
    private static final int MOST_LACKS = 10;

    /** @param left what the ledger had of the total when it last had too little, {@code times} in all */
    private record Lack(long left, int times) {}

    /** Makes the operation for another time, if its days are no longer valid; null if it has none. */
    final @Nullable LongFunction<Operation> again;

    final boolean dryRun;
    final long deadlineNanos;
    /** The answer to the caller. */
    final Promise<Answer> answer = Promise.promise();
    /** Completes when nothing of the attempt is in flight. */
    final Promise<Void> finished = Promise.promise();

    Operation operation;
    /** What Postgres knows of the operation that this one undoes; null until Postgres was asked. */
    @Nullable
    TargetFacts facts;
    /** Makes the operation for what Postgres knows of what it rests on; null until Postgres was asked. */
    private @Nullable UnaryOperator<Operation> made;
    /** What the member can forget, for the next proposal only: it is soon outdated. Null if nobody has asked. */
    private @Nullable Gone gone;
    /** How often it was proposed, not counting repetitions that were caused by other operations. */
    int tries;

    int broken;
    int inexplicable;
    /** How often the facts were not those of the image. */
    int stale;

    boolean keyLookedUp;
    /** What its account has left of its rate; null if it was not counted. */
    volatile @Nullable RateLeft left;
    /** The operation that has what only one may have; null if none was found. */
    private @Nullable UUID usedBy;
    /** Whether parts of it may be in Redis or Postgres without our knowledge of their outcome. */
    boolean unknown;

    /** Totals for which there was too little, by their numbers; null if there were none. */
    private @Nullable Map<Integer, Lack> lacking;
    /** The units of totals for which it tries, by their numbers; null if it never did. */
    private @Nullable Map<Integer, Long> tried;

    /** How often it waited for those who try for the same units. */
    int turns;

    private final List<UUID> proposed = new ArrayList<>(1);
    private Stage stage = Stage.ARRIVED;

    Attempt(Operation operation, @Nullable LongFunction<Operation> again, boolean dryRun, long deadlineNanos) {
        this.operation = operation;
        this.again = again;
        this.dryRun = dryRun;
        this.deadlineNanos = deadlineNanos;
    }

    AccountId account() {
        return operation.account();
    }

    /** Whether the operation may create the account. */
    boolean creates() {
        return operation.enrols();
    }

    /**
     * Starts the next proposal.
     *
     * @param id of the proposal: each has its own
     */
    Operation propose(UUID id) {
        enter(Stage.PROPOSING);
        proposed.add(id);
        Operation next = gone == null ? operation : operation.without(gone);
        gone = null;
        return next;
    }

    /** The next proposal drops what the member remembers of that. */
    void forget(Gone names) {
        gone = names;
    }

    /** What Postgres knows of the operation's target: the operation is made for it. */
    void know(TargetFacts target) {
        facts = target;
        make(each -> each.of(target));
    }

    /** The attributes that Postgres has, a JSON object or null: the operation is made for them. */
    void know(@Nullable String attributes) {
        make(each -> each.of(attributes));
    }

    private void make(UnaryOperator<Operation> maker) {
        made = maker;
        operation = maker.apply(operation);
    }

    /** Whether Postgres was asked for what it rests on. */
    boolean isMade() {
        return made != null;
    }

    /** What Postgres says of what only one operation may have: another one has it; null if none. */
    void usedBy(@Nullable UUID other) {
        usedBy = other;
        operation = operation.usedBy(other);
    }

    /** Makes the operation for another time, because its days are no longer valid, or its code was made before. */
    void remake(long atMs) {
        operation = (again == null ? operation : again.apply(atMs)).usedBy(usedBy);
        if (made != null) {
            operation = made.apply(operation);
        }
    }

    /**
     * The ledger had too little of a total. What is left can change until the next proposal; an attempt that has heard
     * this of one total too often does without it.
     */
    void lacks(int total, long left) {
        if (lacking == null) {
            lacking = new HashMap<>(2);
        }
        Lack before = lacking.get(total);
        int times = before == null ? 1 : before.times + 1;
        lacking.put(total, new Lack(times > MOST_LACKS ? 0 : left, times));
    }

    /** What is left of a total for this attempt, at most. */
    long left(int total) {
        Lack lack = lacking == null ? null : lacking.get(total);
        return lack == null ? Long.MAX_VALUE : lack.left;
    }

    /** See {@link SharedTotals#startTrying}. */
    void tries(int total, long units) {
        if (tried == null) {
            tried = new HashMap<>(2);
        }
        tried.put(total, units);
    }

    /** The units of totals for which it tries, by their numbers; unmodifiable if there are none. */
    Map<Integer, Long> tried() {
        return tried == null ? Map.of() : tried;
    }

    /** Whether this is the id of a proposal of this attempt. */
    boolean hasProposed(UUID id) {
        return proposed.contains(id);
    }

    /** @throws IllegalStateException if this transition does not exist: a bug */
    void enter(Stage next) {
        if (!stage.mayLeadTo(next)) {
            throw new IllegalStateException("an attempt went from " + stage + " to " + next);
        }
        stage = next;
    }

    /** Whether the caller has been answered, and therefore no one waits for the attempt any more. */
    boolean isAbandoned() {
        return answer.future().isComplete();
    }

    /** Ends the attempt with this answer, unless the caller was already given another one. */
    void finish(Answer told) {
        answer.tryComplete(told);
        finish();
    }

    /** Ends the attempt with a failure. */
    void finish(Throwable why) {
        answer.tryFail(why);
        finish();
    }

    /** Ends the attempt; the caller was answered before. */
    void finish() {
        stage = Stage.FINISHED;
        finished.tryComplete();
    }
}
