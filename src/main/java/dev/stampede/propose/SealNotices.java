package dev.stampede.propose;

import dev.stampede.account.AccountId;
import dev.stampede.redis.RedisTopology;
import dev.stampede.redis.RedisTopology.Node;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.RedisOptions;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.ResponseType;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Receives notices of sealed accounts, of changed API keys, and of what gateways do, from all gateways. There is one
 * channel per lane, subscribed while an account of the lane is watched, one of keys, and one of what they do. Notices
 * may be lost (Redis, reconnects); watchers must also check periodically.
 */
public final class SealNotices {
    private static final Logger LOG = Logger.getLogger(SealNotices.class);
    private static final long RECONNECT_MS = 500;
    private static final long HEARTBEAT_MS = 5000;
    /** The number of heartbeats between two checks that the server is still a master. */
    private static final int RARELY = 6;

    /** Says that API keys have changed. */
    static final String KEYS = "stampede:keys";

    /** What each gateway has done in a second. */
    static final String LIVE = "stampede:live";

    private final Vertx vertx;
    private final Context context;
    private final RedisTopology nodes;
    private @Nullable Runnable keysWatcher;
    private @Nullable Consumer<String> liveWatcher;
    private final Map<AccountId, Set<Runnable>> watchers = new HashMap<>();
    private final Map<Short, Integer> lanes = new HashMap<>();
    private @Nullable Joined joined;
    private boolean heard;
    private boolean connecting; // or waiting to connect
    private boolean warned;
    private int beats;
    private int attempts;
    private volatile boolean closed;

    /** A connection, and its endpoint. */
    private record Joined(String endpoint, Node node) {}

    public SealNotices(Vertx vertx, Context context, RedisOptions redis) {
        this.vertx = vertx;
        this.context = context;
        this.nodes = new RedisTopology(vertx, context, redis);
        vertx.setPeriodic(HEARTBEAT_MS, id -> {
            if (closed) {
                vertx.cancelTimer(id);
            } else {
                context.runOnContext(v -> beat());
            }
        });
    }

    static String channel(short lane) {
        return "stampede:sealed:" + lane;
    }

    /** Calls {@code watcher} (on any event loop) whenever the account was sealed, until {@link #unwatch}. */
    public void watch(AccountId account, Runnable watcher) {
        context.runOnContext(v -> {
            if (watchers.computeIfAbsent(account, a -> new HashSet<>()).add(watcher)
                    && lanes.merge(account.lane(), 1, Integer::sum) == 1) {
                subscribe(channel(account.lane()));
            }
        });
    }

    /** Calls {@code watcher} (on any event loop) whenever API keys were changed, and after each new connection. */
    public void watchKeys(Runnable watcher) {
        context.runOnContext(v -> {
            keysWatcher = watcher;
            subscribe(KEYS);
        });
    }

    /** Calls {@code watcher} (on any event loop) with what any gateway tells that it has done, this one included. */
    public void watchLive(Consumer<String> watcher) {
        context.runOnContext(v -> {
            liveWatcher = watcher;
            subscribe(LIVE);
        });
    }

    private void subscribe(String channel) {
        if (joined == null) {
            connect(0);
        } else {
            send(joined, Command.SUBSCRIBE, channel);
        }
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
                if (joined != null) {
                    send(joined, Command.UNSUBSCRIBE, channel(account.lane()));
                }
            }
        });
    }

    private boolean isWatched() {
        return keysWatcher != null || liveWatcher != null || !lanes.isEmpty();
    }

    /** Connects, one attempt at a time. After a failed attempt it tries again, as long as something is watched. */
    private void connect(long afterMs) {
        if (joined != null || connecting || closed || !isWatched()) {
            return;
        }
        connecting = true;
        if (afterMs == 0) {
            connectNow();
        } else {
            vertx.setTimer(afterMs, id -> context.runOnContext(v -> connectNow()));
        }
    }

    private void connectNow() {
        nodes.masters()
                // the nodes of a cluster forward all notices: any node will do; each attempt takes the next one
                .map(masters -> masters.get(attempts++ % masters.size()).endpoint())
                .compose(endpoint -> nodes.open(endpoint).map(fresh -> new Joined(endpoint, fresh)))
                .onComplete(result -> {
                    connecting = false;
                    if (result.failed()) {
                        connect(RECONNECT_MS);
                    } else if (closed) {
                        result.result().node.close();
                    } else {
                        joined(result.result());
                    }
                });
    }

    private void joined(Joined fresh) {
        joined = fresh;
        heard = true;
        RedisConnection connection = fresh.node.connection();
        connection.handler(message -> context.runOnContext(v -> heard(message)));
        connection.exceptionHandler(e -> context.runOnContext(v -> dropped(fresh)));
        connection.endHandler(e -> context.runOnContext(v -> dropped(fresh)));
        for (short lane : lanes.keySet()) {
            send(fresh, Command.SUBSCRIBE, channel(lane));
        }
        if (keysWatcher != null) {
            send(fresh, Command.SUBSCRIBE, KEYS);
            keysWatcher.run();
        }
        if (liveWatcher != null) {
            send(fresh, Command.SUBSCRIBE, LIVE);
        }
    }

    private void send(Joined on, Command command, String channel) {
        on.node.connection().send(Request.cmd(command).arg(channel)).onFailure(e -> {
            LOG.debugf("notices of %s: %s", channel, e.getMessage());
            context.runOnContext(v -> dropped(on));
        });
    }

    /** A channel that is subscribed. */
    private String watched() {
        if (keysWatcher != null) {
            return KEYS;
        }
        return liveWatcher != null ? LIVE : channel(lanes.keySet().iterator().next());
    }

    /** Subscribes again, which Redis must answer: silence could also mean that there are no notices. */
    private void beat() {
        if (joined == null || !isWatched()) {
            return;
        }
        if (heard) {
            heard = false;
            send(joined, Command.SUBSCRIBE, watched());
        } else {
            dropped(joined);
        }
        if (++beats % RARELY == 0) {
            Joined on = joined;
            nodes.masters()
                    .onSuccess(masters -> {
                        if (on != null
                                && masters.stream()
                                        .noneMatch(master -> master.endpoint().equals(on.endpoint))) {
                            dropped(on); // it may be cut off from the masters
                        }
                    })
                    .onFailure(e -> LOG.debugf("looking for Redis' masters: %s", e.getMessage()));
        }
    }

    private void dropped(Joined which) {
        which.node.close();
        if (which == joined) {
            joined = null;
            connect(RECONNECT_MS);
        }
    }

    private void heard(Response message) {
        heard = true;
        if (message.type() == ResponseType.ERROR && !warned) {
            warned = true;
            LOG.warnf("Redis refuses notices; event streams and changes of keys will be seconds late: %s", message);
        }
        if (message.type() != ResponseType.PUSH && message.type() != ResponseType.MULTI || message.size() < 3) {
            return;
        }
        if (!message.get(0).toString().equals("message")) {
            return;
        }
        if (message.get(1).toString().equals(KEYS)) {
            if (keysWatcher != null) {
                keysWatcher.run();
            }
            return;
        }
        if (message.get(1).toString().equals(LIVE)) {
            if (liveWatcher != null) {
                liveWatcher.accept(message.get(2).toString());
            }
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

    public void close() {
        closed = true;
        context.runOnContext(v -> {
            if (joined != null) {
                joined.node.close();
            }
        });
    }
}
