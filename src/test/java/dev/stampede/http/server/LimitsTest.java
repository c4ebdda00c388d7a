package dev.stampede.http.server;

import static io.restassured.RestAssured.given;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.matchesPattern;
import static org.hamcrest.Matchers.nullValue;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.access.KeyText;
import dev.stampede.http.AnswerHeaders;
import dev.stampede.http.Api;
import dev.stampede.support.Backends;
import dev.stampede.support.BackendsResource;
import dev.stampede.support.TestIssuer;
import dev.stampede.support.TestKey;
import io.quarkus.test.common.TestResourceScope;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.restassured.RestAssured;
import io.restassured.response.Response;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A gateway with low limits: a call a second for each account and each member, few calls in flight, no event streams,
 * and keys that are believed for some seconds.
 */
@QuarkusTest
@TestProfile(LimitsTest.Limited.class)
@WithTestResource(value = BackendsResource.class, scope = TestResourceScope.GLOBAL)
@Tag("servers")
class LimitsTest {
    private static final int PLACES = 10;
    private static final int MOST_SECONDS = 7;
    private static final String STALE = "stampede_auth_total{kind=\"key\",result=\"stale\"";

    @TestHTTPResource(value = "/metrics", management = true)
    URI metrics;

    public static final class Limited implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of(
                    "stampede.gateway.rate-limit-per-account", "1",
                    "stampede.gateway.max-in-flight-per-key", Integer.toString(PLACES),
                    "stampede.members.per-second", "1",
                    "stampede.members.burst", "3",
                    "stampede.events.max-streams", "0",
                    "stampede.keys.max-age", MOST_SECONDS + "s",
                    "stampede.http.hosts", "localhost,127.0.0.1,[::1]",
                    "stampede.http.body-timeout", "3s",
                    "stampede.http.max-unfinished-bytes", "400000",
                    "stampede.gateway.max-in-flight", Integer.toString(PLACES));
        }
    }

    @Test
    void whoAsksTooOftenIsToldToWait() {
        Api api = Api.fresh();
        String body = "{\"points\":1}";
        int refused = 0;
        for (int i = 0; i < 20 && refused == 0; i++) {
            var response = api.post("earn", body).then();
            if (response.extract().statusCode() == 201) {
                response.header("RateLimit-Policy", equalTo("\"account\";q=1;w=1"))
                        .header("RateLimit", equalTo("\"account\";r=0;t=1"));
            } else {
                response.statusCode(429)
                        .contentType("application/problem+json")
                        .header("Retry-After", equalTo("1"))
                        .header("RateLimit-Policy", equalTo("\"account\";q=1;w=1"))
                        .header("RateLimit", equalTo("\"account\";r=0;t=1"))
                        .body("code", equalTo("rate_limited"))
                        .body("limit", equalTo("account"))
                        .body("retryable", equalTo(true));
                refused++;
            }
        }

        assertEquals(1, refused);
        api.get().then().statusCode(200);
        Api.fresh().put().then().statusCode(201);
    }

    /** Whichever token he sends. Others do not wait. */
    @Test
    void aMemberWhoAsksTooOftenIsToldToWait() {
        Api api = Api.fresh();
        api.put().then().statusCode(201);
        Response last = as(TestIssuer.member(api.account()), api);
        last.then()
                .statusCode(200)
                .header("RateLimit-Policy", equalTo("\"member\";q=1;w=1, \"account\";q=1;w=1"))
                .header("RateLimit", matchesPattern("\"member\";r=[0-2];t=[1-3]"));
        int answered = 0;
        while (last.statusCode() == 200 && answered++ < 50) {
            last = as(TestIssuer.paying(api.account()), api);
        }
        last.then()
                .statusCode(429)
                .contentType("application/problem+json")
                .header("Retry-After", equalTo("1"))
                .header("RateLimit", equalTo("\"member\";r=0;t=1"))
                .body("code", equalTo("rate_limited"))
                .body("limit", equalTo("member"))
                .body("retryable", equalTo(true));
        as(TestIssuer.member("another"), api).then().statusCode(404);
        as(TestKey.BEARER, api).then().statusCode(200);
    }

    private static Response as(String credential, Api api) {
        return given().header(TestKey.HEADER, credential).get(api.path());
    }

    /** Nobody knows any more which keys have been revoked. What was asked meanwhile was not done. */
    @Test
    void whileItsKeysAreTooOldTheGatewayServesNoKey() throws Exception {
        Api api = Api.fresh();
        api.put().then().statusCode(201);
        double before = metric(STALE);
        String key = Api.key();
        try (Connection ledger =
                        DriverManager.getConnection(Backends.shared().postgres().jdbcUrl());
                Statement sql = ledger.createStatement()) {
            ledger.setAutoCommit(false);
            sql.execute("LOCK TABLE api_key IN ACCESS EXCLUSIVE MODE");
            TimeUnit.SECONDS.sleep(2);
            api.get().then().statusCode(200); // with those that were read last
            await().atMost(Duration.ofSeconds(30)).until(() -> api.get().statusCode() != 200);

            assertTrue(metric("stampede_keys_age_seconds") > MOST_SECONDS);
            isStale(api.get());
            isStale(api.post("earn", key, "{\"points\":1}"));
            isStale(given().get("/v1/programs/demo/keys"));
            isStale(given().get("/v1/programs/nothing"));
            String unknown = "Bearer " + KeyText.fresh(false, new Random()).text();
            isStale(given().header(TestKey.HEADER, unknown).get(api.path()));
            assertEquals(before + 6, metric(STALE)); // with the one that was waited for
            // what is no key is seen without the ledger; a member's token needs no key
            given().header(TestKey.HEADER, "Bearer x").get(api.path()).then().statusCode(401);
            given().header(TestKey.HEADER, TestIssuer.member(api.account()))
                    .get(api.path())
                    .then()
                    .statusCode(200);
            ledger.rollback();
        }
        await().atMost(Duration.ofSeconds(30)).until(() -> api.get().statusCode() == 200);
        api.post("earn", key, "{\"points\":1}").then().statusCode(201).header(AnswerHeaders.REPLAYED, nullValue());
    }

    private static void isStale(Response response) {
        response.then()
                .statusCode(503)
                .contentType("application/problem+json")
                .header("Retry-After", matchesPattern("[1-9]"))
                .body("code", equalTo("unavailable"))
                .body("retryable", equalTo(true));
    }

    @Test
    void tooManyStreamsAreRefused() {
        Api api = Api.fresh();
        api.put().then().statusCode(201);

        api.get("events")
                .then()
                .statusCode(503)
                .contentType("application/problem+json")
                .header("Retry-After", equalTo("1"))
                .body("code", equalTo("overloaded"))
                .body("retryable", equalTo(true));
    }

    @Test
    void inARushSomeAreDoneTheOthersToldToWaitAndNobodyKeepsAPlace() throws Exception {
        HttpClient http =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        for (int rush = 0; rush < 3; rush++) {
            int done = 0;
            List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
            for (int i = 0; i < 20 * PLACES; i++) {
                answers.add(http.sendAsync(earn(UUID.randomUUID()), HttpResponse.BodyHandlers.ofString()));
            }
            for (CompletableFuture<HttpResponse<String>> each : answers) {
                HttpResponse<String> answer = each.get(30, TimeUnit.SECONDS);
                if (answer.statusCode() == 201) {
                    done++;
                } else {
                    assertEquals(503, answer.statusCode(), answer.body());
                    assertTrue(answer.body().contains("\"code\":\"overloaded\""), answer.body());
                    assertEquals("1", answer.headers().firstValue("Retry-After").orElse(null));
                }
            }
            // a call that passes between filter and gateway counts in both, so a rush may get fewer than all places
            assertTrue(done > 0, "nothing was done in rush " + rush);
            assertTrue(done < 20 * PLACES, "nothing was refused in rush " + rush);
        }
        for (int i = 0; i < 2 * PLACES; i++) {
            Api.fresh().post("earn", "{\"points\":1}").then().statusCode(201);
        }
    }

    /** While nothing can be committed, the places fill up; then the less urgent calls are refused first. */
    @Test
    void whatIsUrgentIsDoneLonger() throws Exception {
        Api api = Api.fresh();
        api.post("earn", "{\"points\":1}").then().statusCode(201); // the first takes its time
        double before = shed("earn");
        HttpClient http =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        List<CompletableFuture<HttpResponse<String>>> waiting = new ArrayList<>();
        try (Connection ledger =
                        DriverManager.getConnection(Backends.shared().postgres().jdbcUrl());
                Statement sql = ledger.createStatement()) {
            ledger.setAutoCommit(false);
            sql.execute("LOCK TABLE operation IN SHARE MODE");
            fill(http, waiting, 4);
            Api.fresh().put().then().statusCode(503).body("code", equalTo("overloaded"));
            Api.fresh()
                    .keyed(Api.key())
                    .body("{\"points\":1}")
                    .post(api.path("earn?dryRun=true"))
                    .then()
                    .statusCode(503)
                    .body("code", equalTo("overloaded"));
            fill(http, waiting, 5);
            Api.fresh().post("earn", "{\"points\":1}").then().statusCode(503).body("code", equalTo("overloaded"));
            assertEquals(before + 1, shed("earn"));
            api.get().then().statusCode(200);
            ledger.rollback();
        }
        for (CompletableFuture<HttpResponse<String>> each : waiting) {
            assertFalse(each.get(30, TimeUnit.SECONDS).body().contains("overloaded"));
        }
    }

    /** One by one: a call that passes between filter and gateway counts in both. */
    private void fill(HttpClient http, List<CompletableFuture<HttpResponse<String>>> waiting, int places) {
        while (waiting.size() < places) {
            waiting.add(http.sendAsync(earn(UUID.randomUUID()), HttpResponse.BodyHandlers.ofString()));
            await().pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(5))
                    .until(() -> metric("stampede_in_flight") == waiting.size());
        }
    }

    private double shed(String urgency) {
        return metric("stampede_shed_total{class=\"" + urgency + '"');
    }

    private double metric(String name) {
        return given().get(metrics)
                .asString()
                .lines()
                .filter(line -> line.startsWith(name))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    @Test
    void whoIsSlowWithABodyTakesNoPlace() throws Exception {
        Api.fresh().post("earn", "{\"points\":1}").then().statusCode(201); // the first takes its time
        List<Socket> slow = new ArrayList<>();
        try {
            for (int i = 0; i < 2 * PLACES; i++) {
                slow.add(halfAnEarn("slow-" + i));
            }
            for (int i = 0; i < PLACES + 2; i++) {
                Api.fresh().post("earn", "{\"points\":1}").then().statusCode(201);
            }
            Socket last = halfAnEarn("slow-last"); // the calls may have taken longer than a body may
            slow.add(last);
            last.getOutputStream().write("ts\":1}".getBytes(StandardCharsets.US_ASCII));
            last.setSoTimeout(10_000);
            byte[] status = last.getInputStream().readNBytes(12);
            assertEquals("HTTP/1.1 201", new String(status, StandardCharsets.US_ASCII));
        } finally {
            for (Socket socket : slow) {
                socket.close();
            }
        }
    }

    private static Socket halfAnEarn(String account) throws IOException {
        Socket socket = new Socket("127.0.0.1", RestAssured.port);
        String head = "POST /v1/programs/demo/accounts/" + account + "/earn HTTP/1.1\r\nHost: localhost\r\n"
                + TestKey.LINE + "Idempotency-Key: k\r\nContent-Type: application/json\r\nContent-Length: 12\r\n\r\n";
        socket.getOutputStream().write((head + "{\"poin").getBytes(StandardCharsets.US_ASCII));
        socket.getOutputStream().flush();
        return socket;
    }

    private static HttpRequest earn(UUID account) {
        return HttpRequest.newBuilder(URI.create(
                        "http://127.0.0.1:" + RestAssured.port + "/v1/programs/demo/accounts/" + account + "/earn"))
                .header(TestKey.HEADER, TestKey.BEARER)
                .header("Content-Type", "application/json")
                .header("Idempotency-Key", "k")
                .timeout(Duration.ofSeconds(30))
                .POST(HttpRequest.BodyPublishers.ofString("{\"points\":1}"))
                .build();
    }
}
