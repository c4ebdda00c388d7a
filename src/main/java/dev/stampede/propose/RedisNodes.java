package dev.stampede.propose;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClientOptions;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisClientType;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.RedisOptions;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * Where Redis is: one server, the master that Sentinels name, or the masters of a cluster; and connections to them.
 *
 * <p>Of the client library only connections to one server are used. Its clients for Sentinels and clusters wait without
 * bounds for a server that hangs, connect to all servers or none, and send a piece of commands to one slot only; and a
 * pool hands a connection that hangs out again. So each connection here has a client of its own, and is closed with it,
 * whatever state it is in.
 */
final class RedisNodes {
    private static final int CONNECT_TIMEOUT_MS = 3000;
    private static final int QUESTION_TIMEOUT_MS = 1000;
    private static final int SLOTS = 16_384;

    private final Vertx vertx;
    private final Context context;
    private final RedisOptions options;
    private final URI first;
    /** Who can say where the masters are: the configured ones, and in a cluster all that were seen. */
    private final Set<String> known = new TreeSet<>();

    private int next;

    /** A server that takes writes, and the first and last slot of each range that it serves. */
    record Master(String endpoint, List<int[]> ranges) {
        boolean serves(int slot) {
            for (int[] range : ranges) {
                if (range[0] <= slot && slot <= range[1]) {
                    return true;
                }
            }
            return false;
        }
    }

    /** A connection, and the client that is nobody else's. */
    record Node(Redis client, RedisConnection connection) {
        void close() {
            client.close();
        }
    }

    /** Used from that context; connections live on its event loop, too. */
    RedisNodes(Vertx vertx, Context context, RedisOptions options) {
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
                .setPoolCleanerInterval(-1);
        this.first = URI.create(options.getEndpoint());
        this.known.addAll(options.getEndpoints());
    }

    /** Whether the masters may be others tomorrow. */
    boolean movable() {
        return options.getType() != RedisClientType.STANDALONE;
    }

    /** A new connection. Fails in bounded time. */
    Future<Node> open(String endpoint) {
        return open(endpoint, CONNECT_TIMEOUT_MS, Future::succeededFuture);
    }

    /** Opens a connection for something that ends in time, or closes it. */
    private <T> Future<Node> open(String endpoint, int timeoutMs, Function<Node, Future<T>> something) {
        Promise<Node> promise = Promise.promise();
        context.runOnContext(v -> {
            RedisOptions there = new RedisOptions(options)
                    .setType(RedisClientType.STANDALONE)
                    .setEndpoints(new ArrayList<>(List.of(endpoint)));
            Redis client = Redis.createClient(vertx, there);
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

    /** Who takes writes now, as one that knows says. Each time another one is asked, since one may be behind. */
    Future<List<Master>> masters() {
        return switch (options.getType()) {
            case CLUSTER -> ask(known.size(), Request.cmd(Command.CLUSTER).arg("SLOTS"), this::mastersOfCluster);
            case SENTINEL ->
                ask(
                        known.size(),
                        Request.cmd(Command.SENTINEL)
                                .arg("GET-MASTER-ADDR-BY-NAME")
                                .arg(options.getMasterName()),
                        (asked, reply) -> all(endpoint(
                                asked, reply.get(0).toString(), reply.get(1).toInteger(), first.getRawPath())));
            default -> Future.succeededFuture(all(options.getEndpoint()));
        };
    }

    private static List<Master> all(String endpoint) {
        return List.of(new Master(endpoint, List.of(new int[] {0, SLOTS - 1})));
    }

    private interface Reader {
        List<Master> read(String asked, Response reply);
    }

    private Future<List<Master>> ask(int tries, Request question, Reader reader) {
        List<String> all = List.copyOf(known);
        String asked = all.get(next++ % all.size());
        // a Sentinel has no databases to select
        String where =
                endpoint(asked, URI.create(asked).getHost(), URI.create(asked).getPort(), "");
        List<Master> masters = new ArrayList<>();
        return open(
                        where,
                        QUESTION_TIMEOUT_MS,
                        node -> node.connection().send(question).map(reply -> {
                            if (reply == null || reply.size() == 0) {
                                throw new IllegalStateException(asked + " knows no master");
                            }
                            return masters.addAll(reader.read(asked, reply));
                        }))
                .map(node -> {
                    node.close();
                    return List.copyOf(masters);
                })
                .recover(e -> tries > 1 ? ask(tries - 1, question, reader) : Future.failedFuture(e));
    }

    private List<Master> mastersOfCluster(String asked, Response slots) {
        List<Master> masters = new ArrayList<>();
        Set<String> seen = new TreeSet<>(options.getEndpoints());
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
                    .add(new int[] {range.get(0).toInteger(), range.get(1).toInteger()});
            for (int i = 2; i < range.size(); i++) {
                seen.add(endpoint(asked, range.get(i)));
            }
        }
        known.clear();
        known.addAll(seen);
        return masters;
    }

    /** Of a node in the answer to CLUSTER SLOTS. */
    private String endpoint(String asked, Response node) {
        Response host = node.get(0);
        return endpoint(asked, host == null ? "" : host.toString(), node.get(1).toInteger(), "");
    }

    /** Of the node that a redirection names, as {@code host:port}. */
    String endpoint(String asked, String address) {
        int colon = address.lastIndexOf(':');
        return endpoint(asked, address.substring(0, colon), Integer.parseInt(address.substring(colon + 1)), "");
    }

    /** With the scheme, user and parameters of the first one that is configured; a nameless host is the asked one. */
    private String endpoint(String asked, String host, int port, String path) {
        String name = host.isEmpty() || host.equals("?") ? URI.create(asked).getHost() : host;
        return first.getScheme()
                + "://"
                + (first.getRawUserInfo() == null ? "" : first.getRawUserInfo() + "@")
                + (name.contains(":") && !name.startsWith("[") ? "[" + name + "]" : name)
                + ":" + (port < 0 ? 6379 : port)
                + (path == null ? "" : path)
                + (first.getRawQuery() == null ? "" : "?" + first.getRawQuery());
    }
}
