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
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.jboss.logging.Logger;

/**
 * One held connection to Postgres, used from one event loop. Every call is bounded; one that took too long, or whose
 * connection broke, is of unknown outcome, and its connection is dropped. A dropped connection comes back by itself.
 *
 * <p>Where there are several servers, the one that takes writes is looked for when connecting; and when a call hangs,
 * since a primary that was left behind may neither answer nor close its connections.
 */
final class PostgresLink {
    private static final Logger LOG = Logger.getLogger(PostgresLink.class);
    private static final long MAX_BACKOFF_MS = 1000;
    private static final long LOOK_AGAIN_MS = 500;

    private final Vertx vertx;
    private final Context context;
    private final List<PgConnectOptions> servers;
    private final SealConfig config;
    private final LedgerClock clock;
    private final Runnable onUp;
    private final Map<String, Future<PreparedStatement>> prepared = new HashMap<>();
    private final Set<Promise<?>> underWay = new LinkedHashSet<>();
    private PgConnection connection;
    private String epoch;
    private volatile int server; // written on this event loop only
    private long backoffMs;
    private boolean closed;
    private boolean lookingElsewhere;
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
        return connectTo(server, () -> true).onFailure(e -> server = next(server));
    }

    private int next(int one) {
        return (one + 1) % servers.size();
    }

    /** @param wanted whether the connection, once it is there, is still to be taken */
    private Future<Void> connectTo(int one, BooleanSupplier wanted) {
        // A statement that waits for a lock ends soon after its gateway has gone, and does not wait for long: whoever
        // sits on the row keeps others waiting, too.
        PgConnectOptions options = new PgConnectOptions(servers.get(one))
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
                    } else if (!closed && wanted.getAsBoolean() && promise.tryComplete()) {
                        server = one;
                        opened(result.result());
                    } else {
                        promise.tryFail("it is not wanted any more");
                        result.result().connection.close();
                    }
                }));
        return promise.future();
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
        long hangs = servers.size() == 1
                ? -1
                : vertx.setTimer(config.hangLimit().toMillis(), id -> lookElsewhere(on, promise, next(server)));
        underWay.add(promise);
        long before = unconfirmed; // calls overlap: none may take another's warning away
        execute(on, sql, arguments).onComplete(result -> {
            vertx.cancelTimer(timer);
            vertx.cancelTimer(hangs);
            underWay.remove(promise);
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

    /**
     * A call hangs: takes the first of the other servers that takes writes, if there is one, in the place of this one.
     * Asks again and again, as long as the call is not answered.
     */
    private void lookElsewhere(PgConnection hanging, Promise<?> call, int other) {
        BooleanSupplier wanted = () -> connection == hanging && !call.future().isComplete();
        if (!wanted.getAsBoolean()) {
            return;
        }
        if (lookingElsewhere) { // for another call
            vertx.setTimer(LOOK_AGAIN_MS, id -> lookElsewhere(hanging, call, other));
            return;
        }
        lookingElsewhere = true;
        connectTo(other, () -> {
                    if (!wanted.getAsBoolean()) {
                        return false;
                    }
                    LOG.warn("Postgres: a call hangs, and another server takes writes");
                    left(hanging);
                    return true;
                })
                .onComplete(done -> {
                    lookingElsewhere = false;
                    int then = next(other) == server ? next(server) : next(other);
                    vertx.setTimer(LOOK_AGAIN_MS, id -> lookElsewhere(hanging, call, then));
                });
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
        server = next(server);
        dropped(connection, why);
    }

    private void dropped(PgConnection which, String why) {
        if (which != connection || which == null) {
            return;
        }
        left(which);
        if (!closed) {
            LOG.warnf("Postgres: connection lost (%s), reconnecting", why);
            reconnect();
        }
    }

    private void left(PgConnection which) {
        connection = null;
        prepared.clear();
        which.close();
        List<Promise<?>> unknown = List.copyOf(underWay);
        underWay.clear();
        // not now: whoever asks again at once finds the next connection, if there is one already
        context.runOnContext(v ->
                unknown.forEach(call -> call.tryFail(new UnknownOutcome("the connection to Postgres was lost", true))));
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
