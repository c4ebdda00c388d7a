package dev.stampede.propose;

import io.vertx.core.AsyncResult;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.impl.PooledRedisConnection;
import io.vertx.redis.client.impl.types.ErrorType;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jboss.logging.Logger;

/**
 * One held connection to Redis, used from one event loop: commands are pipelined, replies come in order. A command that
 * takes too long is of unknown outcome, and so is everything behind it: the connection is dropped. A dropped connection
 * comes back by itself, with back-off, and with another {@link #tag}.
 *
 * <p>Commands that come in one turn of the event loop are written in one piece, which saves both sides most of their
 * system calls. The client answers such a piece as a whole: if Redis refuses one of its commands, what became of the
 * others is not known, so that the connection is dropped, and commands go singly for a while.
 */
final class RedisLink {
    private static final Logger LOG = Logger.getLogger(RedisLink.class);
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final long MAX_BACKOFF_MS = 1000;
    private static final long CONNECT_TIMEOUT_MS = 3000;
    private static final long SINGLY_NANOS = 10_000_000_000L;

    private final Vertx vertx;
    private final Context context;
    private final Redis redis;
    private final RedisConfig config;
    private final FunctionLibrary library;
    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
    private List<Waiting> turn = new ArrayList<>();
    private long singlyUntil = System.nanoTime();
    private RedisConnection connection;
    private String tag;
    private long backoffMs;
    private boolean closed;
    private boolean warned;

    private record Waiting(Request request, Promise<Response> promise, long sentNanos) {}

    RedisLink(Vertx vertx, Context context, Redis redis, RedisConfig config, FunctionLibrary library) {
        this.vertx = vertx;
        this.context = context;
        this.redis = redis;
        this.config = config;
        this.library = library;
        vertx.setPeriodic(100, id -> {
            if (closed) {
                vertx.cancelTimer(id);
            } else {
                context.runOnContext(v -> checkTimeouts());
            }
        });
    }

    boolean up() {
        return connection != null;
    }

    /** Names this connection: replies to one tag come in order and leave nothing out. */
    String tag() {
        return tag;
    }

    /** Connects, and loads the library. Fails if Redis can't be used at all (its eviction policy drops images). */
    Future<Void> connect() {
        Promise<Void> promise = Promise.promise();
        long timer = vertx.setTimer(CONNECT_TIMEOUT_MS, id -> promise.tryFail("no connection in time"));
        open(promise).onComplete(result -> {
            vertx.cancelTimer(timer);
            if (result.failed()) {
                promise.tryFail(result.cause());
            } else {
                promise.tryComplete();
            }
        });
        return promise.future();
    }

    private Future<Void> open(Promise<Void> wanted) {
        return onContext(redis.connect())
                .compose(fresh -> {
                    // one that never answers its first commands must not be kept waiting for
                    wanted.future().onFailure(e -> abandon(fresh));
                    return wanted.future().isComplete()
                            ? Future.<RedisConnection>failedFuture("too late")
                            : Future.succeededFuture(fresh);
                })
                .compose(fresh -> prepare(fresh)
                        .map(v -> {
                            if (closed || wanted.future().isComplete()) {
                                throw new IllegalStateException("too late");
                            }
                            byte[] bytes = new byte[6];
                            RANDOM.nextBytes(bytes);
                            tag = HexFormat.of().formatHex(bytes);
                            connection = fresh;
                            backoffMs = 0;
                            warned = false;
                            fresh.exceptionHandler(e -> dropped(fresh, e));
                            fresh.endHandler(v2 -> dropped(fresh, null));
                            return (Void) null;
                        })
                        .onFailure(e -> abandon(fresh)));
    }

    private Future<Void> prepare(RedisConnection fresh) {
        return onContext(fresh.send(Request.cmd(Command.CONFIG).arg("GET").arg("maxmemory-policy")))
                .recover(e -> Future.succeededFuture())
                .compose(policy -> {
                    if (policy != null && policy.toString().contains("allkeys")) {
                        return Future.failedFuture(new IllegalStateException(
                                "Redis' maxmemory-policy is allkeys-*: it would evict operations that are not sealed"
                                        + " yet; set noeviction or volatile-*"));
                    }
                    return loadLibrary(fresh);
                });
    }

    private Future<Void> loadLibrary(RedisConnection on) {
        return onContext(on.send(Request.cmd(Command.FUNCTION).arg("LOAD").arg(library.source)))
                .<Void>mapEmpty()
                .recover(e -> FunctionLibrary.isLoadedAlready(e) || FunctionLibrary.isOutOfMemory(e)
                        ? Future.succeededFuture()
                        : Future.failedFuture(e));
    }

    /** Sends a command; fails with {@link RedisFailure}, or with Redis' own error. Loads the library where it is lost. */
    Future<Response> send(Request request) {
        RedisConnection on = connection;
        return sendOnce(on, request)
                .recover(e -> on != null && on == connection && FunctionLibrary.isMissing(e)
                        ? loadLibrary(on).compose(v -> sendOnce(on, request))
                        : Future.failedFuture(e));
    }

    private Future<Response> sendOnce(RedisConnection on, Request request) {
        if (on == null || on != connection) {
            return Future.failedFuture(new RedisFailure("Redis is not connected", false, null));
        }
        if (waiting.size() >= config.maxWaiting()) {
            return Future.failedFuture(new RedisFailure("too many commands wait for Redis", false, null));
        }
        Waiting entry = new Waiting(request, Promise.promise(), System.nanoTime());
        waiting.add(entry);
        turn.add(entry);
        if (turn.size() == 1) {
            context.runOnContext(v -> flush());
        }
        return entry.promise.future();
    }

    private void flush() {
        List<Waiting> together = turn;
        turn = new ArrayList<>();
        RedisConnection on = connection;
        if (on == null) {
            return; // dropped since: failed there
        }
        if (together.size() > 1 && System.nanoTime() - singlyUntil > 0) {
            List<Request> requests = new ArrayList<>(together.size());
            together.forEach(entry -> requests.add(entry.request));
            onContext(on.batch(requests)).onComplete(result -> answered(on, together, result));
        } else {
            together.forEach(
                    entry -> onContext(on.send(entry.request)).onComplete(result -> answered(on, entry, result)));
        }
    }

    private void answered(RedisConnection on, List<Waiting> together, AsyncResult<List<Response>> result) {
        if (on != connection) {
            return; // dropped since: failed there
        }
        if (result.failed()) {
            singlyUntil = System.nanoTime() + SINGLY_NANOS;
            dropped(on, result.cause());
            return;
        }
        for (int i = 0; i < together.size(); i++) {
            Waiting entry = together.get(i);
            forget(entry);
            entry.promise.tryComplete(result.result().get(i));
        }
    }

    private void answered(RedisConnection on, Waiting entry, AsyncResult<Response> result) {
        if (on != connection) {
            return; // dropped since: failed there
        }
        forget(entry);
        if (result.succeeded()) {
            entry.promise.complete(result.result());
        } else if (result.cause() instanceof ErrorType reply && !reply.is("CONNECTION_CLOSED")) {
            singlyUntil = System.nanoTime() + SINGLY_NANOS;
            entry.promise.fail(result.cause());
            if (reply.is("READONLY") || reply.is("MASTERDOWN") || reply.is("LOADING")) {
                dropped(on, reply); // not a master any more, or not yet: look for the one that is
            }
        } else {
            entry.promise.fail(new RedisFailure("Redis did not answer", true, result.cause()));
        }
    }

    private void forget(Waiting entry) {
        if (waiting.peek() == entry) {
            waiting.poll();
        } else {
            waiting.remove(entry);
        }
    }

    private void checkTimeouts() {
        Waiting oldest = waiting.peek();
        if (oldest != null
                && System.nanoTime() - oldest.sentNanos
                        > config.commandTimeout().toNanos()) {
            dropped(connection, new RedisFailure("no answer within " + config.commandTimeout(), true, null));
        }
    }

    private void dropped(RedisConnection which, Throwable cause) {
        if (Vertx.currentContext() != context) {
            context.runOnContext(v -> dropped(which, cause));
            return;
        }
        if (which == null || which != connection) {
            return;
        }
        connection = null;
        turn = new ArrayList<>();
        abandon(which);
        while (!waiting.isEmpty()) {
            waiting.poll().promise.fail(new RedisFailure("the connection to Redis was lost", true, cause));
        }
        if (!closed) {
            LOG.warnf("Redis: connection lost (%s), reconnecting", cause == null ? "closed" : cause.getMessage());
            reconnect();
        }
    }

    /** Closes it for good: one that is only given back to the client's pool is taken out again, however dead it is. */
    private static void abandon(RedisConnection which) {
        if (which instanceof PooledRedisConnection pooled) {
            pooled.actual().forceClose();
        } else {
            which.close();
        }
    }

    private void reconnect() {
        if (closed) {
            return;
        }
        connect().onFailure(e -> {
            if (!warned) {
                warned = true;
                LOG.warnf("Redis: can't connect (%s), trying on", e.getMessage());
            }
            backoffMs = Math.min(MAX_BACKOFF_MS, Math.max(20, backoffMs * 2));
            vertx.setTimer(backoffMs, id -> context.runOnContext(v -> reconnect()));
        });
    }

    Future<Void> close() {
        closed = true;
        RedisConnection last = connection;
        connection = null;
        return last == null ? Future.succeededFuture() : last.close();
    }

    /** Brings a result to this link's event loop, in order. */
    private <T> Future<T> onContext(Future<T> future) {
        Promise<T> promise = Promise.promise();
        future.onComplete(result -> {
            if (Vertx.currentContext() == context) {
                promise.handle(result);
            } else {
                context.runOnContext(v -> promise.handle(result));
            }
        });
        return promise.future();
    }
}
