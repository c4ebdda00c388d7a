package dev.stampede.postgres;

import dev.stampede.postgres.PostgresServers.Epoch;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgConnection;
import io.vertx.sqlclient.Row;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * Finds the server that takes writes. It tries all servers at once and takes the one on the newest timeline. It refuses
 * servers that are read-only, that were left behind at a promotion, or that answer before a commit is safe. Used from
 * one event loop; every search ends in bounded time.
 */
final class PrimaryFinder {
    /** How long it waits for the others after it has found a server that takes writes. */
    private static final long OTHERS_MS = 300;

    /** How long a server that did not answer an attempt is excluded from periodic checks. */
    private static final long UNANSWERED_NANOS = TimeUnit.MINUTES.toNanos(1);

    /** Asks a server for everything that {@link #usable} needs to know. */
    static final String WHICH = "SELECT CASE WHEN NOT pg_is_in_recovery() THEN epoch() END AS epoch, now_ms() AS at_ms,"
            + " current_setting('transaction_read_only') = 'on' AS read_only,"
            + " current_setting('synchronous_commit') AS synchronous_commit";

    private final Vertx vertx;
    private final Context context;
    private final PostgresServers servers;
    private final Duration connectTimeout;
    private final LedgerClock clock;
    /** Servers that have not answered the last attempt to connect yet, and since when. */
    private final Map<Integer, Long> unanswered = new HashMap<>();

    private boolean looking;
    private boolean closed;

    /** A server that takes writes, with a connection that is not used yet. */
    record Primary(int server, PgConnection connection, Epoch epoch) {}

    PrimaryFinder(Vertx vertx, Context context, PostgresServers servers, Duration connectTimeout, LedgerClock clock) {
        this.vertx = vertx;
        this.context = context;
        this.servers = servers;
        this.connectTimeout = connectTimeout;
        this.clock = clock;
    }

    /** Finds the primary among all servers. Fails if no server is usable. */
    Future<Primary> find() {
        return find(server -> true);
    }

    /**
     * Finds a primary among the other servers. Fails if no other server is usable, or while another search of this kind
     * is running.
     *
     * @param present the server in use
     * @param among which of the others to ask
     */
    Future<Primary> findAnother(int present, IntPredicate among) {
        if (looking || closed) {
            return Future.failedFuture("a search is already running");
        }
        looking = true;
        return find(server -> server != present && among.test(server)).onComplete(found -> looking = false);
    }

    /** Whether a server is worth a periodic check: not if it did not answer the last attempt. */
    boolean mayAnswer(int server) {
        return System.nanoTime() - unanswered.getOrDefault(server, Long.MIN_VALUE / 2) > UNANSWERED_NANOS;
    }

    /** Ends all searches: none will find a server. */
    void close() {
        closed = true;
    }

    private Future<Primary> find(IntPredicate among) {
        Promise<Primary> promise = Promise.promise();
        List<Primary> all = new ArrayList<>();
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

    private static void choose(List<Primary> all, Promise<Primary> promise) {
        if (promise.future().isComplete()) {
            return;
        }
        Primary best = all.get(0);
        for (Primary found : all) {
            if (found.epoch.isNewerThan(best.epoch)
                    || (found.server < best.server && !best.epoch.isNewerThan(found.epoch))) {
                best = found; // of two equally new ones, all sessions take the same
            }
        }
        for (Primary found : all) {
            if (found != best) {
                found.connection.close();
            }
        }
        promise.complete(best);
    }

    private Future<Primary> open(int one) {
        Promise<Primary> promise = Promise.promise();
        long timer = vertx.setTimer(
                connectTimeout.toMillis(), id -> promise.tryFail("no connection within " + connectTimeout));
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

    private Future<Primary> greet(int one, PgConnection fresh) {
        LedgerClock.Sent sent = clock.sent();
        return fresh.query(WHICH)
                .execute()
                .map(rows ->
                        new Primary(one, fresh, usable(sent, rows.iterator().next())));
    }

    /**
     * Reads the answer to {@link #WHICH}, and learns the server's time.
     *
     * @throws IllegalStateException if the server must not be used
     */
    Epoch usable(LedgerClock.Sent sent, Row row) {
        if (row.getBoolean("read_only") || row.getString("epoch") == null) {
            throw new IllegalStateException("it takes no writes");
        }
        Epoch asked = Epoch.parse(row.getString("epoch"));
        if (servers.leftBehind(asked)) {
            throw new IllegalStateException("it was left behind at a promotion");
        }
        String commit = row.getString("synchronous_commit");
        if (commit.equals("off") || commit.equals("local")) {
            throw new IllegalStateException("synchronous_commit is " + commit + ": answered operations could be lost");
        }
        clock.learn(sent, row.getLong("at_ms"));
        return asked;
    }
}
