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
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
import java.util.function.Predicate;
import org.jboss.logging.Logger;

/**
 * One held connection to the Postgres server that takes writes, used from one event loop. Every call is bounded. If a
 * call takes too long, or its connection breaks, its outcome is unknown and the connection is dropped. The session then
 * connects anew by itself.
 *
 * <p>If there are several servers, {@link PrimaryFinder} chooses one. The session looks for another one when a call
 * hangs: a primary that was left behind at a promotion may neither answer nor close its connections. It also looks
 * every few seconds, because such a primary may as well go on answering. Each second it asks the server which Postgres
 * it is: behind a proxy that changes unnoticed.
 */
public final class PostgresSession {
    private static final Logger LOG = Logger.getLogger(PostgresSession.class);
    private static final long MAX_BACKOFF_MS = 1000;
    private static final long LOOK_AGAIN_MS = 500;
    private static final long BEAT_MS = 1000;
    /** At each such beat, whether another server has taken this one's place. */
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
    /** Calls, the oldest first, and when they were sent. */
    private final Map<Promise<?>, Long> underWay = new LinkedHashMap<>();

    private volatile PgConnection connection; // these three are written on this event loop only
    private volatile Epoch epoch;
    private volatile int server;
    private long backoffMs;
    private boolean closed;
    private boolean warned;
    private int beats;
    private boolean beating;
    private long unconfirmed;

    /**
     * @param timeouts how long it waits
     * @param cancels whether a call that took too long may be cancelled: never one that writes
     * @param onUp called on each new connection, and when it leads to another Postgres, on this event loop
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

    /** Whether a call, of which there is one each second, has gone unanswered for too long. */
    public boolean hangs() {
        for (long sentNanos : underWay.values()) {
            return System.nanoTime() - sentNanos > timeouts.hang().toNanos();
        }
        return false;
    }

    /** Which of the servers it is connected to, or was last. */
    public int server() {
        return server;
    }

    /** The system that it is connected to, and its timeline. */
    public String epoch() {
        Epoch now = epoch;
        return now == null ? null : now.toString();
    }

    public Future<Void> connect() {
        return finder.find().map(found -> {
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
        servers.use(epoch);
        prepared.clear();
        backoffMs = 0;
        warned = false;
        fresh.closeHandler(v -> dropped(fresh, "closed"));
        fresh.exceptionHandler(e -> dropped(fresh, e.getMessage()));
        fresh.noticeHandler(notice -> {
            // "canceling wait for synchronous replication", in whatever language: committed, but perhaps only here
            if ("SyncRepWaitForLSN".equals(notice.getRoutine())) {
                unconfirmed++;
            }
        });
        onUp.run();
    }

    /** Whether it still is what it was. */
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
                        LOG.warnf("Postgres: it is another one now (%s, and was %s)", now, epoch);
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
            lookElsewhere(
                            finder::mayAnswer,
                            found -> connection == on && found.epoch().isNewerThan(epoch),
                            "was promoted")
                    .onFailure(e -> LOG.debugf("no other Postgres: %s", e.getMessage()));
        }
    }

    /**
     * Runs one statement. Fails with {@link PgException} if Postgres refused it, else with {@link PostgresUnavailable}.
     */
    public Future<RowSet<Row>> call(String sql, Tuple arguments) {
        if (connection != null && servers.leftBehind(epoch)) {
            dropped(connection, "another session has found the one that took its place");
        }
        PgConnection on = connection;
        if (on == null) {
            return Future.failedFuture(new PostgresUnavailable("Postgres is not connected"));
        }
        Promise<RowSet<Row>> promise = Promise.promise();
        long timer = vertx.setTimer(timeouts.call().toMillis(), id -> {
            if (promise.tryFail(new PostgresUnavailable("no answer from Postgres within " + timeouts.call()))) {
                if (cancels) { // it may wait for a standby, and would until that is back
                    on.cancelRequest().onFailure(e -> LOG.debugf("can't cancel: %s", e.getMessage()));
                }
                dropped(on, "a call timed out");
            }
        });
        long hangs = servers.count() == 1 ? -1 : vertx.setTimer(timeouts.hang().toMillis(), id -> hangs(on, promise));
        underWay.put(promise, System.nanoTime());
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

    /** A call hangs: takes another server in this one's place, if there is one, as long as the call is not answered. */
    private void hangs(PgConnection hanging, Promise<?> call) {
        if (connection != hanging || call.future().isComplete()) {
            return;
        }
        lookElsewhere(
                        i -> true,
                        found -> connection == hanging && !call.future().isComplete(),
                        "takes writes, and this one does not answer")
                .onComplete(done -> vertx.setTimer(LOOK_AGAIN_MS, id -> hangs(hanging, call)));
    }

    /** Takes one of the other servers in this one's place, if it is wanted when it is found. */
    private Future<Void> lookElsewhere(IntPredicate among, Predicate<Primary> wanted, String why) {
        return finder.findAnother(server, among).map(found -> {
            if (!closed && wanted.test(found) && !servers.leftBehind(found.epoch())) {
                LOG.warnf("Postgres: another server %s", why);
                left(connection);
                opened(found);
            } else {
                found.connection().close();
            }
            return null;
        });
    }

    /** Prepared once a connection; but each time behind a proxy that gives each transaction another one. */
    private Future<RowSet<Row>> execute(PgConnection on, String sql, Tuple arguments) {
        return servers.proxied()
                ? on.preparedQuery(sql).execute(arguments)
                : prepared.computeIfAbsent(sql, on::prepare)
                        .compose(statement -> statement.query().execute(arguments));
    }

    /** Connects anew: this one is not the one that is wanted. */
    public void drop(String why) {
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
        List<Promise<?>> unknown = List.copyOf(underWay.keySet());
        underWay.clear();
        // not now: whoever asks again at once finds the next connection, if there is one already
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
                LOG.warnf("Postgres: can't connect (%s), trying on", e.getMessage());
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
