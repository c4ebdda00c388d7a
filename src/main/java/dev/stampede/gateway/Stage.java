package dev.stampede.gateway;

import java.util.EnumSet;
import java.util.Set;

/**
 * What an attempt waits for.
 *
 * <pre>
 *             ARRIVED
 *                │
 *   ┌──────> PROPOSING ──────────> SEALING ──────> RESOLVING
 *   │            │                    │                │
 *   │            ├─> LOADING          │                │
 *   │            ├─> FETCHING_FACTS   │                │
 *   │            ├─> LOOKING_UP       │                │
 *   │            ├─> AWAITING         │                │
 *   │            ├─> CONFIRMING       │                │
 *   │            │       │            │                │
 *   │            └───────┴────────> REPAIRING <────────┘
 *   └───────────────────────────────────┘
 * </pre>
 *
 * <p>LOADING, FETCHING_FACTS and LOOKING_UP lead back to PROPOSING, too. Each stage may end in FINISHED, which is when
 * nothing of the attempt is in flight any more; its caller may have been told earlier that the outcome is not known.
 * Each may lead to RESOLVING: a newer release may have written what was read, and then the key tells the rest.
 */
enum Stage {
    /** Nothing has been done. */
    ARRIVED,
    /** Redis is asked to decide. */
    PROPOSING,
    /** Postgres is asked for the account, which is then loaded into Redis. */
    LOADING,
    /** Postgres is asked for the operation that this one undoes. */
    FETCHING_FACTS,
    /** Postgres is asked what was sealed under the operation's key, or under the key to void. */
    LOOKING_UP,
    /** Another proposal with the same key is being sealed. */
    AWAITING,
    /** Postgres is asked whether Redis' refusal is right. */
    CONFIRMING,
    /** Postgres is asked to commit. */
    SEALING,
    /** Postgres is asked for the proposal's outcome. */
    RESOLVING,
    /** The account in Redis is repaired, by this attempt or by another one for which this one waits. */
    REPAIRING,
    FINISHED;

    private Set<Stage> next = Set.of();

    static {
        ARRIVED.leadsTo(PROPOSING, FETCHING_FACTS, LOOKING_UP, REPAIRING);
        PROPOSING.leadsTo(PROPOSING, LOADING, FETCHING_FACTS, LOOKING_UP, AWAITING, CONFIRMING, SEALING, REPAIRING);
        LOADING.leadsTo(PROPOSING, LOOKING_UP, REPAIRING);
        FETCHING_FACTS.leadsTo(PROPOSING, LOOKING_UP, REPAIRING);
        LOOKING_UP.leadsTo(PROPOSING, LOOKING_UP, REPAIRING);
        AWAITING.leadsTo(LOOKING_UP, REPAIRING);
        CONFIRMING.leadsTo(REPAIRING);
        SEALING.leadsTo(REPAIRING);
        RESOLVING.leadsTo(RESOLVING, REPAIRING);
        REPAIRING.leadsTo(PROPOSING, FETCHING_FACTS, LOOKING_UP, REPAIRING);
    }

    private void leadsTo(Stage first, Stage... others) {
        next = EnumSet.of(first, others);
        next.add(RESOLVING);
        next.add(FINISHED);
    }

    boolean mayLeadTo(Stage stage) {
        return next.contains(stage);
    }
}
