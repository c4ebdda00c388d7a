/**
 * Persistent connections to the Postgres server that takes writes. {@link dev.stampede.postgres.PostgresSession} runs
 * statements on one connection and replaces it when it breaks. {@link dev.stampede.postgres.PrimaryFinder} chooses
 * among the servers that {@link dev.stampede.postgres.PostgresServers} lists. {@link dev.stampede.postgres.LedgerClock}
 * follows Postgres' time. Start at {@code PostgresSession}.
 *
 * <p>This package knows no points and no tables. It may use nothing else of this project.
 */
@NullMarked
package dev.stampede.postgres;

import org.jspecify.annotations.NullMarked;
