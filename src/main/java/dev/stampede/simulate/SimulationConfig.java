package dev.stampede.simulate;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.util.Optional;

/** The limits of simulations, which read the ledger on connections of their own. */
@ConfigMapping(prefix = "stampede.simulation")
public interface SimulationConfig {
    /**
     * The JDBC URL of the Postgres that is read, such as a standby, with its TLS parameters, also through a PgBouncer
     * in transaction mode; without it the gateway's own. The credentials are those of the gateway.
     */
    Optional<String> jdbcUrl();

    /** Number of rows per second that one simulation reads at most, also of what was before the period. */
    @WithDefault("5000")
    int operationsPerSecond();

    /** Number of operations of a period, twice where a budget runs out: with more a simulation fails. */
    @WithDefault("5000000")
    long maxOperations();
}
