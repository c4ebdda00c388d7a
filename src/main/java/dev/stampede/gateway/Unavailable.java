package dev.stampede.gateway;

/**
 * The gateway cannot do the call now; the caller may try again. Becomes a 503.
 *
 * <p>It has no stack trace: it is thrown thousands of times when a server is down, and its message says everything.
 */
public final class Unavailable extends RuntimeException {
    public enum Code {
        /** There are too many calls; nothing was done. */
        OVERLOADED,
        /** Redis or Postgres is not available; nothing was done. */
        UNAVAILABLE,
        /** The call may have been done, or may still be done. A repetition with the same key tells. */
        OUTCOME_UNKNOWN
    }

    private final Code code;

    /** @param message for the caller */
    public Unavailable(Code code, String message) {
        this(code, message, null);
    }

    /**
     * @param message for the caller: contains no server name, and no message of a driver
     * @param cause only for the log
     */
    public Unavailable(Code code, String message, Throwable cause) {
        super(message, cause, false, false);
        this.code = code;
    }

    public Code code() {
        return code;
    }
}
