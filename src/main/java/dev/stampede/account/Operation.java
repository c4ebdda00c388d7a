package dev.stampede.account;

import dev.stampede.pricing.Grace;
import java.io.IOException;
import java.util.UUID;

/** One thing asked of an account. */
public sealed interface Operation {
    Header header();

    OperationType type();

    /**
     * What operations of every type have.
     *
     * @param account whose
     * @param key the {@code Idempotency-Key}, null for what nobody can send twice
     * @param fingerprint of type, path and parsed body: tells another body under the same key
     * @param reference the caller's, up to 255 characters; null if there is none
     */
    record Header(AccountId account, String key, String fingerprint, String reference) {
        /** Of what nobody can send twice. */
        public static Header of(AccountId account) {
            return new Header(account, null, null, null);
        }
    }

    /**
     * Enrols a member, and sets his attributes.
     *
     * @param attributes a JSON object, null to leave them as they are
     * @param head the head on which it is to be decided, null for any
     */
    record Enrol(Header header, String attributes, UUID head) implements Operation {
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
     * @param points to give
     * @param on the day of the lot that it makes, in days since 1970-01-01
     * @param matures the day on which its points become available, null for at once
     * @param until to when the two days hold, in ms since the epoch: decided then or later it has others; null for ever
     * @param enrols whether it may enrol the member
     */
    record Earn(Header header, long points, long on, Long matures, Long until, boolean enrols, Receipt receipt)
            implements Operation {
        @Override
        public OperationType type() {
            return OperationType.EARN;
        }
    }

    /**
     * Takes points.
     *
     * @param points to take
     */
    record Redeem(Header header, long points, Receipt receipt) implements Operation {
        @Override
        public OperationType type() {
            return OperationType.REDEEM;
        }
    }

    /**
     * Sets points aside.
     *
     * @param points to set aside
     * @param ttlSeconds how long it lives
     * @param grace for the points, should they come back by themselves
     */
    record Hold(Header header, long points, long ttlSeconds, Grace grace, Receipt receipt) implements Operation {
        @Override
        public OperationType type() {
            return OperationType.HOLD;
        }
    }

    /** Ends a hold. */
    sealed interface EndOfHold extends Operation {
        UUID hold();

        @Override
        default UUID target() {
            return hold();
        }
    }

    /**
     * Takes what a hold has set aside.
     *
     * @param points to take, null for all; the rest returns
     */
    record Capture(Header header, UUID hold, Long points, Grace grace) implements EndOfHold {
        @Override
        public OperationType type() {
            return OperationType.CAPTURE;
        }
    }

    /** Returns all that a hold has set aside. */
    record Release(Header header, UUID hold, Grace grace) implements EndOfHold {
        @Override
        public OperationType type() {
            return OperationType.VOID;
        }
    }

    /**
     * Undoes a call whose answer was lost.
     *
     * @param voids that call's key
     * @param debt whether what an earn can't give back becomes debt
     */
    record VoidCall(Header header, String voids, Grace grace, boolean debt) implements Operation {
        @Override
        public OperationType type() {
            return OperationType.VOID;
        }

        @Override
        public boolean enrols() {
            return true; // no member, but an account: of one that never was, there is a tombstone
        }
    }

    /**
     * Undoes an operation.
     *
     * @param points to undo, null for all that are left
     * @param debt whether what an earn can't give back becomes debt
     */
    record Reverse(Header header, UUID target, Long points, Grace grace, boolean debt) implements Operation {
        @Override
        public OperationType type() {
            return OperationType.REVERSE;
        }
    }

    /** Writes down what time alone has done; asked by the sweep. */
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

    /** A call that was voided before it arrived. Decided by the Lua library, never asked. */
    record Tombstone(Header header) implements Operation {
        @Override
        public OperationType type() {
            return OperationType.TOMBSTONE;
        }
    }

    default AccountId account() {
        return header().account();
    }

    default String key() {
        return header().key();
    }

    /** Whether it may make an account that there is not. */
    default boolean enrols() {
        return false;
    }

    /** The hold or operation that it ends or undoes, if it names one; else null. */
    default UUID target() {
        return null;
    }

    /** The key of the call that it undoes, if it names one; else null. */
    default String voids() {
        return null;
    }

    /** The day on which the points of an earn become available, if later; else null. */
    default Long matures() {
        return null;
    }

    /** The member's attributes, if it sets them; else null. */
    default String attributes() {
        return null;
    }

    /** What its answer tells besides. */
    default Receipt receipt() {
        return Receipt.NONE;
    }

    /**
     * As the Lua library reads it and an unsealed proposal keeps it.
     *
     * @param id this attempt's: each proposal of the same operation has its own
     * @param tombstone for a void of a call: the id of that call, should it never have arrived; else null
     */
    default String text(UUID id, UUID tombstone) {
        return OperationText.of(this, id, tombstone);
    }

    /** @throws IOException if the text is no operation */
    static Operation parse(AccountId account, String text) throws IOException {
        return OperationText.parse(account, text);
    }
}
