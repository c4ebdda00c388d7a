package dev.stampede.postgres;

import java.time.Duration;

/**
 * How long a session waits for Postgres.
 *
 * @param connect how long a connection attempt may take
 * @param call how long a call may take; after that its outcome is unknown, and the connection is dropped
 * @param hang a call that takes longer hangs: if there are several servers, the one that takes writes is looked for
 */
public record Timeouts(Duration connect, Duration call, Duration hang) {}
