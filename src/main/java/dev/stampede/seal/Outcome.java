package dev.stampede.seal;

import dev.stampede.account.Proposal;

/**
 * What became of a proposal.
 *
 * @param fate of the proposal
 * @param reason why it was refused, or the culprit was; null where it was sealed or is poisoned
 * @param culprit the first of its run that can't be right: the proposal itself, or one that it rests on; null where the
 *     whole run was refused
 */
public record Outcome(Fate fate, Reason reason, Proposal culprit) {
    public static final Outcome SEALED = new Outcome(Fate.SEALED, null, null);
    public static final Outcome POISONED = new Outcome(Fate.POISONED, null, null);
    /** Nobody is sealing it here. */
    static final Outcome NOT_HERE = new Outcome(Fate.REFUSED, Reason.HEAD, null);

    public boolean sealed() {
        return fate == Fate.SEALED;
    }

    public enum Fate {
        /** It is in Postgres, by this call. */
        SEALED,
        /** It will never be in Postgres: its key was used before, or what it undoes is not as it says. */
        CULPRIT,
        /** It will never be in Postgres, since it rests on a culprit. There is nothing wrong with it otherwise. */
        BEHIND,
        /** This call did not insert it: it is there already, or will never be. */
        REFUSED,
        /** The same, and it was the only one of its run. */
        REFUSED_ALONE,
        /** Postgres can't store it, or it contradicts itself: a bug. */
        POISONED
    }

    /** As the database's {@code seal_2} says it. */
    public enum Reason {
        /** The account is at another head. */
        HEAD,
        /** The account is not what it was decided on. */
        IMAGE,
        /** It was decided ahead of Postgres' clock. */
        TIME,
        /** Its key was used before. */
        KEY,
        /** The operation that it undoes, or rests on, is not as it says. */
        TARGET;

        boolean ofOne() {
            return this == KEY || this == TARGET;
        }
    }
}
