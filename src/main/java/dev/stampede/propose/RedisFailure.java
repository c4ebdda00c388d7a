package dev.stampede.propose;

/**
 * Redis did not answer.
 *
 * <p>Carries no stack trace: it is thrown by the thousand while Redis is away, and says all in its message.
 */
public final class RedisFailure extends RuntimeException {
    private final boolean sent;

    RedisFailure(String message, boolean sent, Throwable cause) {
        super(message, cause, false, false);
        this.sent = sent;
    }

    /** Whether the command may have been carried out. */
    public boolean outcomeUnknown() {
        return sent;
    }
}
