package dev.stampede.postgres;

import java.time.Duration;

/**
 * The time limits of a session.
 *
 * @param connect how long a connection attempt may take
 * @param call how long a call may take; after that its outcome is unknown, and the connection is dropped
 * @param hang a call that takes longer hangs: the gateway refuses writes meanwhile, and if there are several
 *     servers, the session searches for the one that takes writes
 */
public record Timeouts(Duration connect, Duration call, Duration hang) {}
