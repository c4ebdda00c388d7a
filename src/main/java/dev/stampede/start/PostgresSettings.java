package dev.stampede.start;

import dev.stampede.gateway.Gateway;
import io.quarkus.reactive.pg.client.PgPoolCreator;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.PgPool;
import io.vertx.pgclient.spi.PgDriver;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import jakarta.inject.Singleton;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.ConnectException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * What Quarkus makes of {@code quarkus.datasource.*}, TLS and passwords included; and the pool that history and
 * programs are read with. Of several servers Quarkus would take each in turn, the standbys and the dead as well. This
 * pool takes the one that is sealed in; and where that is another one than before, no connection from before: it may
 * lead to one that was left behind, and would be answered from it for as long as it stays.
 */
@Singleton
class PostgresSettings implements PgPoolCreator {
    /** In seconds: a connection on which nothing has come or gone for so long is closed, idle or half open. */
    private static final int SILENCE_SECONDS = 20;

    /** Askers that wait for a connection of the pool; history admits fewer. */
    private static final int MAX_WAITING = 100;

    private volatile List<PgConnectOptions> servers;
    private volatile Supplier<Gateway.Primary> primary = () -> null;

    @Override
    @SuppressWarnings("deprecation") // PgPool: Quarkus has beans of that type
    public Pool create(Input input) {
        servers = input.pgConnectOptionsList().stream()
                .map(server -> server.getUseLayer7Proxy() ? server.setCachePreparedStatements(false) : server)
                .toList();
        PoolOptions options =
                new PoolOptions(input.poolOptions()).setShared(false).setMaxWaitQueueSize(MAX_WAITING);
        Following following = new Following(input.vertx(), options);
        return (Pool) Proxy.newProxyInstance(
                PgPool.class.getClassLoader(), new Class<?>[] {PgPool.class}, (p, method, args) -> {
                    try {
                        return method.invoke(following.pool(), args);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    /** One pool after the other. */
    private final class Following {
        private final Vertx vertx;
        private final PoolOptions options;
        private Gateway.Primary of;
        private Pool pool;

        Following(Vertx vertx, PoolOptions options) {
            this.vertx = vertx;
            this.options = options;
        }

        synchronized Pool pool() {
            Gateway.Primary now = primary.get();
            if (pool == null || (now != null && !now.equals(of))) {
                if (pool != null) {
                    var unused = pool.close();
                }
                of = now;
                pool = PgDriver.INSTANCE.createPool(vertx, () -> options(now), options);
            }
            return pool;
        }

        /** Of that server, as long as it is sealed in. */
        private Future<PgConnectOptions> options(Gateway.Primary of) {
            return of == null || !of.equals(primary.get())
                    ? Future.failedFuture(new ConnectException("there is no Postgres that takes writes"))
                    : Future.succeededFuture(patient(servers.get(of.server())));
        }
    }

    /** For readers, whose statements have a time-out below that silence; a seal may wait for longer. */
    private static PgConnectOptions patient(PgConnectOptions server) {
        PgConnectOptions options = new PgConnectOptions(server);
        options.setUseLayer7Proxy(server.getUseLayer7Proxy()); // the copy forgets it
        options.setIdleTimeout(SILENCE_SECONDS).setIdleTimeoutUnit(TimeUnit.SECONDS);
        return options;
    }

    /** In the order in which they are configured; there once the pool is. */
    List<PgConnectOptions> servers() {
        return servers;
    }

    /** @param primary which of them is sealed in; null while there is none */
    void follow(Supplier<Gateway.Primary> primary) {
        this.primary = primary;
    }
}
