package dev.stampede.redis;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.tracing.TracingPolicy;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisClientType;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.RedisOptions;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.net.URI;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Where Redis is: one server, the master that Sentinels name, or the masters of a cluster; and connections to them.
 *
 * <p>Only the client library's connections to one server are used. Its clients for Sentinels and clusters wait without
 * a limit for a hanging server, connect to all servers or none, and can send a batch of commands only to one slot; its
 * pool reuses a hanging connection. Therefore each connection here has its own client, and is closed with it, whatever
 * state it is in.
 */
public final class RedisTopology {
    private static final int CONNECT_TIMEOUT_MS = 3000;
    private static final int QUESTION_TIMEOUT_MS = 1000;
    private static final int SLOTS = 16_384;
    /** The number of servers that are asked at once for the masters. */
    private static final int MOST_ASKED = 5;

    private static final Pattern EPOCH = Pattern.compile("cluster_current_epoch:(\\d+)");

    private final Vertx vertx;
    private final Context context;
    private final RedisOptions options;
    private final URI first;
    /** The servers that know the masters: the configured ones, and in a cluster all that were seen. */
    private final Set<String> known = new TreeSet<>();

    private int next;
    private @Nullable TopologyReport last;

    /** A server that takes writes, and the slots that it serves. */
    public record Master(String endpoint, List<Range> ranges) {
        boolean serves(int slot) {
            for (Range range : ranges) {
                if (range.first <= slot && slot <= range.last) {
                    return true;
                }
            }
            return false;
        }
    }

    /** A range of slots, both ends included. */
    record Range(int first, int last) {}

    /** A connection, and its own client. */
    public record Node(Redis client, RedisConnection connection) {
        public void close() {
            client.close();
        }
    }

    /**
     * The report of one server on the masters.
     *
     * @param configEpoch of the decision that it knows: each failover's epoch is higher than the previous one's
     * @param ok whether it is in contact with the others
     * @param seen the other servers that it knows
     */
    private record TopologyReport(List<Master> masters, long configEpoch, boolean ok, Set<String> seen) {
        static final Comparator<TopologyReport> BY_AGE =
                Comparator.comparing(TopologyReport::ok).thenComparing(TopologyReport::configEpoch);
    }

    /** Used from this context; connections live on its event loop, too. */
    public RedisTopology(Vertx vertx, Context context, RedisOptions options) {
        this.vertx = vertx;
        this.context = context;
        if (options.getType() == RedisClientType.REPLICATION) {
            throw new IllegalArgumentException(
                    "quarkus.redis.client-type=replication is not supported: use sentinel, cluster or standalone");
        }
        if (options.getType() == RedisClientType.SENTINEL && options.getMasterName() == null) {
            throw new IllegalArgumentException("quarkus.redis.master-name is not set");
        }
        NetClientOptions net = new NetClientOptions(options.getNetClientOptions());
        this.options = new RedisOptions(options)
                .setNetClientOptions(net.setConnectTimeout(Math.min(CONNECT_TIMEOUT_MS, net.getConnectTimeout())))
                .setMaxPoolSize(1)
                .setMaxPoolWaiting(1)
                .setPoolCleanerInterval(-1)
                .setTracingPolicy(TracingPolicy.IGNORE); // a span a command would cost more than it tells
        this.first = URI.create(options.getEndpoint());
        this.known.addAll(options.getEndpoints());
    }

    /** Whether the masters can change. */
    boolean movable() {
        return options.getType() != RedisClientType.STANDALONE;
    }

    /** A new connection. Fails in bounded time. */
    public Future<Node> open(String endpoint) {
        return open(endpoint, CONNECT_TIMEOUT_MS, Future::succeededFuture);
    }

    /** Opens a connection for work that ends in time, or closes it. */
    private <T> Future<Node> open(String endpoint, int timeoutMs, Function<Node, Future<T>> something) {
        Promise<Node> promise = Promise.promise();
        context.runOnContext(v -> {
            RedisOptions there = new RedisOptions(options)
                    .setType(RedisClientType.STANDALONE)
                    .setEndpoints(new ArrayList<>(List.of(endpoint)));
            Redis client;
            try {
                client = Redis.createClient(vertx, there);
            } catch (RuntimeException e) {
                promise.fail(new IllegalArgumentException("not a valid address: " + place(endpoint), e));
                return;
            }
            long timer = vertx.setTimer(timeoutMs, id -> promise.tryFail("no connection in time"));
            promise.future().onComplete(done -> {
                vertx.cancelTimer(timer);
                if (done.failed()) {
                    client.close();
                }
            });
            client.connect()
                    .map(connection -> new Node(client, connection))
                    .compose(node -> something.apply(node).map(node))
                    .onComplete(result -> context.runOnContext(w -> {
                        if (result.failed()) {
                            promise.tryFail(result.cause());
                        } else {
                            promise.tryComplete(result.result());
                        }
                    }));
        });
        return promise.future();
    }

    /** Host and port of an endpoint, without its secrets. */
    static String place(String endpoint) {
        return endpoint.replaceFirst("^[a-z+]*://([^@/]*@)?", "").replaceFirst("[/?].*$", "");
    }

    /**
     * The servers that take writes now. Several servers are asked, and the one that knows the newest decision is right:
     * any of them may be cut off from the others, or out of date.
     */
    public Future<List<Master>> masters() {
        return switch (options.getType()) {
            case CLUSTER -> newest(this::askNode);
            case SENTINEL -> newest(this::askSentinel);
            default -> Future.succeededFuture(all(options.getEndpoint()));
        };
    }

    private static List<Master> all(String endpoint) {
        return List.of(new Master(endpoint, List.of(new Range(0, SLOTS - 1))));
    }

    private interface Question {
        Future<TopologyReport> ask(String endpoint, RedisConnection of);
    }

    /** Decides as soon as a majority has answered; with fewer answers when no more will come. */
    private Future<List<Master>> newest(Question question) {
        List<String> all = List.copyOf(known);
        int asked = Math.min(MOST_ASKED, all.size());
        Promise<List<Master>> promise = Promise.promise();
        List<TopologyReport> answers = new ArrayList<>();
        int[] left = {asked};
        for (int i = 0; i < asked; i++) {
            ask(all.get(Math.floorMod(next++, all.size())), question).onComplete(result -> {
                left[0]--;
                if (result.succeeded()) {
                    answers.add(result.result());
                }
                if (answers.size() > asked / 2) {
                    decided(answers, true, promise);
                } else if (left[0] == 0 && !answers.isEmpty()) {
                    decided(answers, false, promise);
                } else if (left[0] == 0) {
                    promise.tryFail(result.cause());
                }
            });
        }
        return promise.future();
    }

    private void decided(List<TopologyReport> answers, boolean most, Promise<List<Master>> promise) {
        if (promise.future().isComplete()) {
            return;
        }
        Comparator<TopologyReport> order = TopologyReport.BY_AGE;
        TopologyReport before = last;
        if (before != null && options.getType() == RedisClientType.SENTINEL) {
            order = order.thenComparing(said ->
                    said.masters.equals(before.masters)); // of two equally new reports, the one that changes nothing
        }
        TopologyReport newest = Collections.max(answers, order);
        if (!most && before != null && TopologyReport.BY_AGE.compare(newest, before) < 0) {
            newest = before; // with only a minority answering, the earlier report is safer
        }
        last = newest;
        if (options.getType() == RedisClientType.CLUSTER) {
            known.clear();
            known.addAll(options.getEndpoints());
            known.addAll(newest.seen);
        }
        promise.complete(newest.masters);
    }

    private Future<TopologyReport> ask(String asked, Question question) {
        URI uri = URI.create(asked);
        TopologyReport[] said = new TopologyReport[1];
        return open(
                        endpoint(asked, String.valueOf(uri.getHost()), uri.getPort(), false),
                        QUESTION_TIMEOUT_MS,
                        node -> question.ask(asked, node.connection()).onSuccess(answer -> said[0] = answer))
                .map(node -> {
                    node.close();
                    return said[0];
                });
    }

    private Future<TopologyReport> askSentinel(String asked, RedisConnection of) {
        String name = options.getMasterName();
        return of.send(Request.cmd(Command.SENTINEL)
                        .arg("GET-MASTER-ADDR-BY-NAME")
                        .arg(name))
                .compose(address -> {
                    if (address == null || address.size() == 0) {
                        return Future.failedFuture("the Sentinel " + place(asked) + " knows no master " + name);
                    }
                    String master = endpoint(
                            asked, address.get(0).toString(), address.get(1).toInteger(), true);
                    return of.send(Request.cmd(Command.SENTINEL).arg("MASTER").arg(name))
                            .map(about -> new TopologyReport(
                                    all(master), about.get("config-epoch").toLong(), true, Set.of()));
                });
    }

    private Future<TopologyReport> askNode(String asked, RedisConnection of) {
        return of.send(Request.cmd(Command.CLUSTER).arg("INFO"))
                .compose(info -> of.send(Request.cmd(Command.CLUSTER).arg("SLOTS"))
                        .map(slots -> mastersOfCluster(asked, info.toString(), slots)));
    }

    private TopologyReport mastersOfCluster(String asked, String info, Response slots) {
        if (slots == null || slots.size() == 0) {
            throw new IllegalStateException("the node " + place(asked) + " knows no slots");
        }
        List<Master> masters = new ArrayList<>();
        Set<String> seen = new TreeSet<>();
        for (Response range : slots) {
            String master = endpoint(asked, range.get(2));
            masters.stream()
                    .filter(known -> known.endpoint.equals(master))
                    .findFirst()
                    .orElseGet(() -> {
                        Master fresh = new Master(master, new ArrayList<>());
                        masters.add(fresh);
                        return fresh;
                    })
                    .ranges
                    .add(new Range(range.get(0).toInteger(), range.get(1).toInteger()));
            for (int i = 2; i < range.size(); i++) {
                seen.add(endpoint(asked, range.get(i)));
            }
        }
        Matcher epoch = EPOCH.matcher(info);
        return new TopologyReport(
                masters, epoch.find() ? Long.parseLong(epoch.group(1)) : 0, info.contains("cluster_state:ok"), seen);
    }

    /** The endpoint of a node in the answer to CLUSTER SLOTS. */
    private String endpoint(String asked, Response node) {
        Response name = node.get(0);
        String host = name == null ? "" : name.toString();
        if (host.equals("?") && node.size() > 3 && node.get(3).get("ip") != null) {
            host = node.get(3).get("ip").toString(); // the cluster prefers host names, and this node has none yet
        }
        return endpoint(asked, host, node.get(1).toInteger(), false);
    }

    /** The endpoint of the node that a redirection names, as {@code host:port}. */
    String endpoint(String asked, String address) {
        int colon = address.lastIndexOf(':');
        return endpoint(asked, address.substring(0, colon), Integer.parseInt(address.substring(colon + 1)), false);
    }

    /**
     * An endpoint with the scheme, user and parameters of the first configured one; an empty host is replaced by that
     * of the asked server.
     *
     * @param databases whether the server has several databases: a Sentinel has none, a node of a cluster has one
     */
    private String endpoint(String asked, String host, int port, boolean databases) {
        String name = host.isEmpty() || host.equals("?") ? URI.create(asked).getHost() : host;
        String query = databases || first.getRawQuery() == null
                ? first.getRawQuery()
                : Arrays.stream(first.getRawQuery().split("&"))
                        .filter(parameter -> !parameter.startsWith("db="))
                        .collect(Collectors.joining("&"));
        return first.getScheme()
                + "://"
                + (first.getRawUserInfo() == null ? "" : first.getRawUserInfo() + "@")
                + (name.contains(":") && !name.startsWith("[") ? "[" + name + "]" : name)
                + ":" + (port < 0 ? 6379 : port)
                + (databases && first.getRawPath() != null ? first.getRawPath() : "")
                + (query == null || query.isEmpty() ? "" : "?" + query);
    }
}
