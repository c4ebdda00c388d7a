package dev.stampede.start;

import dev.stampede.access.ConsoleConfig;
import dev.stampede.gateway.ConsoleReads;
import dev.stampede.gateway.Gateway;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.timeout.IdleStateEvent;
import io.quarkus.reactive.pg.client.PgPoolCreator;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.PgPool;
import io.vertx.pgclient.spi.PgDriver;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.impl.Connection;
import io.vertx.sqlclient.impl.SocketConnectionBase;
import io.vertx.sqlclient.impl.SqlConnectionInternal;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.ConnectException;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The Postgres options that Quarkus derives from {@code quarkus.datasource.*}, including TLS and passwords; and the
 * pool for reading history and programs. With several servers, Quarkus would use each in turn, including standbys and
 * dead ones. This pool uses the server in which operations are sealed. When that server changes, earlier connections
 * are not used again: one may lead to a server that was left behind, and would return its data for as long as the
 * connection lives.
 */
@Singleton
class PostgresSettings implements PgPoolCreator {
    /** In seconds: a connection without any traffic for this time is closed, whether idle or half open. */
    private static final int SILENCE_SECONDS = 20;

    /** Number of requests that may wait for a connection of the pool; history admits fewer. */
    private static final int MAX_WAITING = 100;

    private static final Logger LOG = Logger.getLogger(PostgresSettings.class);

    private volatile @Nullable List<PgConnectOptions> servers;
    private volatile @Nullable IntFunction<Pool> pools;
    private volatile @Nullable Following ofConsole;
    private final @Nullable PgConnectOptions forConsole;
    private volatile Supplier<Gateway.@Nullable Primary> primary = () -> null;

    PostgresSettings(ConsoleConfig console) {
        forConsole = console.postgresUrl().map(PgConnectOptions::fromUri).orElse(null);
    }

    @Override
    @SuppressWarnings("deprecation") // PgPool: Quarkus has beans of that type
    public Pool create(Input input) {
        servers = input.pgConnectOptionsList().stream()
                .map(server -> server.getUseLayer7Proxy() ? server.setCachePreparedStatements(false) : server)
                .toList();
        IntFunction<PoolOptions> options = connections -> new PoolOptions(input.poolOptions())
                .setShared(false)
                .setMaxSize(connections)
                .setMaxWaitQueueSize(MAX_WAITING);
        ofConsole = new Following(input.vertx(), options.apply(ConsoleReads.MOST), forConsole);
        pools = connections -> following(input.vertx(), options.apply(connections));
        return another(input.poolOptions().getMaxSize());
    }

    /** A pool of the same kind with so many connections of its own; available once Quarkus' pool exists. */
    Pool another(int connections) {
        return Objects.requireNonNull(pools).apply(connections);
    }

    private Pool following(Vertx vertx, PoolOptions options) {
        Following following = new Following(vertx, options, null);
        return (Pool) Proxy.newProxyInstance(
                PgPool.class.getClassLoader(), new Class<?>[] {PgPool.class}, (p, method, args) -> {
                    try {
                        Following of = ConsoleReads.isCurrent() ? Objects.requireNonNull(ofConsole) : following;
                        return method.invoke(of.pool(), args);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    /** A pool for the present primary; a new one replaces it when the primary changes. */
    private final class Following {
        private final Vertx vertx;
        private final PoolOptions options;
        private final @Nullable PgConnectOptions elsewhere;
        private Gateway.@Nullable Primary of;
        private @Nullable Pool pool;

        /** @param elsewhere the host, port and database of the server that is read in place of the primary, or null */
        Following(Vertx vertx, PoolOptions options, @Nullable PgConnectOptions elsewhere) {
            this.vertx = vertx;
            this.options = options;
            this.elsewhere = elsewhere;
        }

        synchronized Pool pool() {
            Gateway.Primary now = primary.get();
            if (pool == null || (now != null && !now.equals(of))) {
                if (pool != null) {
                    var unused = pool.close();
                }
                of = now;
                pool = PgDriver.INSTANCE.createPool(vertx, () -> options(now), options);
                pool.connectHandler(PostgresSettings::cutWhenSilent);
            }
            return pool;
        }

        synchronized void close() {
            if (pool != null) {
                pool.close().onFailure(e -> LOG.debugf("closing: %s", e.getMessage()));
            }
        }

        /** The options of this server, as long as operations are sealed in it. */
        private Future<PgConnectOptions> options(Gateway.@Nullable Primary of) {
            if (elsewhere != null) {
                return Future.succeededFuture(patient(servers().get(0))
                        .setHost(elsewhere.getHost())
                        .setPort(elsewhere.getPort())
                        .setDatabase(elsewhere.getDatabase()));
            }
            return of == null || !of.equals(primary.get())
                    ? Future.failedFuture(new ConnectException("there is no Postgres that takes writes"))
                    : Future.succeededFuture(patient(servers().get(of.server())));
        }
    }

    /** For readers, whose statements have a time-out below that silence; a seal may wait for longer. */
    private static PgConnectOptions patient(PgConnectOptions server) {
        PgConnectOptions options = new PgConnectOptions(server);
        options.setUseLayer7Proxy(server.getUseLayer7Proxy()); // the copy constructor omits it
        options.setIdleTimeout(SILENCE_SECONDS).setIdleTimeoutUnit(TimeUnit.SECONDS);
        return options;
    }

    /**
     * Closes a silent connection for good. The client says goodbye, and then waits for what the server still owes: for
     * ever, if the server is frozen.
     */
    private static void cutWhenSilent(SqlConnection fresh) {
        Connection connection = ((SqlConnectionInternal) fresh).unwrap().unwrap();
        ((SocketConnectionBase) connection)
                .socket()
                .channelHandlerContext()
                .pipeline()
                .addBefore("handler", "cut", new ChannelInboundHandlerAdapter() {
                    @Override
                    public void userEventTriggered(ChannelHandlerContext context, Object event) {
                        context.fireUserEventTriggered(event);
                        if (event instanceof IdleStateEvent) {
                            var unused = context.executor().schedule(() -> cut(context), 1, TimeUnit.SECONDS);
                        }
                    }
                });
        fresh.close().onFailure(e -> LOG.debugf("a new connection: %s", e.getMessage()));
    }

    /** Past the client's codec, which would only say goodbye again. */
    private static void cut(ChannelHandlerContext context) {
        var unused = context.pipeline().firstContext().close();
    }

    @PreDestroy
    void close() {
        Following console = ofConsole;
        if (console != null) {
            console.close();
        }
    }

    /** In their configured order; available once the pool exists. */
    List<PgConnectOptions> servers() {
        return Objects.requireNonNull(servers);
    }

    /** @param primary the server in which operations are sealed; null while there is none */
    void follow(Supplier<Gateway.@Nullable Primary> primary) {
        this.primary = primary;
    }
}
