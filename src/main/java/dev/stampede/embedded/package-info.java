/**
 * The real Postgres and Redis that the gateway starts for itself when none are configured, and its {@code main}.
 *
 * <p>What lives here knows processes, ports and files. It knows nothing of points, and nothing of Quarkus except
 * {@link dev.stampede.embedded.Main}, which starts it: the servers are plain classes that tests start, kill and
 * restart as well. No other package of the gateway may depend on this one.
 */
package dev.stampede.embedded;
