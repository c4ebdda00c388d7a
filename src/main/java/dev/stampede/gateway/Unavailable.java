package dev.stampede.gateway;

/**
 * The gateway can't do it now; the caller may try again. Becomes a 503.
 *
 * <p>Carries no stack trace: it is thrown by the thousand when something is away, and says all in its message.
 */
public final class Unavailable extends RuntimeException {
    public enum Code {
        /** Too much is asked at once; nothing was done. */
        OVERLOADED,
        /** Redis or Postgres is away; nothing was done. */
        UNAVAILABLE,
        /** It may have been done, or may yet be. The same key tells. */
        OUTCOME_UNKNOWN
    }

    private final Code code;

    /** @param message for the caller */
    public Unavailable(Code code, String message) {
        this(code, message, null);
    }

    /**
     * @param message for the caller: names no server, and quotes no driver
     * @param cause for the log alone
     */
    public Unavailable(Code code, String message, Throwable cause) {
        super(message, cause, false, false);
        this.code = code;
    }

    public Code code() {
        return code;
    }
}
