package dev.stampede.gateway;

import dev.stampede.account.Image;
import dev.stampede.account.Proposal;
import dev.stampede.points.Refusal;

/** What became of an operation. */
public sealed interface Answer {
    /**
     * It is in Postgres: done, or declined (its outcome says which).
     *
     * @param replayed whether it was there before this call
     */
    record Sealed(Proposal operation, boolean replayed) implements Answer {}

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

    /** A dry run: what would have been answered. */
    record Would(Proposal operation) implements Answer {}
}
