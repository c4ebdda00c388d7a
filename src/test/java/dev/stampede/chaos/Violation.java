package dev.stampede.chaos;

import dev.stampede.account.AccountId;
import java.util.List;
import java.util.UUID;

/** A rule that was broken: where, by which operations, and how. */
record Violation(Rule rule, AccountId account, List<UUID> operations, String what) {

    enum Rule {
        /** Versions have no gap and no double, and the account's row is at their end. */
        CHAIN,
        /** Each entry begins where the one before ended, the last ends in the account's row, declines have none. */
        ENTRIES,
        /** No bucket is ever below zero, and nobody was given what was not there. */
        NO_OVERSPEND,
        /** Nobody has points available and a debt at once. */
        DEBT_FIRST,
        /** Each state is exactly what the rules make of the one before: points, lots, holds, totals. */
        FOLLOWS,
        /** What was priced, was by the version that was in force when its call came. */
        TRUE_VERSION,
        /** Of what members share no more is used than there is, and what is left is what is not used. Of no account. */
        SHARED_TOTALS,
        /** Where something was declined or left out for too little of it, there was too little. Of no account. */
        TRUE_SHORTAGE,
        /** A decline was true. */
        TRUE_DECLINE,
        /** A key is in the ledger once, and all its calls were told of the same operation. */
        KEY_ONCE,
        /** No more is undone than there was, and nothing twice. */
        UNDONE_ONCE,
        /** A hold ends once: captured, or voided. */
        HOLD_ENDS_ONCE,
        /** Nothing is there that nobody asked for. */
        ASKED,
        /** What was answered is in the ledger, as it was answered. */
        ANSWERED_IS_THERE,
        /** What was declined is in the ledger as declined. */
        DECLINED_IS_SEALED,
        /** What was refused was not done. */
        REFUSED_IS_NOT_DONE,
        /** A refusal was true. */
        TRUE_REFUSAL,
        /** Once its void was answered, a call is not answered as done. */
        VOIDED_STAYS_VOIDED,
        /** Of two calls, the one that was answered before the other was sent comes first. */
        REAL_TIME,
        /** A balance was one that the account had. */
        TRUE_BALANCE,
        /** An operation was decided, and a balance holds, while its call was under way. */
        TRUE_TIME,
        /** What was read knew all that had been answered before. */
        FRESH_READ,
        /** An event told a balance that the account had. */
        TRUE_EVENT,
        /** On one connection no event goes back behind what was true. */
        EVENTS_GO_ON,
        /** In the end each stream has told the account's newest state. */
        STREAM_CATCHES_UP,
        /** Redis says in the end what Postgres has. */
        REDIS_AGREES,
        /** The gateway made no mistake of its own, and raised no alarm. */
        NO_BUG,
        /** Some time after a fault has ended, every gateway works again. Of no account. */
        RECOVERS
    }
}
