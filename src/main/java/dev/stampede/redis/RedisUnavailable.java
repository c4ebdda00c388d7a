package dev.stampede.redis;

/**
 * Redis did not answer.
 *
 * <p>Carries no stack trace: it is thrown by the thousand while Redis is away, and says all in its message.
 */
public final class RedisUnavailable extends RuntimeException {
    private final boolean sent;
    private final boolean full;

    RedisUnavailable(String message, boolean sent, Throwable cause) {
        this(message, sent, false, cause);
    }

    private RedisUnavailable(String message, boolean sent, boolean full, Throwable cause) {
        super(message, cause, false, false);
        this.sent = sent;
        this.full = full;
    }

    /** Redis is there, and has more to do than the connection may hold. */
    static RedisUnavailable full() {
        return new RedisUnavailable("too many commands wait for Redis", false, true, null);
    }

    /** Whether a command was not sent because too many wait: Redis is not away. */
    public static boolean isFull(Throwable cause) {
        return cause instanceof RedisUnavailable failure && failure.full;
    }

    /** Whether the command may have been carried out. */
    public boolean outcomeUnknown() {
        return sent;
    }
}
