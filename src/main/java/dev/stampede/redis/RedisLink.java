package dev.stampede.redis;

import dev.stampede.redis.RedisTopology.Node;
import io.vertx.core.AsyncResult;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.impl.types.ErrorType;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Function;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * One persistent connection to one master, used from one event loop: commands are pipelined, replies come in order. The
 * outcome of a command that takes too long is unknown, and so is that of all commands after it: the connection is
 * dropped. A dropped connection is re-established with back-off, and gets another {@link #tag}; {@link RedisRouter}
 * decides whether it is still needed.
 *
 * <p>Commands of one turn of the event loop are written together, which saves both sides most of their system calls.
 * The client answers such a batch as a whole. If Redis refuses one of its commands, the outcome of the others is
 * unknown: the connection is dropped, and commands are sent singly for a while.
 */
final class RedisLink {
    private static final Logger LOG = Logger.getLogger(RedisLink.class);
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final long MAX_BACKOFF_MS = 1000;
    private static final long PREPARE_TIMEOUT_MS = 3000;
    private static final long PROMPT_NANOS = 30_000_000L;
    private static final long SINGLY_NANOS = 10_000_000_000L;

    private final Vertx vertx;
    private final Context context;
    private final RedisTopology nodes;
    private final String endpoint;
    private final RedisConfig config;
    private final FunctionLibrary library;
    private final Runnable onTrouble;
    private final Runnable onUp;
    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
    private List<Waiting> turn = new ArrayList<>();
    private long singlyUntil = System.nanoTime();
    private @Nullable Node node;
    private @Nullable RedisConnection connection;
    private Future<Void> connecting = Future.failedFuture("not started");
    private @Nullable String tag;
    private long backoffMs;
    private boolean closed;
    private boolean warned;

    private record Waiting(Request request, Promise<Response> promise, long sentNanos) {}

    /** This Redis must not be used: its eviction policy drops images. */
    static final class Unusable extends RuntimeException {
        Unusable(String message) {
            super(message);
        }
    }

    /**
     * @param onTrouble called when the link is not connected, and its master may have moved
     * @param onUp called when the link is connected
     */
    RedisLink(
            Vertx vertx,
            Context context,
            RedisTopology nodes,
            String endpoint,
            RedisConfig config,
            FunctionLibrary library,
            Runnable onTrouble,
            Runnable onUp) {
        this.vertx = vertx;
        this.context = context;
        this.nodes = nodes;
        this.endpoint = endpoint;
        this.config = config;
        this.library = library;
        this.onTrouble = onTrouble;
        this.onUp = onUp;
        vertx.setPeriodic(100, id -> {
            if (closed) {
                vertx.cancelTimer(id);
            } else {
                context.runOnContext(v -> checkTimeouts());
            }
        });
    }

    /** Number of commands that wait for their reply. */
    int waiting() {
        return waiting.size();
    }

    boolean connected() {
        return connection != null;
    }

    /** Whether it is connected and answers. A hanging master is noticed before the time limit of its first command. */
    boolean up() {
        return connection != null && waitsFor() < config.hangLimit().toNanos();
    }

    /** Whether it answers as fast as a healthy Redis. */
    boolean prompt() {
        return waitsFor() < PROMPT_NANOS;
    }

    /** How long the oldest command has been waiting for its reply, in ns. */
    private long waitsFor() {
        Waiting oldest = waiting.peek();
        return oldest == null ? 0 : System.nanoTime() - oldest.sentNanos;
    }

    /** Identifies this connection: replies with the same tag come in order and without gaps. */
    @Nullable
    String tag() {
        return tag;
    }

    String endpoint() {
        return endpoint;
    }

    private String place() {
        return RedisTopology.place(endpoint);
    }

    /** Connects, and tries again after a failure; answers the result of the first two attempts. */
    Future<Void> start() {
        // a cold process may need longer for its first connection than for any other: once more
        connecting = connect().recover(e -> closed || e instanceof Unusable ? Future.failedFuture(e) : connect());
        connecting.onFailure(this::tryAgain);
        return connecting;
    }

    /** The result of the first two attempts. */
    Future<Void> connecting() {
        return connecting;
    }

    /** Connects, and loads the library. */
    private Future<Void> connect() {
        return nodes.open(endpoint).compose(fresh -> {
            Promise<Void> promise = Promise.promise();
            // a server that never answers the first commands must not block the attempt
            long timer = vertx.setTimer(PREPARE_TIMEOUT_MS, id -> promise.tryFail("no answer in time"));
            prepare(fresh.connection()).onComplete(result -> {
                vertx.cancelTimer(timer);
                if (result.failed()) {
                    promise.tryFail(result.cause());
                } else if (closed) {
                    promise.tryFail("closed");
                } else if (!promise.future().isComplete()) {
                    opened(fresh);
                    promise.complete(); // last: callers that waited for this send at once
                }
            });
            return promise.future().onFailure(e -> fresh.close());
        });
    }

    private void opened(Node fresh) {
        byte[] bytes = new byte[6];
        RANDOM.nextBytes(bytes);
        tag = HexFormat.of().formatHex(bytes);
        node = fresh;
        connection = fresh.connection();
        backoffMs = 0;
        warned = false;
        connection.exceptionHandler(e -> dropped(fresh.connection(), e));
        connection.endHandler(v -> dropped(fresh.connection(), null));
        onUp.run();
    }

    private Future<Void> prepare(RedisConnection fresh) {
        return onContext(fresh.send(Request.cmd(Command.ROLE)))
                .recover(e -> Future.succeededFuture())
                .compose(role -> {
                    if (role != null
                            && role.size() > 0
                            && role.get(0).toString().equals("slave")) {
                        return Future.failedFuture("it is a replica");
                    }
                    return onContext(fresh.send(
                                    Request.cmd(Command.CONFIG).arg("GET").arg("maxmemory-policy")))
                            .recover(e -> Future.succeededFuture());
                })
                .compose(policy -> {
                    if (policy != null && policy.toString().contains("allkeys")) {
                        return Future.failedFuture(new Unusable(
                                "Redis' maxmemory-policy is allkeys-*: it would evict operations that are not sealed"
                                        + " yet; set noeviction or volatile-*"));
                    }
                    return loadLibrary(request -> onContext(fresh.send(request)));
                });
    }

    private Future<Void> loadLibrary(Function<Request, Future<Response>> on) {
        return on.apply(Request.cmd(Command.FUNCTION).arg("LOAD").arg(library.source()))
                .<Void>mapEmpty()
                .recover(e -> FunctionLibrary.isLoadedAlready(e) || FunctionLibrary.isOutOfMemory(e)
                        ? Future.succeededFuture()
                        : Future.failedFuture(e));
    }

    Future<Void> loadLibrary() {
        return loadLibrary(this::send);
    }

    /**
     * Sends a command that another server refused, once the first attempt to connect has ended.
     *
     * @param why the error of that server, in case this one cannot be asked
     * @param call makes the command for this connection's tag
     */
    Future<Response> whenUp(Throwable why, Function<Request, Future<Response>> send, Function<String, Request> call) {
        return connecting
                .otherwiseEmpty()
                .compose(v -> connected() ? send.apply(call.apply(tag)) : Future.failedFuture(why));
    }

    /** Sends two commands with none in between; answers the reply to the second one. */
    Future<Response> sendBehind(Request first, Request second) {
        Future<Response> before = send(first);
        return send(second).compose(reply -> before.map(reply));
    }

    /** Sends a command that only reads: half of the places are reserved for writing commands. */
    Future<Response> read(Request request) {
        return connection != null && waiting.size() >= config.maxWaiting() / 2
                ? Future.failedFuture(RedisUnavailable.full())
                : send(request);
    }

    /** Sends a command; fails with {@link RedisUnavailable}, or with Redis' own error. */
    Future<Response> send(Request request) {
        if (connection == null) {
            return Future.failedFuture(new RedisUnavailable("Redis is not connected", false, null));
        }
        if (waiting.size() >= config.maxWaiting()) {
            return Future.failedFuture(RedisUnavailable.full());
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
            return; // dropped meanwhile, which failed the commands
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
            return; // dropped meanwhile, which failed the commands
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
            return; // dropped meanwhile, which failed the command
        }
        forget(entry);
        if (result.succeeded()) {
            entry.promise.complete(result.result());
        } else if (result.cause() instanceof ErrorType reply && !reply.is("CONNECTION_CLOSED")) {
            singlyUntil = System.nanoTime() + SINGLY_NANOS;
            entry.promise.fail(result.cause());
            if (reply.is("READONLY") || reply.is("MASTERDOWN") || reply.is("LOADING")) {
                dropped(on, reply); // not a master any more, or not yet: search for the master
            }
        } else {
            entry.promise.fail(new RedisUnavailable("Redis did not answer", true, result.cause()));
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
            dropped(connection, new RedisUnavailable("no answer within " + config.commandTimeout(), true, null));
        }
    }

    private void dropped(@Nullable RedisConnection which, @Nullable Throwable cause) {
        if (Vertx.currentContext() != context) {
            context.runOnContext(v -> dropped(which, cause));
            return;
        }
        if (which == null || node == null || which != connection) {
            return;
        }
        connection = null;
        turn = new ArrayList<>();
        node.close();
        while (!waiting.isEmpty()) {
            waiting.poll().promise.fail(new RedisUnavailable("the connection to Redis was lost", true, cause));
        }
        if (!closed) {
            LOG.warnf(
                    "Redis: connection to %s lost (%s), reconnecting",
                    place(), cause == null ? "closed" : cause.getMessage());
            reconnect();
        }
    }

    private void reconnect() {
        if (!closed) {
            connect().onFailure(this::tryAgain);
            onTrouble.run();
        }
    }

    private void tryAgain(Throwable why) {
        if (closed) {
            return;
        }
        if (!warned) {
            warned = true;
            LOG.warnf("Redis: cannot connect to %s (%s), trying again", place(), why.getMessage());
        }
        backoffMs = Math.min(MAX_BACKOFF_MS, Math.max(20, backoffMs * 2));
        vertx.setTimer(backoffMs, id -> context.runOnContext(v -> reconnect()));
    }

    /** Fails all commands that still wait for a reply. */
    void close() {
        closed = true;
        dropped(connection, null);
    }

    /** Passes a reply to this link's event loop, in order. An error of the library gets its part and line. */
    private <T> Future<T> onContext(Future<T> reply) {
        Promise<T> promise = Promise.promise();
        reply.onComplete(result -> {
            if (Vertx.currentContext() == context) {
                handOver(result, promise);
            } else {
                context.runOnContext(v -> handOver(result, promise));
            }
        });
        return promise.future();
    }

    private <T> void handOver(AsyncResult<T> reply, Promise<T> promise) {
        if (reply.succeeded()) {
            promise.complete(reply.result());
        } else {
            promise.fail(library.located(reply.cause()));
        }
    }
}
