package dev.stampede.gateway;

import dev.stampede.account.Image;
import dev.stampede.account.Proposal;
import dev.stampede.account.SealedOperation;
import dev.stampede.points.Refusal;

/** What became of an operation. */
public sealed interface Answer {
    /**
     * It is in Postgres: done, or declined (its outcome says which).
     *
     * @param replayed whether it was there before this call
     * @param enrolled whether this call has enrolled the member by it; false also where that is not known any more
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
     * Refused without a trace.
     *
     * @param replayed whether that is what is told of this key from now on
     */
    record Refused(Refusal refusal, boolean replayed) implements Answer {
        public Refused(Refusal refusal) {
            this(refusal, false);
        }
    }

    /** There was nothing to do. */
    record Unchanged(Image image) implements Answer {}

    /** A dry run: what would have been sealed. */
    record Would(SealedOperation operation) implements Answer {}
}
