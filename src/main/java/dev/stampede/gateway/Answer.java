package dev.stampede.gateway;

import dev.stampede.account.BudgetUse;
import dev.stampede.account.Image;
import dev.stampede.account.Proposal;
import dev.stampede.account.SealedOperation;
import dev.stampede.points.Refusal;
import java.util.List;

/** The outcome of an operation. */
public sealed interface Answer {
    /**
     * The operation is in Postgres: done, or declined (its outcome says which).
     *
     * @param replayed whether it was in Postgres before this call
     * @param enrolled whether this call enrolled the member; also false if this is no longer known
     */
    record Sealed(SealedOperation operation, boolean replayed, boolean enrolled) implements Answer {
        static Sealed now(Proposal own) {
            return new Sealed(SealedOperation.of(own), false, own.decision().created());
        }

        static Sealed before(SealedOperation operation) {
            return new Sealed(operation, true, false);
        }
    }

    /**
     * Refused without being recorded.
     *
     * @param replayed whether every later call with this key gets the same refusal
     */
    record Refused(Refusal refusal, boolean replayed) implements Answer {
        public Refused(Refusal refusal) {
            this(refusal, false);
        }
    }

    /** There was nothing to do. */
    record Unchanged(Image image) implements Answer {}

    /**
     * A dry run: the operation that would have been sealed.
     *
     * @param uses what it would have used of shared totals
     */
    record Would(SealedOperation operation, List<BudgetUse> uses) implements Answer {}
}
