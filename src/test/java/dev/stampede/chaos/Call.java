package dev.stampede.chaos;

import dev.stampede.account.AccountId;
import dev.stampede.points.Lot;
import dev.stampede.points.MemberPoints;
import java.util.List;
import java.util.UUID;

/**
 * One call of a client, and what it was told. Fields that its kind has no use for are null.
 *
 * @param client who
 * @param gateway which gateway was asked
 * @param key its {@code Idempotency-Key}; of a read by key: that key
 * @param points asked for; null for all that is left
 * @param subject the hold or the operation that it acts on
 * @param voids the key that it voids
 * @param other whether it was sent, on purpose, with another body than the key's first call
 * @param sentAt when, in ns of the harness' one monotonic clock
 * @param answeredAt when it was answered, or given up, in ns of that clock
 */
record Call(
        int client,
        int gateway,
        Kind kind,
        AccountId account,
        String key,
        Long points,
        Long ttlSeconds,
        UUID subject,
        String voids,
        String said,
        boolean other,
        long sentAt,
        long answeredAt,
        Told told) {

    enum Kind {
        ENROL,
        EARN,
        /** An earn from the channel {@code star}: of the next release an operation of its own. */
        GIFT,
        REDEEM,
        HOLD,
        CAPTURE,
        VOID_HOLD,
        VOID_KEY,
        REVERSE,
        BALANCE,
        BY_KEY;

        boolean reads() {
            return this == BALANCE || this == BY_KEY;
        }
    }

    enum Outcome {
        /** It was done, or read. */
        OK,
        /** It was declined, and that is an operation of the account's chain. */
        DECLINED,
        /** It was refused, and nothing was done. */
        REFUSED,
        /** Nobody knows. */
        UNKNOWN
    }

    /**
     * @param code of the problem, or of the operation that a read by key found; null if there is none
     * @param operation the operation's id; null where none was told
     * @param version the account's, with that operation; of a balance: the balance's
     * @param moved what the operation did to {@code available}
     * @param balance after the operation, or at the time of reading
     * @param body the operation as it was answered, as JSON; null where none was told, or nobody kept it
     */
    record Told(
            Outcome outcome,
            String code,
            boolean replayed,
            UUID operation,
            long version,
            long moved,
            Balance balance,
            String body) {
        static Told refused(String code) {
            return new Told(Outcome.REFUSED, code, false, null, 0, 0, null, null);
        }

        static Told unknown(String code) {
            return new Told(Outcome.UNKNOWN, code, false, null, 0, 0, null, null);
        }

        static Told done(boolean replayed, UUID operation, long version, long moved, Balance balance) {
            return new Told(Outcome.OK, null, replayed, operation, version, moved, balance, null);
        }
    }

    /**
     * @param lots what {@code available} consists of, soonest to expire first
     * @param asOfMs the time for which it holds, in ms since the epoch
     */
    record Balance(long available, long held, long pending, long debt, long lifetime, List<Lot> lots, long asOfMs) {
        static Balance of(MemberPoints state, long asOfMs) {
            return new Balance(
                    state.available(),
                    state.held(),
                    state.pending(),
                    state.debt(),
                    state.lifetime(),
                    state.lots(),
                    asOfMs);
        }

        boolean samePoints(Balance other) {
            return available == other.available
                    && held == other.held
                    && pending == other.pending
                    && debt == other.debt
                    && lifetime == other.lifetime
                    && lots.equals(other.lots);
        }
    }

    boolean is(Outcome outcome) {
        return told.outcome == outcome;
    }
}
