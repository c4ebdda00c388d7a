package dev.stampede.live;

import static io.restassured.RestAssured.given;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.greaterThanOrEqualTo;
import static org.hamcrest.Matchers.lessThan;
import static org.hamcrest.Matchers.matchesPattern;
import static org.hamcrest.Matchers.not;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.stampede.http.Api;
import dev.stampede.http.Json;
import dev.stampede.http.Sandbox;
import dev.stampede.support.BackendsResource;
import dev.stampede.support.TestIssuer;
import dev.stampede.support.TestKey;
import io.quarkus.test.common.TestResourceScope;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.Request;
import jakarta.inject.Inject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** How the gateways are, and what they do. Other gateways may use the same Redis: numbers are lower bounds. */
@QuarkusTest
@WithTestResource(value = BackendsResource.class, scope = TestResourceScope.GLOBAL)
@Tag("servers")
class LiveResourceTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @Inject
    Vertx vertx;

    @ConfigProperty(name = "quarkus.redis.hosts")
    String redisUrl;

    private static HttpResponse<InputStream> open() throws IOException, InterruptedException {
        return HTTP.send(
                HttpRequest.newBuilder(URI.create("http://localhost:" + RestAssured.port + "/v1/live"))
                        .header(TestKey.HEADER, TestKey.BEARER)
                        .timeout(PATIENCE)
                        .build(),
                HttpResponse.BodyHandlers.ofInputStream());
    }

    /** Reads samples as they come. */
    private static final class Client implements AutoCloseable {
        private final InputStream body;
        private final BlockingQueue<JsonNode> samples = new LinkedBlockingQueue<>();

        Client() throws Exception {
            HttpResponse<InputStream> response = open();
            assertEquals(200, response.statusCode());
            assertTrue(
                    response.headers().firstValue("Content-Type").orElseThrow().startsWith("text/event-stream"));
            body = response.body();
            Thread reader = new Thread(this::read, "samples");
            reader.setDaemon(true);
            reader.start();
        }

        private void read() {
            try (BufferedReader in = new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8))) {
                for (String line = in.readLine(); line != null; line = in.readLine()) {
                    if (line.startsWith("data:")) {
                        samples.add(JSON.readTree(line.substring(5)));
                    }
                }
            } catch (IOException e) {
                // closed
            }
        }

        JsonNode next() throws InterruptedException {
            JsonNode sample = samples.poll(5, TimeUnit.SECONDS);
            assertNotNull(sample, "no sample");
            return sample;
        }

        @CanIgnoreReturnValue
        JsonNode next(Predicate<JsonNode> wanted) throws InterruptedException {
            for (int n = 0; n < 15; n++) {
                JsonNode sample = next();
                if (wanted.test(sample)) {
                    return sample;
                }
            }
            throw new AssertionError("no such sample");
        }

        @Override
        public void close() throws IOException {
            body.close();
        }
    }

    private static long done(JsonNode sample, String type) {
        for (JsonNode of : sample.get("operations")) {
            if (of.get("type").asText().equals(type)) {
                return of.get("done").asLong();
            }
        }
        return 0;
    }

    @Test
    void eachSecondIsTold() throws Exception {
        try (Client client = new Client()) {
            JsonNode first = client.next();
            JsonNode second = client.next();
            assertTrue(first.get("at").asText().compareTo(second.get("at").asText()) < 0);
            assertTrue(second.get("gateways").asInt() >= 1);
            assertTrue(second.get("redisUp").asBoolean());
            assertTrue(second.toString().length() < 4096, second::toString);

            Api api = Api.with(1234567);
            JsonNode earned = client.next(sample -> sample.get("earned").asLong() >= 1234567);
            assertTrue(done(earned, "earn") >= 1, earned::toString);
            assertTrue(earned.get("p99Ms").asDouble() > 0, earned::toString);
            assertTrue(earned.get("sealLagP99Ms").asDouble() > 0, earned::toString);
            assertTrue(earned.get("requests").asLong() >= 1, earned::toString);

            api.post("redeem", "{\"points\":234567}").then().statusCode(201);
            JsonNode redeemed = client.next(sample -> sample.get("redeemed").asLong() >= 234567);
            assertTrue(done(redeemed, "redeem") >= 1, redeemed::toString);
        }
        given().get("/v1/live/history?seconds=60")
                .then()
                .statusCode(200)
                .body("step", equalTo(1))
                .body("items.size()", greaterThanOrEqualTo(2))
                .body("items.earned.max()", greaterThanOrEqualTo(1234567));
        given().get("/v1/live/history?seconds=7200").then().statusCode(200).body("step", equalTo(10));
    }

    @Test
    void whatIsCapturedIsRedeemed() throws Exception {
        Api api = Api.with(5_000_000);
        try (Client client = new Client()) {
            String hold = api.post("holds", "{\"points\":3000000}").path("id");
            api.post("holds/" + hold + "/capture", "{\"points\":2345678}")
                    .then()
                    .statusCode(201);
            client.next(sample -> sample.get("redeemed").asLong() >= 2345678);
        }
    }

    @Test
    void anotherGatewayIsAddedUp() throws Exception {
        Redis redis = Redis.createClient(vertx, redisUrl);
        try (Client client = new Client()) {
            long now = System.currentTimeMillis() / 1000;
            for (long second = now - 1; second <= now + 2; second++) {
                GatewaySecond said = new GatewaySecond(
                        "another",
                        second,
                        java.util.Map.of("grant", new long[] {4711, 0, 0, 0, 0}),
                        new long[0],
                        new long[0],
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0);
                redis.send(Request.cmd(Command.PUBLISH).arg("stampede:live").arg(said.text(JSON)))
                        .toCompletionStage()
                        .toCompletableFuture()
                        .get(10, TimeUnit.SECONDS);
            }
            JsonNode both = client.next(sample -> done(sample, "grant") >= 4711);
            assertTrue(both.get("gateways").asInt() >= 2, both::toString);
            assertTrue(both.get("gatewaysAlive").asInt() >= 2, both::toString);
        } finally {
            redis.close();
        }
    }

    @Test
    void aBudgetThatRunsIsNamed() throws Exception {
        try (Sandbox sandbox = Sandbox.of("demo", "2026-12-01T10:00:00Z")
                        .with("budgets", """
                                [{'id': 'holiday', 'of': 'points', 'total': 500, 'exhausted': 'partial',
                                  'returns': true}]""")
                        .with("promotions", """
                                [{'id': 'double', 'give': {'points': 10}, 'budget': 'holiday'}]""")
                        .published();
                Client client = new Client()) {
            String program = sandbox.path("").split("/")[3];
            JsonNode sample =
                    client.next(each -> each.get("budgets").toString().contains("\"program\":\"" + program + "\""));
            for (JsonNode budget : sample.get("budgets")) {
                if (budget.get("program").asText().equals(program)) {
                    assertEquals(500, budget.get("left").asLong());
                    assertEquals("holiday", budget.get("budget").asText());
                }
            }
        }
    }

    @Test
    void noMoreThanFiftyStreams() throws Exception {
        List<HttpResponse<InputStream>> streams = new ArrayList<>();
        try {
            HttpResponse<InputStream> next = open();
            while (next.statusCode() == 200 && streams.size() < 60) {
                streams.add(next);
                next = open();
            }
            assertEquals(503, next.statusCode());
            Json problem = Json.of(new String(next.body().readAllBytes(), StandardCharsets.UTF_8));
            assertEquals("overloaded", problem.getString("code"));
            // one that another test has closed may not be given back yet
            assertTrue(streams.size() <= 50 && streams.size() >= 45, "opened " + streams.size());
        } finally {
            for (HttpResponse<InputStream> stream : streams) {
                stream.body().close();
            }
        }
        await().atMost(PATIENCE).until(() -> {
            HttpResponse<InputStream> again = open();
            again.body().close();
            return again.statusCode() == 200;
        });
    }

    @Test
    void itIsForKeysOfAllPrograms() {
        String ofDemo = given().contentType("application/json")
                .body("{\"name\":\"live\",\"scopes\":[\"read\"]}")
                .post("/v1/programs/demo/keys")
                .then()
                .statusCode(201)
                .extract()
                .path("key");
        for (String path : List.of("/v1/live", "/v1/live/history")) {
            for (String credential : List.of("Bearer " + ofDemo, TestIssuer.member("m-1"))) {
                given().header(TestKey.HEADER, credential)
                        .get(path)
                        .then()
                        .statusCode(403)
                        .body("code", equalTo("forbidden"));
            }
        }
        given().header(TestKey.HEADER, "Bearer " + ofDemo)
                .get("/v1/status")
                .then()
                .statusCode(200);
        given().header(TestKey.HEADER, TestIssuer.member("m-1"))
                .get("/v1/status")
                .then()
                .statusCode(403);
        given().head("/v1/live").then().statusCode(200);
        for (String seconds : List.of("0", "7201", "x", "-1", "")) {
            given().get("/v1/live/history?seconds=" + seconds).then().statusCode(400);
        }
        given().get("/v1/live?program=demo").then().statusCode(400);
    }

    @Test
    void howAGatewayIs() {
        given().get("/v1/status")
                .then()
                .statusCode(200)
                .body("version", matchesPattern("[0-9].*"))
                .body("gatewaysAlive", greaterThanOrEqualTo(1))
                .body("redisUp", equalTo(true))
                .body("postgresUp", equalTo(true))
                .body("breakerOpen", equalTo(false))
                .body("inFlight", greaterThanOrEqualTo(0))
                .body("sealQueue", greaterThanOrEqualTo(0))
                .body("keysAgeSeconds", lessThan(60f))
                .body(not(containsString("localhost")))
                .body(not(containsString("127.0.0.1")));
    }
}
