package dev.stampede.keys;

import static io.restassured.RestAssured.given;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.nullValue;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.http.Api;
import dev.stampede.http.Json;
import dev.stampede.support.BackendsResource;
import dev.stampede.support.TestIssuer;
import dev.stampede.support.TestKey;
import io.quarkus.test.common.TestResourceScope;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.restassured.response.Response;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What one key may do to what another one has done. */
@QuarkusTest
@WithTestResource(value = BackendsResource.class, scope = TestResourceScope.GLOBAL)
@Tag("servers")
class CallsOfOthersResourceTest {
    private static final String KEYS = "/v1/programs/demo/keys";

    private final Api api = Api.fresh();

    private static Json key(String scopes, String location) {
        return Json.of(given().contentType("application/json")
                .body("{\"name\":\"till\",\"scopes\":[" + scopes + "],\"location\":\"" + location + "\"}")
                .post(KEYS)
                .then()
                .statusCode(201)
                .extract()
                .response());
    }

    private Response post(String key, String below, String idempotencyKey, String body) {
        return api.keyed(idempotencyKey)
                .header(TestKey.HEADER, "Bearer " + key)
                .body(body)
                .post(api.path(below));
    }

    @Test
    void anOperationTellsWhoAskedForIt() {
        Json one = key("\"earn\",\"read\"", "store 42");
        post(one.getString("key"), "earn", "k", "{\"points\":5}")
                .then()
                .statusCode(201)
                .body("by.id", equalTo(one.getString("id")))
                .body("by.location", equalTo("store 42"));
        api.get("operations")
                .then()
                .statusCode(200)
                .body("items[0].by.id", equalTo(one.getString("id")))
                .body("items[0].by.location", equalTo("store 42"));
        api.get("operations?key=k").then().body("items[0].by.id", equalTo(one.getString("id")));
        api.post("earn", "{\"points\":5}")
                .then()
                .body("by.id", equalTo("OfTheTests01"))
                .body("by.location", nullValue());
    }

    @Test
    void aMemberDoesNotSeeWhoItWas() {
        Json one = key("\"earn\"", "store 42");
        String id = post(one.getString("key"), "earn", "k", "{\"points\":5}")
                .then()
                .statusCode(201)
                .extract()
                .path("id");
        String member = TestIssuer.member(api.account());
        for (String path : List.of("operations", "operations?key=k")) {
            given().header(TestKey.HEADER, member)
                    .get(api.path(path))
                    .then()
                    .statusCode(200)
                    .body("items.size()", equalTo(1))
                    .body("items[0].by", nullValue());
        }
        given().header(TestKey.HEADER, member)
                .get(api.path("operations/" + id))
                .then()
                .statusCode(200)
                .body("points", equalTo(5))
                .body("by", nullValue());
    }

    @Test
    void aCallIsRepeatedOnlyByTheKeyThatMadeIt() {
        Json one = key("\"earn\"", "s-1");
        Json other = key("\"earn\"", "s-2");
        post(one.getString("key"), "earn", "k", "{\"points\":5}").then().statusCode(201);
        post(other.getString("key"), "earn", "k", "{\"points\":5}")
                .then()
                .statusCode(422)
                .body("code", equalTo("idempotency_key_reused"));
        String rotated = given().contentType("application/json")
                .post(KEYS + "/" + one.getString("id") + "/rotate")
                .then()
                .statusCode(201)
                .extract()
                .path("key");
        post(rotated, "earn", "k", "{\"points\":5}")
                .then()
                .statusCode(200)
                .header("Idempotency-Replayed", equalTo("true"));
        assertEquals(5, api.available());
    }

    @Test
    void aCallIsVoidedByTheKeyThatMadeItOrByOneThatReverses() {
        Json one = key("\"earn\"", "s-1");
        Json other = key("\"earn\",\"redeem\",\"hold\"", "s-2");
        post(one.getString("key"), "earn", "k", "{\"points\":5}").then().statusCode(201);
        for (int i = 0; i < 2; i++) {
            post(other.getString("key"), "voids", "v", "{\"key\":\"k\"}")
                    .then()
                    .statusCode(403)
                    .body("code", equalTo("forbidden"));
        }
        assertEquals(5, api.available());
        post(one.getString("key"), "voids", "v", "{\"key\":\"k\"}").then().statusCode(201);
        assertEquals(0, api.available());

        post(one.getString("key"), "earn", "k2", "{\"points\":7}").then().statusCode(201);
        String reverses = key("\"reverse\"", "office").getString("key");
        post(reverses, "voids", "v2", "{\"key\":\"k2\"}").then().statusCode(201);
        assertEquals(0, api.available());
    }

    /** Else the points would come back when the goods are out of the shop. */
    @Test
    void aMemberVoidsNoCallByItsKey() {
        String member = TestIssuer.paying(api.account()).substring("Bearer ".length());
        api.post("earn", "{\"points\":5}").then().statusCode(201);
        String shown = given().header(TestKey.HEADER, "Bearer " + member)
                .post(api.path("codes"))
                .then()
                .statusCode(201)
                .extract()
                .path("code");
        post(member, "redeem", "k", "{\"points\":5,\"memberCode\":\"" + shown + "\"}")
                .then()
                .statusCode(201);
        for (String key : List.of("k", "never-came")) {
            post(member, "voids", "v", "{\"key\":\"" + key + "\"}")
                    .then()
                    .statusCode(403)
                    .body("code", equalTo("forbidden"));
        }
        assertEquals(0, api.available());
        api.post("earn", "never-came", "{\"points\":1}").then().statusCode(201);
    }

    /** It may have been lost on its way to the till that voids it. */
    @Test
    void aCallThatNeverArrivedIsVoidedByAnybody() {
        Json one = key("\"earn\"", "s-1");
        Json other = key("\"hold\"", "s-2");
        api.put().then().statusCode(201);
        post(other.getString("key"), "voids", "v", "{\"key\":\"k\"}").then().statusCode(201);
        post(one.getString("key"), "earn", "k", "{\"points\":5}")
                .then()
                .statusCode(409)
                .body("code", equalTo("voided"));
        api.get("operations?key=k")
                .then()
                .body("items[0].type", equalTo("tombstone"))
                .body("items[0].by.id", equalTo(other.getString("id")));
    }

    /** It could still send what it has begun. */
    @Test
    void aCallWhoseKeyEndsBeforeItsBodyIsNotDone() throws Exception {
        Json one = key("\"earn\"", "s-1");
        String head = "POST " + api.path("earn") + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
                + one.getString("key") + "\r\nIdempotency-Key: k\r\nContent-Type: application/json\r\n"
                + "Content-Length: 12\r\nConnection: close\r\n\r\n{\"points\":";
        try (Socket socket = new Socket("127.0.0.1", RestAssured.port)) {
            socket.setSoTimeout(15_000);
            socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
            TimeUnit.MILLISECONDS.sleep(200); // the head was let through
            given().delete(KEYS + "/" + one.getString("id")).then().statusCode(204);
            socket.getOutputStream().write("5}".getBytes(StandardCharsets.US_ASCII));
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertTrue(answer.startsWith("HTTP/1.1 401"), answer);
            assertTrue(answer.contains("\"code\":\"unauthenticated\""), answer);
        }
        api.get().then().statusCode(404);
    }

    @Test
    void theStreamsOfARevokedKeyEnd() throws Exception {
        Json one = key("\"read\"", "app");
        CompletableFuture<byte[]> all = stream(one);
        given().delete(KEYS + "/" + one.getString("id")).then().statusCode(204);
        await().atMost(Duration.ofSeconds(5)).until(all::isDone);
    }

    /** Whoever has stolen it reads no further. */
    @Test
    void theStreamsOfASecretThatHasEndedEnd() throws Exception {
        Json one = key("\"read\"", "app");
        Json other = key("\"read\"", "app");
        CompletableFuture<byte[]> all = stream(one);
        CompletableFuture<byte[]> allOfOther = stream(other);
        for (Json each : List.of(one, other)) {
            given().contentType("application/json")
                    .body("{\"overlapSeconds\":" + (each == one ? 0 : 600) + "}")
                    .post(KEYS + "/" + each.getString("id") + "/rotate")
                    .then()
                    .statusCode(201);
        }
        await().atMost(Duration.ofSeconds(5)).until(all::isDone);
        assertFalse(allOfOther.isDone());
        given().delete(KEYS + "/" + other.getString("id") + "/previous").then().statusCode(204);
        await().atMost(Duration.ofSeconds(5)).until(allOfOther::isDone);
    }

    private CompletableFuture<byte[]> stream(Json key) throws Exception {
        api.post("earn", "{\"points\":1}").then().statusCode(201);
        HttpResponse<InputStream> stream = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create("http://localhost:" + RestAssured.port + api.path("events")))
                                .header(TestKey.HEADER, "Bearer " + key.getString("key"))
                                .build(),
                        HttpResponse.BodyHandlers.ofInputStream());
        assertEquals(200, stream.statusCode());
        return CompletableFuture.supplyAsync(() -> {
            try (InputStream in = stream.body()) {
                return in.readAllBytes();
            } catch (java.io.IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        });
    }
}
