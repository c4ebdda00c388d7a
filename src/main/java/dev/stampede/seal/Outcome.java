package dev.stampede.seal;

import dev.stampede.account.Proposal;
import org.jspecify.annotations.Nullable;

/**
 * The outcome of a proposal.
 *
 * @param fate of the proposal
 * @param reason why the proposal, or the culprit, was refused; null if it was sealed or is poisoned
 * @param culprit the first proposal of the run that is wrong: the proposal itself, or one on which it rests; null if
 *     the whole run was refused
 * @param lack what the culprit lacks, with the reason {@link Reason#BUDGET}; else null
 */
public record Outcome(
        Fate fate,
        @Nullable Reason reason,
        @Nullable Proposal culprit,
        @Nullable Lack lack) {
    public static final Outcome SEALED = new Outcome(Fate.SEALED, null, null);
    public static final Outcome POISONED = new Outcome(Fate.POISONED, null, null);
    /** It is not being sealed here. */
    static final Outcome NOT_HERE = new Outcome(Fate.REFUSED, Reason.HEAD, null);

    public Outcome(Fate fate, @Nullable Reason reason, @Nullable Proposal culprit) {
        this(fate, reason, culprit, null);
    }

    /**
     * A budget that has not enough.
     *
     * @param left what the ledger had left of it, in all its parts, after the batch
     */
    public record Lack(int budget, long left) {}

    public boolean sealed() {
        return fate == Fate.SEALED;
    }

    public enum Fate {
        /** It is in Postgres, by this call. */
        SEALED,
        /**
         * It will not be in Postgres: its key, receipt or code was used before, the operation that it undoes is not as
         * it claims, or a budget has not enough.
         */
        CULPRIT,
        /** It will never be in Postgres because it rests on a culprit. It is right by itself. */
        BEHIND,
        /** This call did not insert it: it is in Postgres already, or never will be. */
        REFUSED,
        /** The same, and it was the only proposal of its run. */
        REFUSED_ALONE,
        /** Postgres cannot store it, or it contradicts itself: a bug. */
        POISONED
    }

    /** The reasons that the database's {@code seal_4} returns. */
    public enum Reason {
        /** The account has another head. */
        HEAD,
        /** The account differs from the one on which it was decided. */
        IMAGE,
        /** The time of its decision is ahead of Postgres' clock. */
        TIME,
        /** Its key was used before. */
        KEY,
        /** The operation that it undoes, or on which it rests, is not as it claims. */
        TARGET,
        /** A budget has not enough for it. */
        BUDGET,
        /** Another operation has what only one may have, or has it not although it was declined for it. */
        CLAIM,
        /** Its redemption code was made before. */
        CODE,
        /** It was not judged. The sealer sends it again: no outcome has this reason. */
        AGAIN;

        boolean ofOne() {
            return switch (this) {
                case KEY, TARGET, BUDGET, CLAIM, CODE -> true;
                case HEAD, IMAGE, TIME, AGAIN -> false;
            };
        }
    }
}
