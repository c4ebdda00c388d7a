package dev.stampede.postgres;

/**
 * Postgres did not answer.
 *
 * <p>Carries no stack trace: it is thrown by the thousand while Postgres is away, and says all in its message.
 */
public final class PostgresUnavailable extends RuntimeException {
    public PostgresUnavailable(String message) {
        super(message, null, false, false);
    }
}
