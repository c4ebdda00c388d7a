package dev.stampede.gateway;

import dev.stampede.account.AccountId;
import dev.stampede.account.Operation;
import dev.stampede.account.TargetFacts;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.LongFunction;

/** One operation on its way. */
final class Attempt {
    /** Made again for another time, should its days no longer hold; null if it has none. */
    final LongFunction<Operation> again;

    final boolean dryRun;
    final long deadlineNanos;
    /** What the caller is told. */
    final Promise<Answer> answer = Promise.promise();
    /** Completes when nothing of it is in flight. */
    final Promise<Void> finished = Promise.promise();

    Operation operation;
    /** What Postgres knows of the operation that this one undoes; null while that was not asked. */
    TargetFacts facts;
    /** How often it was proposed through faults that may be its own. */
    int tries;

    int broken;
    int inexplicable;
    boolean keyLookedUp;
    /** Whether something of it may be in Redis or Postgres that we have no answer for. */
    boolean unknown;

    private final List<UUID> proposed = new ArrayList<>(1);
    private Stage stage = Stage.ARRIVED;

    Attempt(Operation operation, LongFunction<Operation> again, boolean dryRun, long deadlineNanos) {
        this.operation = operation;
        this.again = again;
        this.dryRun = dryRun;
        this.deadlineNanos = deadlineNanos;
    }

    AccountId account() {
        return operation.account();
    }

    /** May it make an account that there is not? */
    boolean creates() {
        return operation.enrols();
    }

    /** The next proposal of it: each has an id of its own. */
    UUID propose(UUID id) {
        enter(Stage.PROPOSING);
        proposed.add(id);
        return id;
    }

    /** Whether that is a proposal of this attempt. */
    boolean hasProposed(UUID id) {
        return proposed.contains(id);
    }

    /** @throws IllegalStateException if it can't come there from where it is: a bug */
    void enter(Stage next) {
        if (!stage.mayLeadTo(next)) {
            throw new IllegalStateException("an attempt went from " + stage + " to " + next);
        }
        stage = next;
    }

    /** Whether its caller has been told something, so that nobody waits for it any more. */
    boolean isAbandoned() {
        return answer.future().isComplete();
    }

    /** It is over, with that answer unless its caller was told another one. */
    void finish(Answer told) {
        answer.tryComplete(told);
        finish();
    }

    /** It is over, and failed. */
    void finish(Throwable why) {
        answer.tryFail(why);
        finish();
    }

    /** It is over; its caller was told. */
    void finish() {
        stage = Stage.FINISHED;
        finished.tryComplete();
    }
}
