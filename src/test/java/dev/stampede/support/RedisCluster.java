package dev.stampede.support;

import static org.awaitility.Awaitility.await;

import dev.stampede.embedded.EmbeddedRedisServer;
import dev.stampede.embedded.LoopbackPort;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** A Redis Cluster on the loopback interface: three masters that share the slots, and a replica of each. */
public final class RedisCluster implements AutoCloseable {
    private static final int MASTERS = 3;
    private static final int SLOTS = 16_384;

    private final Path directory = Servers.newDirectory("redis-cluster");
    private final List<EmbeddedRedisServer> servers = new ArrayList<>();
    private final List<Integer> buses = new ArrayList<>();

    /** Starts it, and waits until each node knows all of it. */
    public RedisCluster() {
        try {
            for (int i = 0; i < 2 * MASTERS; i++) {
                startNode();
            }
            for (int i = 0; i < servers.size(); i++) {
                try (RedisSocket node = new RedisSocket(servers.get(i).port())) {
                    ok(node.ask("CLUSTER", "SET-CONFIG-EPOCH", i + 1));
                    if (i < MASTERS) {
                        ok(node.ask("CLUSTER", "ADDSLOTSRANGE", i * SLOTS / MASTERS, (i + 1) * SLOTS / MASTERS - 1));
                    }
                    ok(node.ask("CLUSTER", "MEET", "127.0.0.1", servers.get(0).port(), buses.get(0)));
                }
            }
            await().atMost(Servers.PATIENCE).until(this::acquainted);
            for (int i = MASTERS; i < servers.size(); i++) {
                String master = (String) ask(servers.get(i - MASTERS), "CLUSTER", "MYID");
                ok(ask(servers.get(i), "CLUSTER", "REPLICATE", master));
            }
            await().atMost(Servers.PATIENCE).until(this::whole);
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    private void startNode() {
        buses.add(LoopbackPort.free());
        servers.add(Servers.redis(
                directory,
                "node-" + servers.size(),
                "--cluster-enabled",
                "yes",
                // the default, the port and 10,000, may be taken by an outgoing connection
                "--cluster-port",
                Integer.toString(buses.get(buses.size() - 1)),
                "--cluster-node-timeout",
                "1500",
                // one dead master must not stop the others
                "--cluster-require-full-coverage",
                "no",
                "--repl-diskless-sync-delay",
                "0"));
    }

    private boolean acquainted() {
        return servers.stream()
                .allMatch(node -> nodes(node).stream()
                                .filter(line -> !line.contains("handshake"))
                                .count()
                        == servers.size());
    }

    /** One more master, which serves no slots yet. */
    public EmbeddedRedisServer join() {
        startNode();
        EmbeddedRedisServer fresh = servers.get(servers.size() - 1);
        ok(ask(fresh, "CLUSTER", "MEET", "127.0.0.1", servers.get(0).port(), buses.get(0)));
        await().atMost(Servers.PATIENCE)
                .until(() -> acquainted() && ((String) ask(fresh, "CLUSTER", "INFO")).contains("cluster_state:ok"));
        return fresh;
    }

    /** Whether three masters serve all slots, and every replica that runs has its master. None may be frozen. */
    public boolean whole() {
        return servers.stream().filter(EmbeddedRedisServer::isRunning).allMatch(node -> {
            String replication = (String) ask(node, "INFO", "replication");
            return ((String) ask(node, "CLUSTER", "INFO")).contains("cluster_state:ok")
                    && masters().size() == MASTERS
                    && (replication.contains("role:master") || replication.contains("master_link_status:up"));
        });
    }

    /** All of them, in the order in which they were started: those that were the masters at first come first. */
    public List<EmbeddedRedisServer> servers() {
        return List.copyOf(servers);
    }

    /** For {@code quarkus.redis.hosts}. */
    public String hosts() {
        return servers.stream().map(EmbeddedRedisServer::url).collect(Collectors.joining(","));
    }

    /** The nodes that run and serve slots, as they say themselves, with the slots: from, to. None may be frozen. */
    public Map<EmbeddedRedisServer, List<int[]>> masters() {
        Map<EmbeddedRedisServer, List<int[]>> masters = new LinkedHashMap<>();
        for (EmbeddedRedisServer node : servers) {
            if (!node.isRunning()) {
                continue;
            }
            for (String line : nodes(node)) {
                String[] words = line.split(" ");
                if (words[2].contains("myself,master") && words.length > 8) {
                    masters.put(
                            node,
                            Arrays.stream(words, 8, words.length)
                                    .map(range -> Arrays.stream(range.split("-"))
                                            .mapToInt(Integer::parseInt)
                                            .toArray())
                                    .toList());
                }
            }
        }
        return masters;
    }

    /** Whether that node serves slots, as it says itself. */
    public boolean servesSlots(EmbeddedRedisServer node) {
        return nodes(node).stream().anyMatch(line -> line.contains("myself,master") && line.split(" ").length > 8);
    }

    private static List<String> nodes(EmbeddedRedisServer node) {
        return ((String) ask(node, "CLUSTER", "NODES")).lines().toList();
    }

    private static Object ask(EmbeddedRedisServer node, Object... command) {
        try (RedisSocket socket = new RedisSocket(node.port())) {
            return socket.ask(command);
        }
    }

    private static void ok(Object reply) {
        if (!"OK".equals(reply)) {
            throw new IllegalStateException(String.valueOf(reply));
        }
    }

    /** Stops and deletes all. */
    @Override
    public void close() {
        servers.forEach(EmbeddedRedisServer::close);
        Servers.delete(directory);
    }
}
