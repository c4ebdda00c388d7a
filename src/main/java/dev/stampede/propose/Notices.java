package dev.stampede.propose;

import dev.stampede.account.AccountId;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.ResponseType;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jboss.logging.Logger;

/**
 * Hears which accounts have been sealed, by whichever gateway: one channel a lane, subscribed to while somebody watches
 * an account of it. Notices may be lost (Redis, reconnects); who watches looks for himself now and then.
 */
public final class Notices {
    private static final Logger LOG = Logger.getLogger(Notices.class);
    private static final long RECONNECT_MS = 500;
    private static final long CONNECT_TIMEOUT_MS = 3000;

    private final Vertx vertx;
    private final Context context;
    private final Redis redis;
    private final Map<AccountId, Set<Runnable>> watchers = new HashMap<>();
    private final Map<Short, Integer> lanes = new HashMap<>();
    private RedisConnection connection;
    private boolean connecting;
    private boolean closed;

    public Notices(Vertx vertx, Context context, Redis redis) {
        this.vertx = vertx;
        this.context = context;
        this.redis = redis;
    }

    static String channel(short lane) {
        return "stampede:sealed:" + lane;
    }

    /** Calls {@code watcher} (on some event loop) whenever the account has been sealed, until {@link #unwatch}. */
    public void watch(AccountId account, Runnable watcher) {
        context.runOnContext(v -> {
            if (watchers.computeIfAbsent(account, a -> new HashSet<>()).add(watcher)
                    && lanes.merge(account.lane(), 1, Integer::sum) == 1) {
                if (connection == null) {
                    connect();
                } else {
                    send(Command.SUBSCRIBE, account.lane());
                }
            }
        });
    }

    public void unwatch(AccountId account, Runnable watcher) {
        context.runOnContext(v -> {
            Set<Runnable> of = watchers.get(account);
            if (of == null || !of.remove(watcher)) {
                return;
            }
            if (of.isEmpty()) {
                watchers.remove(account);
            }
            if (lanes.merge(account.lane(), -1, Integer::sum) == 0) {
                lanes.remove(account.lane());
                if (connection != null) {
                    send(Command.UNSUBSCRIBE, account.lane());
                }
            }
        });
    }

    private void connect() {
        if (connecting || closed || lanes.isEmpty()) {
            return;
        }
        connecting = true;
        Promise<RedisConnection> inTime = Promise.promise();
        long timer = vertx.setTimer(CONNECT_TIMEOUT_MS, id -> inTime.tryFail("no connection in time"));
        redis.connect()
                .onSuccess(fresh -> {
                    if (!inTime.tryComplete(fresh)) {
                        fresh.close();
                    }
                })
                .onFailure(inTime::tryFail);
        inTime.future()
                .onComplete(result -> context.runOnContext(v -> {
                    connecting = false;
                    vertx.cancelTimer(timer);
                    if (result.failed()) {
                        vertx.setTimer(RECONNECT_MS, id -> context.runOnContext(w -> connect()));
                        return;
                    }
                    RedisConnection fresh = result.result();
                    if (closed) {
                        fresh.close();
                        return;
                    }
                    connection = fresh;
                    fresh.handler(message -> context.runOnContext(w -> heard(message)));
                    fresh.exceptionHandler(e -> context.runOnContext(w -> dropped(fresh)));
                    fresh.endHandler(e -> context.runOnContext(w -> dropped(fresh)));
                    for (short lane : lanes.keySet()) {
                        send(Command.SUBSCRIBE, lane);
                    }
                }));
    }

    private void send(Command command, short lane) {
        RedisConnection on = connection;
        on.send(Request.cmd(command).arg(channel(lane))).onFailure(e -> {
            LOG.debugf("notices of lane %d: %s", lane, e.getMessage());
            context.runOnContext(v -> dropped(on));
        });
    }

    private void dropped(RedisConnection which) {
        if (which == connection) {
            connection = null;
            which.close();
            connect();
        }
    }

    private void heard(Response message) {
        if (message.type() != ResponseType.PUSH && message.type() != ResponseType.MULTI || message.size() < 3) {
            return;
        }
        if (!message.get(0).toString().equals("message")) {
            return;
        }
        String name = message.get(2).toString();
        int colon = name.indexOf(':');
        if (colon < 0) {
            return;
        }
        Set<Runnable> of = watchers.get(AccountId.of(name.substring(0, colon), name.substring(colon + 1)));
        if (of != null) {
            Set.copyOf(of).forEach(Runnable::run);
        }
    }

    public Future<Void> close() {
        closed = true;
        RedisConnection last = connection;
        connection = null;
        return last == null ? Future.succeededFuture() : last.close();
    }
}
