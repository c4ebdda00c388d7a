package dev.stampede.postgres;

/**
 * Postgres did not answer.
 *
 * <p>It has no stack trace: it is thrown thousands of times while Postgres is down, and its message says everything.
 */
public final class PostgresUnavailable extends RuntimeException {
    public PostgresUnavailable(String message) {
        super(message, null, false, false);
    }
}
