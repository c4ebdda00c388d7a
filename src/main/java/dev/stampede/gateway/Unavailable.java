package dev.stampede.gateway;

import io.vertx.core.VertxException;
import io.vertx.core.impl.NoStackTraceThrowable;
import io.vertx.pgclient.PgException;
import java.io.IOException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * The gateway cannot do the call now; the caller may try again. Becomes a 503. {@code Gateway} throws it before an
 * operation is proposed (no room, a server is down or hangs), {@code WritePath} after that, {@code Reads}, {@code
 * History} and {@code Search} for reads, {@code EventStreams} and {@code LiveStreams} for streams. Some 503 are not
 * made here: the filters of {@code http.server} answer overload, shutdown and too many incomplete bodies, {@code
 * Problems} a newer stored form, and the features that read programs a program that is not available.
 * docs/operate.md, "Every 503", lists all reasons.
 *
 * <p>It has no stack trace: it is thrown thousands of times when a server is down, and its message says everything.
 */
public final class Unavailable extends RuntimeException {
    public enum Code {
        /** There are too many calls; nothing was done. */
        OVERLOADED,
        /**
         * Nothing was done: Redis or Postgres is down or hangs, the gateway shuts down, the program's rules or the
         * account cannot be read, or the account keeps changing.
         */
        UNAVAILABLE,
        /** The call may have been done, or may still be done. A repetition with the same key tells. */
        OUTCOME_UNKNOWN
    }

    private final Code code;
    private final String message;

    /** @param message for the caller */
    public Unavailable(Code code, String message) {
        this(code, message, null);
    }

    /**
     * @param message for the caller: contains no server name, and no message of a driver
     * @param cause only for the log
     */
    public Unavailable(Code code, String message, @Nullable Throwable cause) {
        super(message, cause, false, false);
        this.code = code;
        this.message = message;
    }

    @Override
    public String getMessage() {
        return message;
    }

    public Code code() {
        return code;
    }

    /** Whether a failure of a call to Postgres says that it cannot be reached now, and is not a bug of the call. */
    public static boolean isOfPostgres(Throwable failure) {
        for (Throwable e = failure; e != null; e = e.getCause()) {
            if (e instanceof PgException pg) {
                // a wrong statement (42) or value (22) is a bug
                return pg.getSqlState() == null
                        || !(pg.getSqlState().startsWith("42")
                                || pg.getSqlState().startsWith("22"));
            }
            if (e instanceof IOException
                    || e instanceof VertxException
                    || e instanceof NoStackTraceThrowable // the pool was closed because Postgres was replaced
                    || e instanceof TimeoutException
                    || e instanceof io.smallrye.mutiny.TimeoutException) {
                return true;
            }
        }
        return false;
    }
}
