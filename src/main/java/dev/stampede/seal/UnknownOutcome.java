package dev.stampede.seal;

/**
 * Postgres did not answer.
 *
 * <p>Carries no stack trace: it is thrown by the thousand while Postgres is away, and says all in its message.
 */
public final class UnknownOutcome extends RuntimeException {
    private final boolean sent;

    UnknownOutcome(String message, boolean sent) {
        super(message, null, false, false);
        this.sent = sent;
    }

    /** Whether the call may have been carried out. */
    public boolean sent() {
        return sent;
    }
}
