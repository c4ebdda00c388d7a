package dev.stampede.start;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stampede.cli.Exit;
import dev.stampede.cli.Failure;
import dev.stampede.cli.SealedDeclines;
import dev.stampede.cli.Session;
import dev.stampede.embedded.EmbeddedServers;
import dev.stampede.embedded.StartupTrouble;
import io.smallrye.config.SmallRyeConfig;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.RedisOptions;
import io.vertx.redis.client.Request;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;

/**
 * Measures what the speed of a gateway that is started here would depend on, and, of one that runs, how fast it seals.
 * It writes to neither server itself.
 */
@CommandLine.Command(
        name = "self-test",
        description = "How long a write to the disk of the data directory takes, a round trip to Redis and one to"
                + " Postgres, and how far this machine's clock is from that of Postgres. With --program also how many"
                + " operations per second a gateway seals: for five seconds 64 accounts self-test-0 to -63, which it"
                + " makes, ask for points that they do not have. The declines stay in the ledger, so take a sandbox."
                + " Exits with 1 if the clocks are too far apart, with 2 if something configured did not answer.")
final class SelfTestCommand implements Callable<Integer> {
    private static final int TIMES = 200;
    private static final int BLOCK = 8192;
    private static final long PATIENCE_SECONDS = 5;
    /** That of stampede.gateway.max-clock-offset. */
    private static final long MOST_OFFSET_MS = 2000;

    private final Supplier<SmallRyeConfig> config;

    @Mixin
    @SuppressWarnings("NullAway.Init") // the library fills it
    private Session session;

    private final List<JsonNode> results = new ArrayList<>();
    private int code = Exit.YES;

    SelfTestCommand(Supplier<SmallRyeConfig> config) {
        this.config = config;
    }

    private interface Once {
        void run() throws Exception;
    }

    @Override
    public Integer call() throws Exception {
        SmallRyeConfig read = config.get();
        disk(Path.of(read.getOptionalValue("stampede.data-dir", String.class).orElse("data")));
        redis(read);
        postgres(read);
        gateway();
        session.out().table(results, "test", "p50 ms=p50Ms", "p99 ms=p99Ms", "remark");
        return code;
    }

    private void disk(Path directory) throws Exception {
        Path place = Files.isWritable(directory) ? directory : Path.of(System.getProperty("java.io.tmpdir"));
        Path file = null;
        try {
            file = Files.createTempFile(place, "self-test-", ".tmp");
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                measured("write to disk", "fsync in " + place, () -> {
                    channel.write(ByteBuffer.allocate(BLOCK), 0);
                    channel.force(false);
                });
            }
        } catch (IOException e) {
            failed("write to disk", e.toString());
        } finally {
            if (file != null) {
                Files.deleteIfExists(file);
            }
        }
    }

    private void redis(SmallRyeConfig read) throws Exception {
        String hosts = read.getOptionalValue(EmbeddedServers.REDIS_HOSTS, String.class)
                .filter(value -> !value.isBlank())
                .orElse(null);
        if (hosts == null) {
            skipped("Redis", "embedded: only its gateway reaches it");
            return;
        }
        RedisOptions options = new RedisOptions().setConnectionString(hosts.split(",")[0].strip());
        read.getOptionalValue("quarkus.redis.password", String.class).ifPresent(options::setPassword);
        String place = EmbeddedServers.places(hosts.split(",")[0]);
        Vertx vertx = Vertx.vertx();
        try {
            RedisConnection connection = Redis.createClient(vertx, options)
                    .connect()
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            measured(
                    "Redis",
                    place,
                    () -> connection
                            .send(Request.cmd(Command.PING))
                            .toCompletionStage()
                            .toCompletableFuture()
                            .get(PATIENCE_SECONDS, TimeUnit.SECONDS));
        } catch (ExecutionException | TimeoutException e) {
            failed("Redis", place + " has not answered: " + reason(e));
        } finally {
            vertx.close().toCompletionStage().toCompletableFuture().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        }
    }

    private void postgres(SmallRyeConfig read) throws Exception {
        try (EmbeddedServers servers = EmbeddedServers.postgresToRead(read);
                Connection connection = VerifyCommand.connect(read, servers, "stampede self-test");
                PreparedStatement now = connection.prepareStatement("SELECT clock_timestamp()")) {
            long[] best = {Long.MAX_VALUE, 0}; // the shortest round trip in ns, and the offset in ms that it has shown
            measured("Postgres", "", () -> {
                long sent = System.nanoTime();
                Instant before = Instant.now();
                try (ResultSet row = now.executeQuery()) {
                    row.next();
                    long tookNs = System.nanoTime() - sent;
                    if (tookNs < best[0]) {
                        best[0] = tookNs;
                        best[1] = row.getTimestamp(1).getTime()
                                - before.plusNanos(tookNs / 2).toEpochMilli();
                    }
                }
            });
            ObjectNode offset = result("clock", "Postgres' is " + best[1] + " ms ahead of this machine's");
            offset.put("offsetMs", best[1]);
            if (Math.abs(best[1]) > MOST_OFFSET_MS) {
                code = Math.max(code, Exit.NO);
            }
        } catch (StartupTrouble e) {
            if (read.getOptionalValue(EmbeddedServers.REACTIVE_URL, String.class)
                    .isPresent()) {
                failed("Postgres", String.valueOf(e.getMessage()));
            } else {
                skipped("Postgres", "embedded: " + e.getMessage()); // which has not been started yet
            }
        } catch (SQLException e) {
            failed("Postgres", String.valueOf(e.getMessage()));
        }
    }

    private void gateway() {
        String program = session.programIfSaid();
        if (program == null) {
            skipped("gateway", "say --program to measure how fast one seals");
            return;
        }
        try {
            ObjectNode sealing = SealedDeclines.measure(session);
            result("gateway", "expect about " + sealing.path("perSecond").asLong() + " operations/s, 64 at a time")
                    .setAll(sealing);
        } catch (Failure e) {
            failed("gateway", String.valueOf(e.getMessage()));
        }
    }

    private void measured(String test, String remark, Once once) throws Exception {
        double[] tookMs = new double[TIMES];
        for (int i = 0; i < TIMES; i++) {
            long start = System.nanoTime();
            once.run();
            tookMs[i] = (System.nanoTime() - start) / 1e6;
        }
        Arrays.sort(tookMs);
        result(test, remark).put("p50Ms", rounded(tookMs[TIMES / 2])).put("p99Ms", rounded(tookMs[TIMES * 99 / 100]));
    }

    private static double rounded(double ms) {
        return Math.round(ms * 1000) / 1000.0;
    }

    private void skipped(String test, String why) {
        result(test, why).put("tested", false);
    }

    private void failed(String test, String why) {
        result(test, why).put("tested", false);
        code = Exit.UNCLEAR;
    }

    private ObjectNode result(String test, String remark) {
        ObjectNode result =
                JsonNodeFactory.instance.objectNode().put("test", test).put("remark", remark);
        results.add(result);
        return result;
    }

    /** A driver's message may have a URL in it, but not that of Redis, which has the password. */
    private static @Nullable String reason(Exception e) {
        Throwable cause = e.getCause() == null ? e : e.getCause();
        return cause.getClass().getSimpleName();
    }
}
