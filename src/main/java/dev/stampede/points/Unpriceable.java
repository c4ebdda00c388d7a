package dev.stampede.points;

import java.util.Locale;

/**
 * The programme has no price for a call, or does not take it without more. It has no stack trace: it is an answer, not
 * a fault.
 */
public final class Unpriceable extends RuntimeException {
    /** In the order in which they are told. */
    public enum Why {
        INVALID_AMOUNT,
        UNKNOWN_ACTION,
        PARTNER_UNKNOWN,
        REWARD_NOT_FOUND,
        CURRENCY_MISMATCH,
        OCCURRED_AT_OUT_OF_RANGE,
        UNKNOWN_ATTRIBUTE,
        MEMBER_CODE_REQUIRED,
        ALREADY_REVERSED,
        REVERSE_EXCEEDS_ORIGINAL,
        REVERSE_KIND_MIXED;

        /** The stable name that clients see. */
        public String code() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private final Why why;
    private final String message;

    public Unpriceable(Why why, String message) {
        super(message, null, false, false);
        this.why = why;
        this.message = message;
    }

    @Override
    public String getMessage() {
        return message;
    }

    public Why why() {
        return why;
    }
}
