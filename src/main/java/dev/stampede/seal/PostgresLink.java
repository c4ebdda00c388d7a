package dev.stampede.seal;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.PgConnection;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.PreparedStatement;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jboss.logging.Logger;

/**
 * One held connection to Postgres, used from one event loop. Every call is bounded; one that took too long, or whose
 * connection broke, is of unknown outcome, and its connection is dropped. A dropped connection comes back by itself.
 */
final class PostgresLink {
    private static final Logger LOG = Logger.getLogger(PostgresLink.class);
    private static final long MAX_BACKOFF_MS = 1000;

    private final Vertx vertx;
    private final Context context;
    private final List<PgConnectOptions> servers;
    private final SealConfig config;
    private final LedgerClock clock;
    private final Runnable onUp;
    private final Map<String, Future<PreparedStatement>> prepared = new HashMap<>();
    private PgConnection connection;
    private String epoch;
    private volatile int server; // written on this event loop only
    private long backoffMs;
    private boolean closed;
    private boolean warned;
    private long unconfirmed;

    /** @param onUp called on each new connection, on this event loop */
    PostgresLink(
            Vertx vertx,
            Context context,
            List<PgConnectOptions> servers,
            SealConfig config,
            LedgerClock clock,
            Runnable onUp) {
        this.vertx = vertx;
        this.context = context;
        this.servers = servers;
        this.config = config;
        this.clock = clock;
        this.onUp = onUp;
    }

    boolean up() {
        return connection != null;
    }

    /** Which of the servers it is connected to, or tries next. */
    int server() {
        return server;
    }

    /** The system that it is connected to, and its timeline. */
    String epoch() {
        return epoch;
    }

    /** Connects, to the first of the servers that accepts writes. */
    Future<Void> connect() {
        return connect(servers.size());
    }

    private Future<Void> connect(int tries) {
        return connectOnce().recover(e -> tries > 1 && !closed ? connect(tries - 1) : Future.failedFuture(e));
    }

    /** To one of them; if that fails, the next attempt is with the next. */
    private Future<Void> connectOnce() {
        // A statement that waits for a lock ends soon after its gateway has gone, and does not wait for long: whoever
        // sits on the row keeps others waiting, too.
        PgConnectOptions options = new PgConnectOptions(servers.get(server))
                .addProperty("client_connection_check_interval", "1000")
                .addProperty("lock_timeout", "1000");
        Promise<Void> promise = Promise.promise();
        long timer = vertx.setTimer(
                config.connectTimeout().toMillis(),
                id -> promise.tryFail("no connection within " + config.connectTimeout()));
        PgConnection.connect(vertx, options)
                .compose(
                        fresh -> greet(fresh).onFailure(e -> fresh.close()).map(greeted -> new Greeted(fresh, greeted)))
                .onComplete(result -> context.runOnContext(v -> {
                    vertx.cancelTimer(timer);
                    if (result.failed()) {
                        promise.tryFail(result.cause());
                    } else if (!closed && promise.tryComplete()) {
                        opened(result.result());
                    } else {
                        result.result().connection.close();
                    }
                }));
        return promise.future().onFailure(e -> server = (server + 1) % servers.size());
    }

    /** A connection that may come too late to be used, so that what it says of its Postgres is not noted yet. */
    private record Greeted(PgConnection connection, String epoch) {}

    /** Learns which Postgres it is and what time it has; fails if it takes no writes. */
    private Future<String> greet(PgConnection fresh) {
        long sentMs = clock.localMs();
        return fresh.query("SELECT epoch() AS epoch, now_ms() AS at_ms, pg_is_in_recovery() AS standby")
                .execute()
                .map(rows -> {
                    Row row = rows.iterator().next();
                    if (row.getBoolean("standby")) {
                        throw new IllegalStateException("it is a standby");
                    }
                    clock.learn(sentMs, row.getLong("at_ms"), clock.localMs());
                    return row.getString("epoch");
                });
    }

    private void opened(Greeted greeted) {
        PgConnection fresh = greeted.connection;
        connection = fresh;
        epoch = greeted.epoch;
        prepared.clear();
        backoffMs = 0;
        warned = false;
        fresh.closeHandler(v -> dropped(fresh, "closed"));
        fresh.exceptionHandler(e -> dropped(fresh, e.getMessage()));
        fresh.noticeHandler(notice -> {
            // committed here, but perhaps not on the synchronous standby
            if (notice.getMessage() != null
                    && notice.getMessage().contains("canceling wait for synchronous replication")) {
                unconfirmed++;
            }
        });
        onUp.run();
    }

    /** Runs one statement. Fails with {@link PgException} if Postgres refused it, else with {@link UnknownOutcome}. */
    Future<RowSet<Row>> call(String sql, Tuple arguments) {
        PgConnection on = connection;
        if (on == null) {
            return Future.failedFuture(new UnknownOutcome("Postgres is not connected", false));
        }
        Promise<RowSet<Row>> promise = Promise.promise();
        long timer = vertx.setTimer(config.callTimeout().toMillis(), id -> {
            if (promise.tryFail(new UnknownOutcome("no answer from Postgres within " + config.callTimeout(), true))) {
                dropped(on, "a call timed out");
            }
        });
        long before = unconfirmed; // calls overlap: none may take another's warning away
        execute(on, sql, arguments).onComplete(result -> {
            vertx.cancelTimer(timer);
            if (result.failed()) {
                Throwable cause = result.cause();
                if (cause instanceof PgException) {
                    if (prepared.containsKey(sql) && prepared.get(sql).failed()) {
                        prepared.remove(sql);
                    }
                    promise.tryFail(cause);
                } else {
                    promise.tryFail(new UnknownOutcome(String.valueOf(cause.getMessage()), true));
                    dropped(on, cause.getMessage());
                }
            } else if (unconfirmed != before) {
                promise.tryFail(new UnknownOutcome("the synchronous standby did not confirm", true));
            } else {
                promise.tryComplete(result.result());
            }
        });
        return promise.future();
    }

    /** Prepared once a connection; but each time behind a proxy that gives each transaction another one. */
    private Future<RowSet<Row>> execute(PgConnection on, String sql, Tuple arguments) {
        return servers.get(0).getUseLayer7Proxy()
                ? on.preparedQuery(sql).execute(arguments)
                : prepared.computeIfAbsent(sql, on::prepare)
                        .compose(statement -> statement.query().execute(arguments));
    }

    /** Connects anew, to the next server: this one takes writes, but is not the one that is wanted. */
    void drop(String why) {
        server = (server + 1) % servers.size();
        dropped(connection, why);
    }

    private void dropped(PgConnection which, String why) {
        if (which != connection || which == null) {
            return;
        }
        connection = null;
        prepared.clear();
        which.close();
        if (!closed) {
            LOG.warnf("Postgres: connection lost (%s), reconnecting", why);
            reconnect();
        }
    }

    private void reconnect() {
        if (closed) {
            return;
        }
        connectOnce().onFailure(e -> {
            if (!warned) {
                warned = true;
                LOG.warnf("Postgres: can't connect (%s), trying on", e.getMessage());
            }
            backoffMs = Math.min(MAX_BACKOFF_MS, Math.max(50, backoffMs * 2));
            vertx.setTimer(backoffMs, id -> reconnect());
        });
    }

    Future<Void> close() {
        closed = true;
        PgConnection last = connection;
        connection = null;
        return last == null ? Future.succeededFuture() : last.close();
    }
}
