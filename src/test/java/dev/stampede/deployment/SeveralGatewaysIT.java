package dev.stampede.deployment;

import static io.restassured.RestAssured.given;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.embedded.EmbeddedPostgresServer;
import dev.stampede.embedded.EmbeddedRedisServer;
import dev.stampede.support.Backends;
import dev.stampede.support.PackagedGateway;
import dev.stampede.support.RedisSocket;
import dev.stampede.support.Servers;
import dev.stampede.support.SharedBinaries;
import dev.stampede.support.TestKey;
import io.restassured.path.json.JsonPath;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Three gateways on one Postgres and one Redis: revoked keys, and the rate of an account, concern all of them. */
@Tag("servers")
@Tag("long")
class SeveralGatewaysIT extends Deployment {
    private static final Logger LOG = Logger.getLogger(SeveralGatewaysIT.class);

    private static final String DATABASE = "deployed_several";
    private static final String KEYS = "/v1/programs/demo/keys";
    private static final String ACCOUNT = "/v1/programs/demo/accounts/busy";
    private static final int GATEWAYS = 3;
    private static final int PER_SECOND = 10;
    private static final Duration REVOKED_WITHIN = Duration.ofSeconds(5);

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final EmbeddedPostgresServer postgres = Backends.shared().postgres();
    private final List<PackagedGateway> gateways = new ArrayList<>();
    private EmbeddedRedisServer redis;

    /** Redis lets nobody subscribe or publish: no notice arrives. */
    @BeforeEach
    void startWithoutNotices() throws Exception {
        freshDatabase(postgres, DATABASE);
        redis = Servers.redis(directory, "redis");
        try (RedisSocket socket = new RedisSocket(redis.port())) {
            assertEquals("OK", socket.ask("ACL", "SETUSER", "default", "resetchannels"));
        }
        for (int n = 0; n < GATEWAYS; n++) {
            gateways.add(gateway(
                            Files.createDirectory(directory.resolve("gateway-" + n)),
                            List.of("postgres", "redis"),
                            "postgres-1:5432/points",
                            place(postgres) + "/" + DATABASE,
                            "redis-1:6379",
                            place(redis))
                    .with("-Dstampede.gateway.rate-limit-per-account=" + PER_SECOND));
            PackagedGateway gateway = gateways.get(n);
            gateway.awaitReady(gateway.start("gateway.log"), "gateway.log");
        }
    }

    @AfterEach
    void stop() throws Exception {
        for (PackagedGateway gateway : gateways) {
            gateway.close();
        }
        redis.close();
        SharedBinaries.unlinkFrom(directory.resolve("redis"));
    }

    private JsonPath key() {
        return given().contentType("application/json")
                .body("{\"name\":\"of the test\",\"scopes\":[\"read\",\"earn\"]}")
                .post(gateways.get(0).api().resolve(KEYS))
                .then()
                .statusCode(201)
                .extract()
                .jsonPath();
    }

    private static HttpRequest request(PackagedGateway gateway, String path, String key) {
        return HttpRequest.newBuilder(gateway.api().resolve(path))
                .header(TestKey.HEADER, "Bearer " + key)
                .timeout(Duration.ofSeconds(10))
                .build();
    }

    private int look(PackagedGateway gateway, String key) throws IOException, InterruptedException {
        return http.send(request(gateway, "/v1/programs/demo", key), HttpResponse.BodyHandlers.discarding())
                .statusCode();
    }

    /** One is asked to revoke it; all are asked ten times a second. The keys of others are never refused. */
    @Test
    void aRevokedKeyIsRefusedByAllWithinFiveSeconds() throws Exception {
        JsonPath revoked = key();
        String other = key().getString("key");
        TimeUnit.SECONDS.sleep(REVOKED_WITHIN.toSeconds());
        assertEquals(
                201,
                http.send(
                                HttpRequest.newBuilder(gateways.get(0).api().resolve(ACCOUNT))
                                        .header(TestKey.HEADER, TestKey.BEARER)
                                        .PUT(HttpRequest.BodyPublishers.noBody())
                                        .build(),
                                HttpResponse.BodyHandlers.discarding())
                        .statusCode());
        List<CompletableFuture<Long>> streams = new ArrayList<>();
        for (PackagedGateway gateway : gateways) {
            assertEquals(200, look(gateway, revoked.getString("key")));
            streams.add(ended(gateway, revoked.getString("key")));
        }

        long began = System.nanoTime();
        given().delete(gateways.get(0).api().resolve(KEYS + "/" + revoked.getString("id")))
                .then()
                .statusCode(204);
        long[] served = new long[GATEWAYS]; // since when it was not, in ns after the revocation
        long until = began + 2 * REVOKED_WITHIN.toNanos();
        while (System.nanoTime() < until) {
            for (int n = 0; n < GATEWAYS; n++) {
                int status = look(gateways.get(n), revoked.getString("key"));
                if (status == 200) {
                    served[n] = System.nanoTime() - began;
                } else {
                    assertEquals(401, status);
                }
                assertEquals(200, look(gateways.get(n), other), "another key");
            }
            TimeUnit.MILLISECONDS.sleep(100);
        }
        assertEquals(0, served[0], "the one that revoked it");
        for (int n = 0; n < GATEWAYS; n++) {
            long streamed = streams.get(n).get(1, TimeUnit.SECONDS) - began;
            LOG.infof(
                    "gateway %d: served it for %d ms, its stream for %d ms",
                    n, TimeUnit.NANOSECONDS.toMillis(served[n]), TimeUnit.NANOSECONDS.toMillis(streamed));
            assertTrue(served[n] < REVOKED_WITHIN.toNanos(), "gateway " + n + " served it for " + served[n] + " ns");
            assertTrue(streamed < REVOKED_WITHIN.toNanos(), "gateway " + n + " streamed for " + streamed + " ns");
        }
    }

    /** When a stream ends that is open when this returns, by the monotonic clock. */
    private CompletableFuture<Long> ended(PackagedGateway gateway, String key) throws Exception {
        URI events = gateway.api().resolve(ACCOUNT + "/events");
        HttpResponse<InputStream> stream = http.send(
                HttpRequest.newBuilder(events)
                        .header(TestKey.HEADER, "Bearer " + key)
                        .build(),
                HttpResponse.BodyHandlers.ofInputStream());
        assertEquals(200, stream.statusCode());
        return CompletableFuture.supplyAsync(() -> {
            try (InputStream in = stream.body()) {
                var unused = in.transferTo(OutputStream.nullOutputStream());
            } catch (IOException e) {
                LOG.debugf("the stream has broken off: %s", e.getMessage());
            }
            return System.nanoTime();
        });
    }

    /** Asked for three times as much for half a minute, by all gateways in turn. */
    @Test
    void theRateOfAnAccountIsThatOfAllTogether() throws Exception {
        int seconds = 30;
        List<Long> done = new ArrayList<>();
        int refused = 0;
        long began = System.nanoTime();
        long sent = 0;
        while (System.nanoTime() - began < TimeUnit.SECONDS.toNanos(seconds)) {
            HttpRequest earn = HttpRequest.newBuilder(
                            gateways.get((int) (sent % GATEWAYS)).api().resolve(ACCOUNT + "/earn"))
                    .header(TestKey.HEADER, TestKey.BEARER)
                    .header("Content-Type", "application/json")
                    .header("Idempotency-Key", "earn-" + sent)
                    .POST(HttpRequest.BodyPublishers.ofString("{\"points\":1}"))
                    .build();
            int status = http.send(earn, HttpResponse.BodyHandlers.discarding()).statusCode();
            if (status == 201) {
                done.add(System.nanoTime() - began);
            } else {
                assertEquals(429, status);
                refused++;
            }
            sent++;
            long next = began + sent * TimeUnit.SECONDS.toNanos(1) / (3 * PER_SECOND);
            TimeUnit.NANOSECONDS.sleep(next - System.nanoTime());
        }
        int[] bySecond = new int[seconds + 1];
        done.forEach(at -> bySecond[(int) TimeUnit.NANOSECONDS.toSeconds(at)]++);
        String counts = Arrays.toString(bySecond);
        LOG.infof("done in each second: %s", counts);
        // the first second has the burst, and answers of cold gateways come late
        assertTrue(done.size() <= PER_SECOND * (seconds + 2), counts);
        int[] whole = Arrays.copyOfRange(bySecond, 10, seconds);
        // where the machine stands still, the next second has a part of it
        assertEquals(PER_SECOND, Arrays.stream(whole).average().orElseThrow(), 1, counts);
        assertTrue(
                Arrays.stream(whole).filter(n -> Math.abs(n - PER_SECOND) > 1).count() <= 2, counts);
        assertTrue(refused > seconds * PER_SECOND, "refused " + refused);
        given().get(gateways.get(0).api().resolve(ACCOUNT))
                .then()
                .statusCode(200)
                .body("available", equalTo(done.size()));
        String used = KEYS + "/" + TestKey.TEXT.split("_")[2];
        await().atMost(Duration.ofSeconds(90))
                .until(() -> given().get(gateways.get(0).api().resolve(used))
                                .jsonPath()
                                .getString("lastUsedOn")
                        != null);
    }
}
