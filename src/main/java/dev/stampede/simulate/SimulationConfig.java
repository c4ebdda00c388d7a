package dev.stampede.simulate;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.util.Optional;

/** The limits of simulations, which read the ledger on connections of their own. */
@ConfigMapping(prefix = "stampede.simulation")
public interface SimulationConfig {
    /**
     * The JDBC URL of the Postgres that is read, such as a standby, with its TLS parameters, not through a PgBouncer;
     * without it the gateway's own. The credentials are those of the gateway.
     */
    Optional<String> jdbcUrl();

    /** Number of operations per second that one simulation reads at most. */
    @WithDefault("5000")
    int operationsPerSecond();

    /** Number of operations that one simulation reads at most: the period of more is refused. */
    @WithDefault("5000000")
    long maxOperations();
}
