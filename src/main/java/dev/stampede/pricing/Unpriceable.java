package dev.stampede.pricing;

/** The program has no price for an amount. It has no stack trace: it is an answer, not a fault. */
public final class Unpriceable extends RuntimeException {
    public enum Why {
        CURRENCY_MISMATCH,
        INVALID_AMOUNT
    }

    private final Why why;
    private final String message;

    Unpriceable(Why why, String message) {
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
