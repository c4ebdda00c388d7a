/**
 * The real Postgres and Redis that the gateway starts if none are configured.
 *
 * <p>This package knows processes, ports and files. It knows nothing of points, and nothing of Quarkus: the servers are
 * plain classes that tests start, kill and restart as well. Only {@code start} may depend on it.
 */
@NullMarked
package dev.stampede.embedded;

import org.jspecify.annotations.NullMarked;
