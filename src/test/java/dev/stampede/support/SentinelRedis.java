package dev.stampede.support;

import static org.awaitility.Awaitility.await;

import dev.stampede.embedded.EmbeddedRedisServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** A Redis with a replica on the loopback interface, and three Sentinels that watch them. */
public final class SentinelRedis implements AutoCloseable {
    /** For {@code quarkus.redis.master-name}. */
    public static final String MASTER_NAME = "stampede";

    private static final int SENTINELS = 3;

    private final Path directory = Servers.newDirectory("redis-sentinel");
    private final List<EmbeddedRedisServer> servers = new ArrayList<>();
    private final List<EmbeddedRedisServer> sentinels = new ArrayList<>();

    /** Starts them, and waits until the Sentinels know each other and could fail over. */
    public SentinelRedis() {
        try {
            servers.add(Servers.redis(directory, "redis-0", "--repl-diskless-sync-delay", "0"));
            String port = Integer.toString(servers.get(0).port());
            servers.add(Servers.redis(
                    directory, "redis-1", "--repl-diskless-sync-delay", "0", "--replicaof", "127.0.0.1 " + port));
            for (int i = 0; i < SENTINELS; i++) {
                Path place = Servers.directoryOf(directory, "sentinel-" + i);
                // it writes down there what it has learned
                Path file = Files.createDirectory(place.resolve("redis")).resolve("sentinel.conf");
                Files.writeString(file, """
                        sentinel monitor stampede 127.0.0.1 %s 2
                        sentinel down-after-milliseconds stampede 1000
                        sentinel failover-timeout stampede 1000
                        """.formatted(port));
                sentinels.add(EmbeddedRedisServer.startOpen(place, file.toString(), "--sentinel"));
            }
            await().atMost(Servers.PATIENCE).until(this::whole);
        } catch (IOException e) {
            close();
            throw new UncheckedIOException(e);
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /** Whether each Sentinel knows all, and the replicas that run have their master. None may be frozen. */
    public boolean whole() {
        return sentinels.stream().filter(EmbeddedRedisServer::isRunning).allMatch(sentinel -> {
                    String about = String.valueOf(ask(sentinel, "INFO", "sentinel"));
                    return about.contains("status=ok,") && about.contains("slaves=1,sentinels=" + SENTINELS);
                })
                && servers.stream().filter(EmbeddedRedisServer::isRunning).allMatch(server -> {
                    String about = (String) ask(server, "INFO", "replication");
                    return about.contains("role:master") || about.contains("master_link_status:up");
                });
    }

    /** The server that most of the Sentinels name. */
    public EmbeddedRedisServer master() {
        return servers.stream()
                .filter(server -> sentinels.stream()
                                .filter(EmbeddedRedisServer::isRunning)
                                .map(sentinel -> ask(sentinel, "SENTINEL", "GET-MASTER-ADDR-BY-NAME", MASTER_NAME))
                                .filter(List.of("127.0.0.1", Integer.toString(server.port()))::equals)
                                .count()
                        > SENTINELS / 2)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("the Sentinels don't agree"));
    }

    /** Both, the one that was the master at first first. */
    public List<EmbeddedRedisServer> servers() {
        return List.copyOf(servers);
    }

    public List<EmbeddedRedisServer> sentinels() {
        return List.copyOf(sentinels);
    }

    /** Of the Sentinels, for {@code quarkus.redis.hosts}. */
    public String hosts() {
        return sentinels.stream().map(EmbeddedRedisServer::url).collect(Collectors.joining(","));
    }

    private static Object ask(EmbeddedRedisServer server, Object... command) {
        try (RedisSocket socket = new RedisSocket(server.port())) {
            return socket.ask(command);
        }
    }

    /** Stops and deletes all. */
    @Override
    public void close() {
        sentinels.forEach(EmbeddedRedisServer::close);
        servers.forEach(EmbeddedRedisServer::close);
        Servers.delete(directory);
    }
}
