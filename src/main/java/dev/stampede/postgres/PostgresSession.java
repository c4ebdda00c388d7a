package dev.stampede.postgres;

import dev.stampede.postgres.PostgresServers.Epoch;
import dev.stampede.postgres.PrimaryFinder.Primary;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgConnection;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.PreparedStatement;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
import java.util.function.Predicate;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * One persistent connection to the Postgres server that takes writes, used from one event loop. Every call is bounded.
 * If a call takes too long, or its connection breaks, its outcome is unknown and the connection is dropped. The session
 * then reconnects.
 *
 * <p>If there are several servers, {@link PrimaryFinder} chooses one. The session searches for another one when a call
 * hangs: a primary that was left behind at a promotion may neither answer nor close its connections. It also searches
 * every few seconds, because such a primary may continue to answer. Each second it asks the server for its identity:
 * behind a proxy the server can change unnoticed.
 */
public final class PostgresSession {
    private static final Logger LOG = Logger.getLogger(PostgresSession.class);
    private static final long MAX_BACKOFF_MS = 1000;
    private static final long LOOK_AGAIN_MS = 500;
    private static final long BEAT_MS = 1000;
    /** The number of beats between two checks whether another server has replaced this one. */
    private static final int RARELY = 5;

    private final Vertx vertx;
    private final Context context;
    private final PostgresServers servers;
    private final PrimaryFinder finder;
    private final Timeouts timeouts;
    private final LedgerClock clock;
    private final boolean cancels;
    private final Runnable onUp;
    private final Map<String, Future<PreparedStatement>> prepared = new HashMap<>();
    /** Calls in flight, the oldest first, and when they were sent. */
    private final Map<Promise<?>, Long> underWay = new LinkedHashMap<>();

    private volatile @Nullable PgConnection connection; // these three are only written on this event loop
    private volatile @Nullable Epoch epoch;
    private volatile int server;
    private long backoffMs;
    private boolean closed;
    private boolean warned;
    private int beats;
    private boolean beating;
    private long unconfirmed;

    /**
     * @param timeouts of this session
     * @param cancels whether a call that took too long may be cancelled: never a call that writes
     * @param onUp called on this event loop after each new connection, and when the connection leads to another
     *     Postgres
     */
    public PostgresSession(
            Vertx vertx,
            Context context,
            PostgresServers servers,
            Timeouts timeouts,
            LedgerClock clock,
            boolean cancels,
            Runnable onUp) {
        this.vertx = vertx;
        this.context = context;
        this.servers = servers;
        this.timeouts = timeouts;
        this.finder = new PrimaryFinder(vertx, context, servers, timeouts.connect(), clock);
        this.clock = clock;
        this.cancels = cancels;
        this.onUp = onUp;
    }

    public boolean up() {
        return connection != null;
    }

    /** Whether a call has been unanswered for too long; there is at least one call per second. */
    public boolean isHanging() {
        for (long sentNanos : underWay.values()) {
            return System.nanoTime() - sentNanos > timeouts.hang().toNanos();
        }
        return false;
    }

    /** The index of the server to which it is connected, or was connected last. */
    public int server() {
        return server;
    }

    /** The system to which it is connected, and its timeline. */
    public @Nullable String epoch() {
        Epoch now = epoch;
        return now == null ? null : now.toString();
    }

    public Future<Void> connect() {
        // a cold process may need longer for its first connection than for any other: once more
        return finder.find().recover(e -> finder.find()).map(found -> {
            opened(found);
            vertx.setPeriodic(BEAT_MS, id -> {
                if (closed) {
                    vertx.cancelTimer(id);
                } else {
                    beat();
                }
            });
            return null;
        });
    }

    private void opened(Primary found) {
        PgConnection fresh = found.connection();
        if (closed) {
            fresh.close();
            return;
        }
        connection = fresh;
        server = found.server();
        epoch = found.epoch();
        servers.use(found.epoch());
        prepared.clear();
        backoffMs = 0;
        warned = false;
        fresh.closeHandler(v -> dropped(fresh, "closed"));
        fresh.exceptionHandler(e -> dropped(fresh, e.getMessage()));
        fresh.noticeHandler(notice -> {
            // "canceling wait for synchronous replication", in any language: committed, but perhaps only on this server
            if ("SyncRepWaitForLSN".equals(notice.getRoutine())) {
                unconfirmed++;
            }
        });
        onUp.run();
    }

    /** Checks that the server is still the same one and usable. */
    private void beat() {
        PgConnection on = connection;
        if (on == null || beating) {
            return;
        }
        beating = true;
        LedgerClock.Sent sent = clock.sent();
        call(PrimaryFinder.WHICH, Tuple.tuple()).onComplete(result -> {
            beating = false;
            if (on != connection) {
                return;
            }
            try {
                if (result.succeeded()) {
                    Epoch now = finder.usable(sent, result.result().iterator().next());
                    if (!now.equals(epoch)) {
                        LOG.warnf("Postgres: the server has changed to %s (it was %s)", now, epoch);
                        epoch = now;
                        servers.use(now);
                        onUp.run();
                    }
                } else if (result.cause() instanceof PgException) {
                    dropped(on, result.cause().getMessage());
                }
            } catch (IllegalStateException e) {
                dropped(on, e.getMessage());
            }
        });
        if (++beats % RARELY == 0 && servers.count() > 1) {
            lookElsewhere(on, finder::mayAnswer, found -> connection == on && isNewer(found.epoch()), "was promoted")
                    .onFailure(e -> LOG.debugf("no other Postgres: %s", e.getMessage()));
        }
    }

    private boolean isNewer(Epoch other) {
        Epoch now = epoch;
        return now != null && other.isNewerThan(now);
    }

    /**
     * Runs one statement. Fails with {@link PgException} if Postgres refused it, else with {@link PostgresUnavailable}.
     */
    public Future<RowSet<Row>> call(String sql, Tuple arguments) {
        return call(sql, arguments, timeouts.call());
    }

    /** The same with a time limit of its own. */
    public Future<RowSet<Row>> call(String sql, Tuple arguments, Duration limit) {
        Epoch now = epoch;
        if (connection != null && now != null && servers.leftBehind(now)) {
            dropped(connection, "another session has found the server that replaced it");
        }
        PgConnection on = connection;
        if (on == null) {
            return Future.failedFuture(new PostgresUnavailable("Postgres is not connected"));
        }
        Promise<RowSet<Row>> promise = Promise.promise();
        long timer = vertx.setTimer(limit.toMillis(), id -> {
            if (promise.tryFail(new PostgresUnavailable("no answer from Postgres within " + limit))) {
                if (cancels) { // it may be waiting for a standby, possibly for a long time
                    on.cancelRequest().onFailure(e -> LOG.debugf("cannot cancel: %s", e.getMessage()));
                }
                dropped(on, "a call timed out");
            }
        });
        long hangTimer = servers.count() == 1
                ? -1
                : vertx.setTimer(timeouts.hang().toMillis(), id -> replaceHanging(on, promise));
        underWay.put(promise, System.nanoTime());
        long before = unconfirmed; // calls overlap: none may clear the warning of another
        execute(on, sql, arguments).onComplete(result -> {
            vertx.cancelTimer(timer);
            vertx.cancelTimer(hangTimer);
            underWay.remove(promise);
            if (result.failed()) {
                Throwable cause = result.cause();
                if (cause instanceof PgException) {
                    if (prepared.containsKey(sql) && prepared.get(sql).failed()) {
                        prepared.remove(sql);
                    }
                    promise.tryFail(cause);
                } else {
                    promise.tryFail(new PostgresUnavailable(String.valueOf(cause.getMessage())));
                    dropped(on, cause.getMessage());
                }
            } else if (unconfirmed != before) {
                promise.tryFail(new PostgresUnavailable("the synchronous standby did not confirm"));
            } else {
                promise.tryComplete(result.result());
            }
        });
        return promise.future();
    }

    /**
     * Called when a call hangs: replaces the server by another one, if there is one, as long as the call is unanswered.
     */
    private void replaceHanging(PgConnection hanging, Promise<?> call) {
        if (connection != hanging || call.future().isComplete()) {
            return;
        }
        lookElsewhere(
                        hanging,
                        i -> true,
                        found -> connection == hanging && !call.future().isComplete(),
                        "takes writes, and this one does not answer")
                .onComplete(done -> vertx.setTimer(LOOK_AGAIN_MS, id -> replaceHanging(hanging, call)));
    }

    /** Replaces {@code present} by one of the other servers, if that is still wanted when one is found. */
    private Future<Void> lookElsewhere(
            PgConnection present, IntPredicate among, Predicate<Primary> wanted, String why) {
        return finder.findAnother(server, among).map(found -> {
            if (!closed && wanted.test(found) && !servers.leftBehind(found.epoch())) {
                LOG.warnf("Postgres: another server %s", why);
                left(present);
                opened(found);
            } else {
                found.connection().close();
            }
            return null;
        });
    }

    /**
     * Prepares a statement once per connection; every time behind a proxy that changes connections between
     * transactions.
     */
    private Future<RowSet<Row>> execute(PgConnection on, String sql, Tuple arguments) {
        return servers.proxied()
                ? on.preparedQuery(sql).execute(arguments)
                : prepared.computeIfAbsent(sql, on::prepare)
                        .compose(statement -> statement.query().execute(arguments));
    }

    /** Reconnects: this connection does not lead to the wanted server. */
    public void drop(@Nullable String why) {
        dropped(connection, why);
    }

    private void dropped(@Nullable PgConnection which, @Nullable String why) {
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
        List<Promise<?>> unknown = List.copyOf(underWay.keySet());
        underWay.clear();
        // deferred: callers that retry at once should find the next connection, if there is one already
        context.runOnContext(v ->
                unknown.forEach(call -> call.tryFail(new PostgresUnavailable("the connection to Postgres was lost"))));
    }

    private void reconnect() {
        if (closed) {
            return;
        }
        finder.find().onSuccess(this::opened).onFailure(e -> {
            if (!warned) {
                warned = true;
                LOG.warnf("Postgres: cannot connect (%s), trying again", e.getMessage());
            }
            backoffMs = Math.min(MAX_BACKOFF_MS, Math.max(50, backoffMs * 2));
            vertx.setTimer(backoffMs, id -> reconnect());
        });
    }

    public Future<Void> close() {
        closed = true;
        finder.close();
        PgConnection last = connection;
        connection = null;
        return last == null ? Future.succeededFuture() : last.close();
    }
}
