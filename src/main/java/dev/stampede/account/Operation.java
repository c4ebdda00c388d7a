package dev.stampede.account;

import dev.stampede.pricing.Grace;
import java.io.IOException;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** One operation that is asked of an account. */
public sealed interface Operation {
    Header header();

    OperationType type();

    /**
     * The fields that operations of every type have.
     *
     * @param account the account
     * @param key the {@code Idempotency-Key}, null for operations that no caller can send twice
     * @param fingerprint of type, path and parsed body: detects another body under the same key
     * @param reference the caller's reference, up to 255 characters; null if there is none
     */
    record Header(
            AccountId account,
            @Nullable String key,
            @Nullable String fingerprint,
            @Nullable String reference) {
        /** The header of an operation that no caller can send twice. */
        public static Header of(AccountId account) {
            return new Header(account, null, null, null);
        }
    }

    /**
     * Enrols a member, and sets the member's attributes.
     *
     * @param attributes a JSON object; null leaves them unchanged
     * @param head the head on which the operation must be decided, null for any
     */
    record Enrol(
            Header header,
            @Nullable String attributes,
            @Nullable UUID head) implements Operation {
        @Override
        public OperationType type() {
            return OperationType.ENROL;
        }

        @Override
        public boolean enrols() {
            return true;
        }
    }

    /**
     * Gives points.
     *
     * @param points the number of points
     * @param on the day of the lot that the earn creates, in days since 1970-01-01
     * @param matures the day on which the points become available, null for at once
     * @param until when the two days stop being valid, in ms since the epoch: an earn decided at or after this time
     *     gets other days; null for never
     * @param enrols whether the earn may enrol the member
     */
    record Earn(
            Header header,
            long points,
            long on,
            @Nullable Long matures,
            @Nullable Long until,
            boolean enrols,
            Receipt receipt)
            implements Operation {
        @Override
        public OperationType type() {
            return OperationType.EARN;
        }
    }

    /**
     * Takes points.
     *
     * @param points the number of points
     */
    record Redeem(Header header, long points, Receipt receipt) implements Operation {
        @Override
        public OperationType type() {
            return OperationType.REDEEM;
        }
    }

    /** An operation with points that return to the account, now or when a hold expires. */
    sealed interface Returning extends Operation {
        Grace grace();

        @Override
        default @Nullable Long until() {
            return grace().until();
        }
    }

    /**
     * Sets points aside.
     *
     * @param points the number of points
     * @param ttlSeconds how long the hold lives
     * @param grace for the points if the hold expires
     */
    record Hold(Header header, long points, long ttlSeconds, Grace grace, Receipt receipt) implements Returning {
        @Override
        public OperationType type() {
            return OperationType.HOLD;
        }
    }

    /** Ends a hold. */
    sealed interface EndOfHold extends Returning {
        UUID hold();

        @Override
        default UUID target() {
            return hold();
        }
    }

    /**
     * Takes the points of a hold.
     *
     * @param points how many to take, null for all; the rest returns
     */
    record Capture(Header header, UUID hold, @Nullable Long points, Grace grace) implements EndOfHold {
        @Override
        public OperationType type() {
            return OperationType.CAPTURE;
        }
    }

    /** Returns all points of a hold. */
    record Release(Header header, UUID hold, Grace grace) implements EndOfHold {
        @Override
        public OperationType type() {
            return OperationType.VOID;
        }
    }

    /**
     * Undoes a call whose answer was lost.
     *
     * @param voids the key of that call
     * @param debt whether points of an earn that are no longer there become debt
     */
    record VoidCall(Header header, String voids, Grace grace, boolean debt) implements Returning {
        @Override
        public OperationType type() {
            return OperationType.VOID;
        }

        @Override
        public boolean enrols() {
            return true; // creates the account, without a member: the tombstone of a call that never arrived
        }
    }

    /**
     * Undoes an operation.
     *
     * @param points how many to undo, null for all that are left
     * @param debt whether points of an earn that are no longer there become debt
     */
    record Reverse(Header header, UUID target, @Nullable Long points, Grace grace, boolean debt) implements Returning {
        @Override
        public OperationType type() {
            return OperationType.REVERSE;
        }
    }

    /** Records the changes that time alone has made; the sweep asks for it. */
    record Lapse(Header header) implements Operation {
        @Override
        public OperationType type() {
            return OperationType.LAPSE;
        }
    }

    record Freeze(Header header) implements Operation {
        @Override
        public OperationType type() {
            return OperationType.FREEZE;
        }
    }

    record Unfreeze(Header header) implements Operation {
        @Override
        public OperationType type() {
            return OperationType.UNFREEZE;
        }
    }

    /** A call that was voided before it arrived. The Lua library creates it; it is never asked for. */
    record Tombstone(Header header) implements Operation {
        @Override
        public OperationType type() {
            return OperationType.TOMBSTONE;
        }
    }

    default AccountId account() {
        return header().account();
    }

    default @Nullable String key() {
        return header().key();
    }

    /** Whether the operation may create the account. */
    default boolean enrols() {
        return false;
    }

    /** The hold or operation that this one ends or undoes, if it names one; else null. */
    default @Nullable UUID target() {
        return null;
    }

    /** The key of the call that this operation undoes, if it names one; else null. */
    default @Nullable String voids() {
        return null;
    }

    /** The day on which the points of an earn become available, if not at once; else null. */
    default @Nullable Long matures() {
        return null;
    }

    /** When the operation's days stop being valid, in ms since the epoch; null if it has none, or for never. */
    default @Nullable Long until() {
        return null;
    }

    /** The member's attributes, if the operation sets them; else null. */
    default @Nullable String attributes() {
        return null;
    }

    /** The additional content of the answer. */
    default Receipt receipt() {
        return Receipt.NONE;
    }

    /**
     * The JSON that the Lua library reads, and that an unsealed proposal keeps.
     *
     * @param id of this attempt: each proposal of the same operation has its own
     * @param tombstone for a void of a call: the id that the tombstone gets if the call never arrived; else null
     */
    default String text(UUID id, @Nullable UUID tombstone) {
        return OperationText.of(this, id, tombstone);
    }

    /** @throws IOException if the text is not an operation */
    static Operation parse(AccountId account, String text) throws IOException {
        return OperationText.parse(account, text);
    }
}
