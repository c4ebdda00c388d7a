package dev.stampede.seal;

import dev.stampede.seal.PostgresServers.Epoch;
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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.jboss.logging.Logger;

/**
 * One held connection to Postgres, used from one event loop. Every call is bounded; one that took too long, or whose
 * connection broke, is of unknown outcome, and its connection is dropped. A dropped connection comes back by itself.
 *
 * <p>Of several servers all are tried, and the one that takes writes on the newest timeline is taken. They are looked at
 * again when a call hangs, since a primary that was left behind may neither answer nor close its connections, and now and
 * then, since it may as well answer. Each second the one that is used is asked which Postgres it is: behind a proxy that
 * changes unnoticed.
 */
final class PostgresLink {
    private static final Logger LOG = Logger.getLogger(PostgresLink.class);
    private static final long MAX_BACKOFF_MS = 1000;
    private static final long LOOK_AGAIN_MS = 500;
    private static final long BEAT_MS = 1000;
    /** At each such beat, whether another server has taken this one's place. */
    private static final int RARELY = 5;
    /** How long is waited for others, once one that takes writes was found. */
    private static final long OTHERS_MS = 300;

    /** For how long a server that has not answered an attempt is not tried again just to see. */
    private static final long UNANSWERED_NANOS = 60_000_000_000L;

    private static final String WHICH =
            "SELECT CASE WHEN NOT pg_is_in_recovery() THEN epoch() END AS epoch, now_ms() AS at_ms,"
                    + " current_setting('transaction_read_only') = 'on' AS read_only,"
                    + " current_setting('synchronous_commit') AS synchronous_commit";

    private final Vertx vertx;
    private final Context context;
    private final PostgresServers servers;
    private final SealConfig config;
    private final LedgerClock clock;
    private final boolean cancels;
    private final Runnable onUp;
    private final Map<String, Future<PreparedStatement>> prepared = new HashMap<>();
    /** Calls, the oldest first, and when they were sent. */
    private final Map<Promise<?>, Long> underWay = new LinkedHashMap<>();
    /** Servers that have not answered the last attempt to connect yet, and since when. */
    private final Map<Integer, Long> unanswered = new HashMap<>();

    private volatile PgConnection connection; // these three are written on this event loop only
    private volatile Epoch epoch;
    private volatile int server;
    private long backoffMs;
    private boolean closed;
    private boolean looking;
    private boolean warned;
    private int beats;
    private boolean beating;
    private long unconfirmed;

    /**
     * @param cancels whether a call that took too long may be cancelled: never one that writes
     * @param onUp called on each new connection, and when it leads to another Postgres, on this event loop
     */
    PostgresLink(
            Vertx vertx,
            Context context,
            PostgresServers servers,
            SealConfig config,
            LedgerClock clock,
            boolean cancels,
            Runnable onUp) {
        this.vertx = vertx;
        this.context = context;
        this.servers = servers;
        this.config = config;
        this.clock = clock;
        this.cancels = cancels;
        this.onUp = onUp;
    }

    boolean up() {
        return connection != null;
    }

    /** Whether a call, of which there is one each second, has gone unanswered for too long. */
    boolean hangs() {
        for (long sentNanos : underWay.values()) {
            return System.nanoTime() - sentNanos > config.hangLimit().toNanos();
        }
        return false;
    }

    /** Which of the servers it is connected to, or was last. */
    int server() {
        return server;
    }

    /** The system that it is connected to, and its timeline. */
    String epoch() {
        Epoch now = epoch;
        return now == null ? null : now.toString();
    }

    Future<Void> connect() {
        return find(i -> true).map(found -> {
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

    /** A connection that nobody uses yet, to a server that takes writes. */
    private record Found(int server, PgConnection connection, Epoch epoch) {}

    /**
     * The server that takes writes; of several that do, the one on the newest timeline. Fails in bounded time if there is
     * none, or only such as were left behind.
     *
     * @param among which of them
     */
    private Future<Found> find(IntPredicate among) {
        Promise<Found> promise = Promise.promise();
        List<Found> all = new ArrayList<>();
        int[] asked = IntStream.range(0, servers.count()).filter(among).toArray();
        if (asked.length == 0) {
            return Future.failedFuture("there is no other server");
        }
        int[] left = {asked.length};
        for (int one : asked) {
            open(one).onComplete(result -> {
                left[0]--;
                if (result.succeeded()) {
                    if (promise.future().isComplete()) {
                        result.result().connection.close();
                        return;
                    }
                    all.add(result.result());
                    if (all.size() == 1 && left[0] > 0) {
                        vertx.setTimer(OTHERS_MS, id -> choose(all, promise));
                    }
                }
                if (left[0] == 0) {
                    if (all.isEmpty()) {
                        promise.tryFail(result.cause());
                    } else {
                        choose(all, promise);
                    }
                }
            });
        }
        return promise.future();
    }

    private void choose(List<Found> all, Promise<Found> promise) {
        if (promise.future().isComplete()) {
            return;
        }
        Found best = all.get(0);
        for (Found found : all) {
            if (found.epoch.isNewerThan(best.epoch)
                    || (found.server < best.server && !best.epoch.isNewerThan(found.epoch))) {
                best = found; // of two that are as new, all links take the same
            }
        }
        for (Found found : all) {
            if (found != best) {
                found.connection.close();
            }
        }
        promise.complete(best);
    }

    private Future<Found> open(int one) {
        Promise<Found> promise = Promise.promise();
        long timer = vertx.setTimer(
                config.connectTimeout().toMillis(),
                id -> promise.tryFail("no connection within " + config.connectTimeout()));
        unanswered.put(one, System.nanoTime());
        PgConnection.connect(vertx, servers.options(one))
                .compose(fresh -> greet(one, fresh).onFailure(e -> fresh.close()))
                .onComplete(result -> context.runOnContext(v -> {
                    vertx.cancelTimer(timer);
                    unanswered.remove(one);
                    if (result.failed()) {
                        promise.tryFail(result.cause());
                    } else if (closed || !promise.tryComplete(result.result())) {
                        result.result().connection.close();
                        promise.tryFail("closed");
                    }
                }));
        return promise.future();
    }

    /** Learns which Postgres it is and what time it has. */
    private Future<Found> greet(int one, PgConnection fresh) {
        LedgerClock.Sent sent = clock.sent();
        return fresh.query(WHICH)
                .execute()
                .map(rows -> new Found(one, fresh, usable(sent, rows.iterator().next())));
    }

    /** Its epoch; throws where it must not be used. */
    private Epoch usable(LedgerClock.Sent sent, Row row) {
        if (row.getBoolean("read_only") || row.getString("epoch") == null) {
            throw new IllegalStateException("it takes no writes");
        }
        Epoch asked = Epoch.parse(row.getString("epoch"));
        if (servers.leftBehind(asked)) {
            throw new IllegalStateException("it was left behind at a promotion");
        }
        String commit = row.getString("synchronous_commit");
        if (commit.equals("off") || commit.equals("local")) {
            throw new IllegalStateException("synchronous_commit is " + commit + ": what is answered could be lost");
        }
        clock.learn(sent, row.getLong("at_ms"));
        return asked;
    }

    private void opened(Found found) {
        PgConnection fresh = found.connection;
        if (closed) {
            fresh.close();
            return;
        }
        connection = fresh;
        server = found.server;
        epoch = found.epoch;
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
        call(WHICH, Tuple.tuple()).onComplete(result -> {
            beating = false;
            if (on != connection) {
                return;
            }
            try {
                if (result.succeeded()) {
                    Epoch now = usable(sent, result.result().iterator().next());
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
                            i -> System.nanoTime() - unanswered.getOrDefault(i, Long.MIN_VALUE / 2) > UNANSWERED_NANOS,
                            found -> connection == on && found.epoch.isNewerThan(epoch),
                            "was promoted")
                    .onFailure(e -> LOG.debugf("no other Postgres: %s", e.getMessage()));
        }
    }

    /** Runs one statement. Fails with {@link PgException} if Postgres refused it, else with {@link UnknownOutcome}. */
    Future<RowSet<Row>> call(String sql, Tuple arguments) {
        if (connection != null && servers.leftBehind(epoch)) {
            dropped(connection, "another link has found the one that took its place");
        }
        PgConnection on = connection;
        if (on == null) {
            return Future.failedFuture(new UnknownOutcome("Postgres is not connected", false));
        }
        Promise<RowSet<Row>> promise = Promise.promise();
        long timer = vertx.setTimer(config.callTimeout().toMillis(), id -> {
            if (promise.tryFail(new UnknownOutcome("no answer from Postgres within " + config.callTimeout(), true))) {
                if (cancels) { // it may wait for a standby, and would until that is back
                    on.cancelRequest().onFailure(e -> LOG.debugf("can't cancel: %s", e.getMessage()));
                }
                dropped(on, "a call timed out");
            }
        });
        long hangs =
                servers.count() == 1 ? -1 : vertx.setTimer(config.hangLimit().toMillis(), id -> hangs(on, promise));
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
    private Future<Void> lookElsewhere(IntPredicate among, Predicate<Found> wanted, String why) {
        if (looking || closed) {
            return Future.failedFuture("looked for already");
        }
        looking = true;
        int present = server;
        return find(i -> i != present && among.test(i))
                .onComplete(v -> looking = false)
                .map(found -> {
                    if (!closed && wanted.test(found) && !servers.leftBehind(found.epoch)) {
                        LOG.warnf("Postgres: another server %s", why);
                        left(connection);
                        opened(found);
                    } else {
                        found.connection.close();
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
    void drop(String why) {
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
                unknown.forEach(call -> call.tryFail(new UnknownOutcome("the connection to Postgres was lost", true))));
    }

    private void reconnect() {
        if (closed) {
            return;
        }
        find(i -> true).onSuccess(this::opened).onFailure(e -> {
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
