package dev.stampede.balance;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.nullValue;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.access.Principal;
import dev.stampede.access.Scope;
import dev.stampede.access.StreamTickets;
import dev.stampede.account.AccountId;
import dev.stampede.http.Api;
import dev.stampede.http.Json;
import dev.stampede.support.BackendsResource;
import dev.stampede.support.TestIssuer;
import dev.stampede.support.TestKey;
import io.quarkus.test.common.TestResourceScope;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import jakarta.inject.Inject;
import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Streams that begin with a ticket, and end when their credential does. */
@QuarkusTest
@WithTestResource(value = BackendsResource.class, scope = TestResourceScope.GLOBAL)
@Tag("servers")
class StreamTicketResourceTest {
    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @Inject
    StreamTickets tickets;

    private Api api;

    @BeforeEach
    void enrol() {
        api = Api.with(100);
    }

    private static String ticket(Api api, String credential) {
        return given().header(TestKey.HEADER, credential)
                .post(api.path("stream-tickets"))
                .then()
                .statusCode(201)
                .header("Cache-Control", equalTo("no-store"))
                .extract()
                .path("ticket");
    }

    private static HttpRequest.Builder to(String path) {
        return HttpRequest.newBuilder(URI.create("http://localhost:" + RestAssured.port + path))
                .timeout(Duration.ofSeconds(20));
    }

    private static HttpResponse<InputStream> open(HttpRequest request) throws Exception {
        return HTTP.send(request, HttpResponse.BodyHandlers.ofInputStream());
    }

    /** The status of a call with nothing but what is in its URL. */
    private static int status(String method, String path) throws Exception {
        HttpResponse<InputStream> response = open(
                to(path).method(method, HttpRequest.BodyPublishers.noBody()).build());
        response.body().close();
        return response.statusCode();
    }

    private static String events(Api api, String ticket) {
        return api.path("events?ticket=" + ticket);
    }

    private static Stream<String> lines(InputStream body) {
        return new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8)).lines();
    }

    @Test
    void aTicketOpensOneStream() throws Exception {
        Json made = Json.of(given().post(api.path("stream-tickets"))
                .then()
                .statusCode(201)
                .extract()
                .response());
        Duration valid = Duration.between(Instant.now(), Instant.parse(made.getString("expiresAt")));
        assertTrue(valid.toSeconds() >= 20 && valid.toSeconds() <= 40, valid::toString);
        String path = events(api, made.getString("ticket"));
        HttpResponse<InputStream> stream = open(to(path).build());
        assertEquals(200, stream.statusCode());
        try (InputStream body = stream.body()) {
            assertTrue(lines(body).anyMatch(line -> line.startsWith("data:") && line.contains("\"available\":100")));
        }
        HttpResponse<InputStream> replayed = open(to(path).build());
        assertEquals(401, replayed.statusCode());
        try (InputStream body = replayed.body()) {
            Json problem = Json.of(new String(body.readAllBytes(), StandardCharsets.UTF_8));
            assertEquals("unauthenticated", problem.getString("code"));
        }
    }

    @Test
    void ofManyAtOnceWithOneTicketOneIsLetIn() throws Exception {
        HttpRequest request = to(events(api, ticket(api, TestKey.BEARER))).build();
        List<CompletableFuture<HttpResponse<InputStream>>> asked = Stream.generate(
                        () -> HTTP.sendAsync(request, HttpResponse.BodyHandlers.ofInputStream()))
                .limit(10)
                .toList();
        int let = 0;
        for (CompletableFuture<HttpResponse<InputStream>> each : asked) {
            HttpResponse<InputStream> response = each.get(20, TimeUnit.SECONDS);
            response.body().close();
            let += response.statusCode() == 200 ? 1 : 0;
            assertTrue(response.statusCode() == 200 || response.statusCode() == 401);
        }
        assertEquals(1, let);
    }

    @Test
    void aMemberGetsOneForHisOwnAccount() throws Exception {
        String ticket = ticket(api, TestIssuer.member(api.account()));
        assertEquals(200, status("GET", events(api, ticket)));
        given().header(TestKey.HEADER, TestIssuer.member("another"))
                .post(api.path("stream-tickets"))
                .then()
                .statusCode(404)
                .body("code", equalTo("account_not_found"))
                .body("ticket", nullValue());
    }

    /** Each of these leaves the ticket as it is. */
    @Test
    void itIsForNothingElse() throws Exception {
        String ticket = ticket(api, TestKey.BEARER);
        Api other = Api.with(1);
        for (String path : List.of(
                events(other, ticket),
                Api.of("coffee", api.account()).path("events?ticket=" + ticket),
                api.path("?ticket=" + ticket).replace("/?", "?"),
                api.path("operations?ticket=" + ticket),
                api.path("lots?ticket=" + ticket),
                "/v1/programs?ticket=" + ticket,
                api.path("events/?ticket=" + ticket),
                api.path("events;x?ticket=" + ticket),
                events(api, ticket + "0"),
                events(api, ticket) + "&ticket=" + ticket,
                events(api, "") + "&x=" + ticket,
                events(api, ticket.replace(".", "%2E")),
                events(api, "%25"),
                api.path("events"),
                api.path("events?tickets=" + ticket))) {
            assertEquals(401, status("GET", path), path);
        }
        for (String method : List.of("HEAD", "POST", "PUT", "DELETE", "OPTIONS")) {
            assertEquals(401, status(method, events(api, ticket)), method);
        }
        assertEquals(401, status("POST", api.path("stream-tickets?ticket=" + ticket)));
        assertEquals(200, status("GET", events(api, ticket)));
    }

    /** Beside a header it counts for nothing. */
    @Test
    void aHeaderComesFirst() throws Exception {
        String ticket = ticket(api, TestKey.BEARER);
        HttpRequest.Builder both = to(events(api, ticket));
        assertEquals(
                401,
                open(both.copy().header(TestKey.HEADER, "Bearer x").build()).statusCode());
        HttpResponse<InputStream> stream =
                open(both.header(TestKey.HEADER, TestKey.BEARER).build());
        stream.body().close();
        assertEquals(200, stream.statusCode());
        assertEquals(200, status("GET", events(api, ticket)));
    }

    @Test
    void itEnds() throws Exception {
        AccountId account = AccountId.of("demo", api.account());
        long nowMs = System.currentTimeMillis();
        Principal member = member(Long.MAX_VALUE);
        assertEquals(
                401,
                status(
                        "GET",
                        events(
                                api,
                                tickets.fresh(account, member, nowMs - 31_000).text())));
        assertEquals(
                200,
                status(
                        "GET",
                        events(
                                api,
                                tickets.fresh(account, member, nowMs - 20_000).text())));
        Principal over = member(nowMs - 1000);
        assertEquals(
                401,
                status("GET", events(api, tickets.fresh(account, over, nowMs).text())));
        Principal unknown =
                new Principal(Principal.Kind.KEY, "000000000000", "demo", null, Scope.READ.bit(), null, Long.MAX_VALUE);
        assertEquals(
                401,
                status("GET", events(api, tickets.fresh(account, unknown, nowMs).text())));
    }

    private Principal member(long untilMs) {
        return new Principal(
                Principal.Kind.MEMBER, "member:" + api.account(), null, api.account(), Scope.READ.bit(), null, untilMs);
    }

    @Test
    void aTicketOfARevokedKeyIsWorthNothing() throws Exception {
        Json key = key("");
        String ticket = ticket(api, "Bearer " + key.getString("key"));
        String second = ticket(api, "Bearer " + key.getString("key"));
        HttpResponse<InputStream> stream = open(to(events(api, ticket)).build());
        assertEquals(200, stream.statusCode());
        given().delete("/v1/programs/demo/keys/" + key.getString("id")).then().statusCode(204);
        assertEquals(401, status("GET", events(api, second)));
        CompletableFuture<Boolean> ended =
                CompletableFuture.supplyAsync(() -> lines(stream.body()).noneMatch(line -> line.contains("expired")));
        assertTrue(ended.get(10, TimeUnit.SECONDS));
    }

    @Test
    void aTicketEndsWithTheSecretOfItsKey() throws Exception {
        Json key = key("");
        String ticket = ticket(api, "Bearer " + key.getString("key"));
        HttpResponse<InputStream> stream = open(to(events(api, ticket)).build());
        assertEquals(200, stream.statusCode());
        String second = ticket(api, "Bearer " + key.getString("key"));
        given().contentType("application/json")
                .body("{\"overlapSeconds\":0}")
                .post("/v1/programs/demo/keys/" + key.getString("id") + "/rotate")
                .then()
                .statusCode(201);
        assertEquals(401, status("GET", events(api, second)));
        CompletableFuture<Long> ended =
                CompletableFuture.supplyAsync(() -> lines(stream.body()).count());
        assertTrue(ended.get(10, TimeUnit.SECONDS) > 0);
    }

    private static Json key(String fields) {
        return Json.of(given().contentType("application/json")
                .body("{\"name\":\"" + UUID.randomUUID() + "\",\"scopes\":[\"read\"]" + fields + "}")
                .post("/v1/programs/demo/keys")
                .then()
                .statusCode(201)
                .extract()
                .response());
    }

    /** Also a stream that has begun with a header. */
    @Test
    void aStreamEndsWithItsCredential() throws Exception {
        Instant until = Instant.now().plusMillis(3000);
        Json key = key(",\"expiresAt\":\"" + until + "\"");
        String ticket = tickets.fresh(
                        AccountId.of("demo", api.account()), member(until.toEpochMilli()), System.currentTimeMillis())
                .text();
        HttpResponse<InputStream> first = open(to(events(api, ticket)).build());
        HttpResponse<InputStream> second = open(to(api.path("events"))
                .header(TestKey.HEADER, "Bearer " + key.getString("key"))
                .build());
        for (HttpResponse<InputStream> stream : List.of(first, second)) {
            assertEquals(200, stream.statusCode());
            List<String> all = CompletableFuture.supplyAsync(() ->
                            lines(stream.body()).filter(line -> !line.isEmpty()).toList())
                    .get(15, TimeUnit.SECONDS);
            assertTrue(all.stream().anyMatch(line -> line.startsWith("data:")), all::toString);
            assertEquals(": expired", all.get(all.size() - 1));
        }
        assertFalse(Instant.now().isBefore(until.minusMillis(500)));
    }
}
