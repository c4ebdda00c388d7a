package dev.stampede.redis;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.stampede.redis.RedisTopology.Master;
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
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * A write path's connections to Redis: one {@link RedisLink} per master, and the assignment of lanes to masters. A
 * failure of one master of a cluster therefore does not affect the lanes of the others, and a tag never stands for two
 * servers.
 *
 * <p>The locations of the masters are looked up every few seconds, and whenever a connection is lost or refused or a
 * command is redirected: a failed master is replaced as soon as the Sentinels or the cluster have chosen another.
 *
 * <p>Used from one event loop.
 */
public final class RedisRouter {
    private static final Logger LOG = Logger.getLogger(RedisRouter.class);
    private static final long LOOK_AGAIN_MS = 1000;
    /** If all are connected, the masters are looked up only every fifth time. */
    private static final int RARELY = 5;

    private static final long ASKED_NANOS = 10_000_000_000L;

    private final Vertx vertx;
    private final Context context;
    private final RedisTopology nodes;
    private final RedisConfig config;
    private final FunctionLibrary library;
    private final Map<String, RedisLink> links = new TreeMap<>();
    private final int[] slots;
    private final @Nullable RedisLink[] byLane;
    /** When a command was last redirected to this endpoint by a master that is moving slots or has moved them. */
    private final Map<String, Long> askedNanos = new HashMap<>();

    private List<Master> masters = List.of();
    private @Nullable Future<Void> looking;
    private int ticks;
    private boolean closed;

    /**
     * @param library loaded on every server that is connected
     * @param lanes the number of lanes; all keys of a lane have the hash tag {@code {lane}}
     */
    public RedisRouter(
            Vertx vertx,
            Context context,
            RedisOptions options,
            RedisConfig config,
            FunctionLibrary library,
            int lanes) {
        this.vertx = vertx;
        this.context = context;
        this.nodes = new RedisTopology(vertx, context, options);
        this.config = config;
        this.library = library;
        this.slots = slots(lanes);
        this.byLane = new RedisLink[lanes];
    }

    private static int[] slots(int lanes) {
        int[] slots = new int[lanes];
        for (int lane = 0; lane < slots.length; lane++) {
            slots[lane] = ZModem.generate("{" + lane + "}");
        }
        return slots;
    }

    /** Connects. Fails if no master can be used, or one of them must not be used. */
    public Future<Void> connect() {
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

    /** Whether the lane's master is connected and would answer. */
    public boolean up(short lane) {
        return up(byLane[lane]);
    }

    /** A single master may be slow: no other accounts are affected. */
    private boolean up(@Nullable RedisLink link) {
        return link != null && (masters.size() < 2 ? link.connected() : link.up());
    }

    /** Number of commands that wait for the lane's master, if it is slow and there are others; else 0. */
    public int waitingOfSeveral(short lane) {
        RedisLink link = byLane[lane];
        return masters.size() < 2 || link == null || link.prompt() ? 0 : link.waiting();
    }

    public boolean allUp() {
        for (RedisLink link : byLane) {
            if (!up(link)) {
                return false;
            }
        }
        return true;
    }

    /**
     * Asks the lane's master; fails with {@link RedisUnavailable}, or with Redis' own error. A command that was refused
     * without being executed is sent again: after loading a lost library, or to the lane's new master.
     *
     * @param call makes the command for the tag of the connection that is used
     */
    public Future<Response> send(short lane, Function<String, Request> call) {
        RedisLink link = byLane[lane];
        if (link == null) {
            return Future.failedFuture(new RedisUnavailable("Redis is not connected", false, null));
        }
        return link.send(call.apply(link.tag())).recover(e -> again(link, call, e));
    }

    /** The same for a command that only reads: it is refused while writing commands need the places. */
    public Future<Response> read(short lane, Request request) {
        RedisLink link = byLane[lane];
        if (link == null) {
            return Future.failedFuture(new RedisUnavailable("Redis is not connected", false, null));
        }
        return link.read(request).recover(e -> again(link, tag -> request, e));
    }

    private Future<Response> again(RedisLink link, Function<String, Request> call, Throwable why) {
        if (!(why instanceof ErrorType refusal)) {
            return Future.failedFuture(why);
        }
        if (FunctionLibrary.isMissing(refusal)) {
            return notSent(link.loadLibrary()).compose(v -> link.send(call.apply(link.tag())));
        }
        if (refusal.is("MOVED")) {
            trouble(); // the next look-up finds the new master; not all nodes know it yet
            return redirected(link, refusal).compose(there -> there.whenUp(why, there::send, call));
        }
        if (refusal.is("ASK")) {
            return redirected(link, refusal)
                    .compose(there ->
                            there.whenUp(why, request -> there.sendBehind(Request.cmd(Command.ASKING), request), call));
        }
        if (refusal.is("CLUSTERDOWN")) {
            trouble();
        }
        return Future.failedFuture(why);
    }

    /** The server that a redirection names: it may not be one of the known masters yet. */
    private Future<RedisLink> redirected(RedisLink link, ErrorType redirection) {
        return notSent(Future.succeededFuture(redirection.slice(' ', 2)).map(address -> {
            String endpoint = nodes.endpoint(link.endpoint(), address);
            askedNanos.put(endpoint, System.nanoTime());
            return linkTo(endpoint);
        }));
    }

    /** Makes every failure before the repetition one after which nothing was done. */
    private static <T> Future<T> notSent(Future<T> step) {
        return step.recover(e -> Future.failedFuture(
                e instanceof RedisUnavailable || e instanceof ErrorType
                        ? e
                        : new RedisUnavailable(String.valueOf(e.getMessage()), false, e)));
    }

    /** Asks one master, named by an endpoint of {@link #behind}. */
    public Future<Response> sendTo(String endpoint, Request request) {
        RedisLink link = links.get(endpoint);
        return link == null
                ? Future.failedFuture(new RedisUnavailable("Redis is not connected", false, null))
                : link.send(request);
    }

    /** The next master that can be asked, the first for ""; null after the last. */
    public @Nullable String behind(String endpoint) {
        for (Map.Entry<String, RedisLink> link : links.entrySet()) {
            if (link.getKey().compareTo(endpoint) > 0 && link.getValue().connected()) {
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
        look().onFailure(e -> LOG.debugf("looking for Redis' masters: %s", e.getMessage()));
    }

    /** Looks up the masters, and connects to new ones; one look-up at a time. */
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

    private Future<Void> found(List<Master> now) {
        if (closed) {
            return Future.failedFuture("closed");
        }
        masters = now;
        now.forEach(master -> linkTo(master.endpoint()));
        route();
        return Future.succeededFuture();
    }

    /** The connection to this endpoint; if there is none, a new one, which may take some time to connect. */
    @CanIgnoreReturnValue
    private RedisLink linkTo(String endpoint) {
        RedisLink there = links.get(endpoint);
        if (there == null) {
            there = new RedisLink(vertx, context, nodes, endpoint, config, library, this::trouble, this::route);
            links.put(endpoint, there);
            there.start().onFailure(e -> LOG.debugf("Redis: %s: %s", RedisTopology.place(endpoint), e.getMessage()));
        }
        return there;
    }

    /** The connection to the lane's master; null if the lane has none. */
    private @Nullable RedisLink target(int lane) {
        for (Master master : masters) {
            if (master.serves(slots[lane])) {
                return links.get(master.endpoint());
            }
        }
        return null;
    }

    /**
     * Assigns lanes to their masters. A lane leaves a working connection only when the new one works. Closes links that
     * are no longer needed.
     */
    private void route() {
        Set<String> needed = new HashSet<>();
        for (int lane = 0; lane < byLane.length; lane++) {
            RedisLink target = target(lane);
            RedisLink present = byLane[lane];
            if (target == null || target.connected() || present == null || !present.connected()) {
                byLane[lane] = target;
            }
            if (byLane[lane] != null) {
                needed.add(byLane[lane].endpoint());
            }
        }
        masters.forEach(master -> needed.add(master.endpoint()));
        askedNanos.values().removeIf(nanos -> System.nanoTime() - nanos > ASKED_NANOS);
        needed.addAll(askedNanos.keySet());
        Iterator<RedisLink> all = links.values().iterator();
        while (all.hasNext()) {
            RedisLink link = all.next();
            if (!needed.contains(link.endpoint())) {
                LOG.infof("Redis: %s is no longer a master", RedisTopology.place(link.endpoint()));
                link.close();
                all.remove();
            }
        }
    }

    public void close() {
        closed = true;
        links.values().forEach(RedisLink::close);
    }
}
