package dev.stampede.gateway;

import io.quarkus.reactive.pg.client.PgPoolCreator;
import io.vertx.core.Future;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.spi.PgDriver;
import io.vertx.sqlclient.Pool;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.function.IntSupplier;

/**
 * What Quarkus makes of {@code quarkus.datasource.*}, TLS and passwords included; and the pool that history and programs
 * are read with. Of several servers Quarkus would take each in turn, the standbys and the dead as well; this pool takes
 * the one that the write path has found to be the primary.
 */
@Singleton
class PostgresSettings implements PgPoolCreator {
    private volatile List<PgConnectOptions> servers;
    private volatile IntSupplier primary = () -> 0;

    @Override
    public Pool create(Input input) {
        servers = List.copyOf(input.pgConnectOptionsList());
        return PgDriver.INSTANCE.createPool(
                input.vertx(), () -> Future.succeededFuture(servers.get(primary.getAsInt())), input.poolOptions());
    }

    /** In the order in which they are configured; there once the pool is. */
    List<PgConnectOptions> servers() {
        return servers;
    }

    /** @param index says which of them takes writes */
    void follow(IntSupplier index) {
        primary = index;
    }
}
