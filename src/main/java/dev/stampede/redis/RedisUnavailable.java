package dev.stampede.redis;

import org.jspecify.annotations.Nullable;

/**
 * Redis did not answer.
 *
 * <p>It has no stack trace: it is thrown thousands of times while Redis is down, and its message says everything.
 */
public final class RedisUnavailable extends RuntimeException {
    private final boolean sent;
    private final boolean full;

    RedisUnavailable(String message, boolean sent, @Nullable Throwable cause) {
        this(message, sent, false, cause);
    }

    private RedisUnavailable(String message, boolean sent, boolean full, @Nullable Throwable cause) {
        super(message, cause, false, false);
        this.sent = sent;
        this.full = full;
    }

    /** Redis is reachable, but more commands are waiting than the connection may hold. */
    static RedisUnavailable full() {
        return new RedisUnavailable("too many commands are waiting for Redis", false, true, null);
    }

    /** Whether a command was not sent because too many are waiting: Redis is not down. */
    public static boolean isFull(Throwable cause) {
        return cause instanceof RedisUnavailable failure && failure.full;
    }

    /** Whether the command may have been executed. */
    public boolean outcomeUnknown() {
        return sent;
    }
}
