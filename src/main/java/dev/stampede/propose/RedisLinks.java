package dev.stampede.propose;

import dev.stampede.account.AccountId;
import dev.stampede.propose.RedisNodes.Master;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.RedisOptions;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.impl.ZModem;
import io.vertx.redis.client.impl.types.ErrorType;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.jboss.logging.Logger;

/**
 * A write path's connections to Redis: one {@link RedisLink} a master, and which lanes go where. So whatever happens to a
 * master of a cluster, the lanes of the others don't notice, and a tag never stands for two servers.
 *
 * <p>Where the masters are is asked again every few seconds, and whenever a connection is lost or refused or a command is
 * sent elsewhere: one that has failed is replaced as soon as the Sentinels or the cluster have chosen another.
 *
 * <p>Used from one event loop.
 */
final class RedisLinks {
    private static final Logger LOG = Logger.getLogger(RedisLinks.class);
    private static final long LOOK_AGAIN_MS = 1000;
    /** Where all are connected, only each fifth time. */
    private static final int RARELY = 5;

    private static final int[] SLOTS = slots();

    private final Vertx vertx;
    private final Context context;
    private final RedisNodes nodes;
    private final RedisConfig config;
    private final FunctionLibrary library;
    private final Map<String, RedisLink> links = new TreeMap<>();
    private final RedisLink[] byLane = new RedisLink[AccountId.LANES];
    private Future<Void> looking;
    private int ticks;
    private boolean closed;

    RedisLinks(Vertx vertx, Context context, RedisOptions options, RedisConfig config, FunctionLibrary library) {
        this.vertx = vertx;
        this.context = context;
        this.nodes = new RedisNodes(vertx, context, options);
        this.config = config;
        this.library = library;
    }

    private static int[] slots() {
        int[] slots = new int[AccountId.LANES];
        for (int lane = 0; lane < slots.length; lane++) {
            slots[lane] = ZModem.generate("{" + lane + "}");
        }
        return slots;
    }

    /** Connects. Fails if no master can be used, or one of them must not be. */
    Future<Void> connect() {
        return look().compose(v -> {
                    List<Future<Void>> attempts = new ArrayList<>();
                    links.values().forEach(link -> attempts.add(link.connecting()));
                    return Future.join(attempts).<Void>mapEmpty().recover(e -> {
                        for (Future<Void> attempt : attempts) {
                            if (attempt.cause() instanceof RedisLink.Unusable) {
                                return Future.failedFuture(attempt.cause());
                            }
                        }
                        return attempts.stream().anyMatch(Future::succeeded)
                                ? Future.succeededFuture()
                                : Future.failedFuture(e);
                    });
                })
                .onFailure(e -> close())
                .onSuccess(v -> {
                    if (nodes.movable()) {
                        vertx.setPeriodic(LOOK_AGAIN_MS, id -> {
                            if (closed) {
                                vertx.cancelTimer(id);
                            } else {
                                context.runOnContext(w -> lookAgain());
                            }
                        });
                    }
                });
    }

    /** Whether the lane's master can be asked. */
    boolean up(short lane) {
        RedisLink link = byLane[lane];
        return link != null && link.up();
    }

    boolean allUp() {
        for (RedisLink link : byLane) {
            if (link == null || !link.up()) {
                return false;
            }
        }
        return true;
    }

    /**
     * Asks the lane's master; fails with {@link RedisFailure}, or with Redis' own error. What was refused without being
     * looked at is sent again: where the library is lost after it is loaded, where the lane has moved to its new master.
     *
     * @param call made for the tag of the connection that it goes to
     */
    Future<Response> send(short lane, Function<String, Request> call) {
        RedisLink link = byLane[lane];
        if (link == null || !link.up()) {
            return Future.failedFuture(new RedisFailure("Redis is not connected", false, null));
        }
        return link.send(call.apply(link.tag())).recover(e -> again(link, lane, call, e));
    }

    private Future<Response> again(RedisLink link, short lane, Function<String, Request> call, Throwable why) {
        if (!(why instanceof ErrorType refusal)) {
            return Future.failedFuture(why);
        }
        if (FunctionLibrary.isMissing(refusal)) {
            return link.loadLibrary().compose(v -> link.send(call.apply(link.tag())));
        }
        if (refusal.is("MOVED")) {
            return look().compose(v -> byLane[lane] == null || byLane[lane] == link
                    ? Future.failedFuture(why)
                    : byLane[lane].send(call.apply(byLane[lane].tag())));
        }
        if (refusal.is("ASK")) {
            RedisLink there = links.get(nodes.endpoint(link.endpoint(), refusal.slice(' ', 2)));
            return there == null || !there.up()
                    ? Future.failedFuture(why)
                    : there.sendBehind(Request.cmd(Command.ASKING), call.apply(there.tag()));
        }
        if (refusal.is("CLUSTERDOWN")) {
            trouble();
        }
        return Future.failedFuture(why);
    }

    /** Asks one master, as {@link #behind} names it. */
    Future<Response> sendTo(String endpoint, Request request) {
        RedisLink link = links.get(endpoint);
        return link == null
                ? Future.failedFuture(new RedisFailure("Redis is not connected", false, null))
                : link.send(request);
    }

    /** The next master that can be asked, the first for ""; null behind the last. */
    String behind(String endpoint) {
        for (Map.Entry<String, RedisLink> link : links.entrySet()) {
            if (link.getKey().compareTo(endpoint) > 0 && link.getValue().up()) {
                return link.getKey();
            }
        }
        return null;
    }

    private void lookAgain() {
        if (++ticks % RARELY == 0 || !allUp()) {
            trouble();
        }
    }

    private void trouble() {
        look().onFailure(e -> LOG.debugf("where Redis' masters are: %s", e.getMessage()));
    }

    /** Finds out where the masters are, and connects to those that are new; one at a time. */
    private Future<Void> look() {
        if (closed) {
            return Future.failedFuture("closed");
        }
        if (looking == null) {
            Future<Void> here = nodes.masters().compose(this::found);
            looking = here;
            here.onComplete(done -> looking = null);
            if (here.isComplete()) {
                looking = null;
            }
            return here;
        }
        return looking;
    }

    private Future<Void> found(List<Master> masters) {
        if (closed) {
            return Future.failedFuture("closed");
        }
        List<String> endpoints = masters.stream().map(Master::endpoint).toList();
        Iterator<Map.Entry<String, RedisLink>> old = links.entrySet().iterator();
        while (old.hasNext()) {
            Map.Entry<String, RedisLink> link = old.next();
            if (!endpoints.contains(link.getKey())) {
                LOG.infof("Redis: %s is no master any more", link.getValue().place());
                link.getValue().close();
                old.remove();
            }
        }
        List<Future<Void>> fresh = new ArrayList<>();
        for (String endpoint : endpoints) {
            if (!links.containsKey(endpoint)) {
                RedisLink link = new RedisLink(vertx, context, nodes, endpoint, config, library, this::trouble);
                links.put(endpoint, link);
                fresh.add(link.start());
            }
        }
        for (int lane = 0; lane < byLane.length; lane++) {
            int slot = SLOTS[lane];
            byLane[lane] = masters.stream()
                    .filter(master -> master.serves(slot))
                    .map(master -> links.get(master.endpoint()))
                    .findFirst()
                    .orElse(null);
        }
        return Future.join(fresh).<Void>mapEmpty().otherwiseEmpty();
    }

    void close() {
        closed = true;
        links.values().forEach(RedisLink::close);
    }
}
