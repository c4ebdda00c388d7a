package dev.stampede.history;

import static io.restassured.RestAssured.given;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.nullValue;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.http.Api;
import dev.stampede.support.Backends;
import dev.stampede.support.BackendsResource;
import dev.stampede.support.TestKey;
import io.quarkus.test.common.TestResourceScope;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import jakarta.inject.Inject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@QuarkusTest
@WithTestResource(value = BackendsResource.class, scope = TestResourceScope.GLOBAL)
@Tag("servers")
class HistoryResourceTest {
    @Inject
    WarmUp warmUp;

    /** Before the gateway was ready: the first caller does not wait for it. */
    @Test
    void aPageWasReadAtTheStart() {
        assertTrue(warmUp.isDone());
    }

    @Test
    void newestFirstInPages() {
        Api api = Api.fresh();
        List<String> made = new ArrayList<>();
        for (int i = 0; i < 7; i++) {
            made.add(
                    0,
                    api.post("earn", "{\"points\":" + (i + 1) + "}")
                            .then()
                            .statusCode(201)
                            .extract()
                            .path("id"));
        }

        List<String> read = new ArrayList<>();
        String cursor = null;
        int pages = 0;
        do {
            var page = (cursor == null ? given() : given().queryParam("cursor", cursor))
                    .queryParam("limit", 3)
                    .get(api.path("operations"))
                    .then()
                    .statusCode(200)
                    .extract()
                    .jsonPath();
            read.addAll(page.getList("items.id", String.class));
            cursor = page.getString("cursor");
            pages++;
            // what comes in meanwhile doesn't shift the pages
            api.post("earn", "{\"points\":1}").then().statusCode(201);
        } while (cursor != null);

        assertEquals(made, read);
        assertEquals(3, pages);
    }

    @Test
    void aFullLastPageHasNoCursor() {
        Api api = Api.with(1);
        api.get("operations?limit=1")
                .then()
                .statusCode(200)
                .body("items", hasSize(1))
                .body("cursor", nullValue());
    }

    @Test
    void historyTellsWhatTheAnswerTold() {
        Api api = Api.with(1000);
        String[] answers = {
            api.post("redeem", "{\"points\":10,\"reference\":\"a\",\"note\":\"n\",\"channel\":\"c\"}")
                    .asString(),
            api.post(
                            "earn",
                            "{\"amount\":\"42.50\",\"currency\":\"EUR\","
                                    + "\"items\":[{\"sku\":\"x\",\"quantity\":\"1\",\"amount\":\"1.00\"}],"
                                    + "\"occurredAt\":\"" + Instant.now().minusSeconds(60) + "\"}")
                    .asString(),
            api.post("holds", "{\"points\":10}").asString(),
        };

        for (String answer : answers) {
            String id = io.restassured.path.json.JsonPath.from(answer).getString("id");
            assertEquals(
                    answer,
                    api.get("operations/" + id).then().statusCode(200).extract().asString());
        }
        var listed = api.get("operations?limit=3").then().extract().jsonPath();
        assertEquals(io.restassured.path.json.JsonPath.from(answers[2]).getMap(""), listed.getMap("items[0]"));
        assertEquals(io.restassured.path.json.JsonPath.from(answers[1]).getMap(""), listed.getMap("items[1]"));
        assertEquals(io.restassured.path.json.JsonPath.from(answers[0]).getMap(""), listed.getMap("items[2]"));
    }

    @Test
    void filters() {
        Api api = Api.with(1000);
        String declinedKey = Api.key();
        api.post("redeem", declinedKey, "{\"points\":5000,\"reference\":\"a\"}")
                .then()
                .statusCode(422);
        String redeem = api.post("redeem", "{\"points\":1,\"reference\":\"a/b?c=d e\"}")
                .then()
                .extract()
                .path("id");
        String at = api.get("operations/" + redeem).then().extract().path("createdAt");
        String justAfter = Instant.parse(at).plusMillis(1).toString();

        api.get("operations").then().body("items.type", contains("redeem", "earn"));
        api.get("operations?type=redeem").then().body("items.id", contains(redeem));
        api.get("operations?type=earn").then().body("items", hasSize(1));
        api.get("operations?type=hold").then().body("items", hasSize(0));
        api.get("operations?type=declined")
                .then()
                .body("items", hasSize(1))
                .body("items[0].outcome", equalTo("insufficient_points"))
                .body("items[0].points", equalTo(0))
                .body("items[0].key", equalTo(declinedKey));
        api.get("operations?key=" + declinedKey)
                .then()
                .body("items", hasSize(1))
                .body("items[0].outcome", equalTo("insufficient_points"));
        api.get("operations?key=" + declinedKey + "&type=earn").then().body("items", hasSize(0));
        api.get("operations?key=never-used")
                .then()
                .statusCode(200)
                .body("items", hasSize(0))
                .body("cursor", nullValue());
        given().queryParam("reference", "a/b?c=d e")
                .get(api.path("operations"))
                .then()
                .body("items.id", contains(redeem));
        given().queryParam("from", at).get(api.path("operations")).then().body("items.id", contains(redeem));
        given().queryParam("to", at).get(api.path("operations")).then().body("items.type", contains("earn"));
        given().queryParam("from", justAfter).get(api.path("operations")).then().body("items", hasSize(0));
        given().queryParam("from", "2020-01-01T00:00:00+02:00")
                .queryParam("to", "2100-01-01T00:00:00Z")
                .get(api.path("operations"))
                .then()
                .body("items", hasSize(2));
    }

    @Test
    void whatUndoesOrEndsHasAReferenceOfItsOwn() {
        Api api = Api.with(1000);
        String redeem = api.post("redeem", "{\"points\":10,\"reference\":\"sale\"}")
                .then()
                .extract()
                .path("id");
        String voided = Api.key();
        api.post("redeem", voided, "{\"points\":10}").then().statusCode(201);
        String first = api.post("holds", "{\"points\":10}").then().extract().path("hold.id");
        String second = api.post("holds", "{\"points\":10}").then().extract().path("hold.id");
        Map<String, String> calls = Map.of(
                "operations/" + redeem + "/reverse",
                "{\"points\":4,\"reference\":\"return-1\"}",
                "holds/" + first + "/capture",
                "{\"reference\":\"capture-1\"}",
                "holds/" + second + "/void",
                "{\"reference\":\"void-1\"}",
                "voids",
                "{\"key\":\"" + voided + "\",\"reference\":\"void-2\"}");

        calls.forEach((below, body) -> {
            String reference = body.replaceAll(".*\"reference\":\"([^\"]*)\".*", "$1");
            String key = Api.key();
            String id = api.post(below, key, body)
                    .then()
                    .statusCode(201)
                    .body("reference", equalTo(reference))
                    .extract()
                    .path("id");
            api.post(below, key, body.replace(reference, "other"))
                    .then()
                    .statusCode(422)
                    .body("code", equalTo("idempotency_key_reused"));
            api.get("operations?reference=" + reference).then().statusCode(200).body("items.id", equalTo(List.of(id)));
        });
    }

    @Test
    void othersOperationsAreNotFound() {
        Api api = Api.fresh();
        String earn = api.post("earn", "{\"points\":5}").then().extract().path("id");
        Api other = Api.with(5);

        api.get("operations/" + earn).then().statusCode(200);
        other.get("operations/" + earn).then().statusCode(404).body("code", equalTo("operation_not_found"));
        Api.fresh().get("operations/" + earn).then().statusCode(404).body("code", equalTo("account_not_found"));
        Api.fresh().get("operations").then().statusCode(404).body("code", equalTo("account_not_found"));
        Api.fresh().get("operations?key=k").then().statusCode(404).body("code", equalTo("account_not_found"));
    }

    /** A table that is locked stands for all that makes Postgres slow. */
    @Test
    @Tag("long")
    void pagesThatTakeTooLongAreBoundedInNumberAndTimeAndLeaveNothingBehind() throws Exception {
        Api api = Api.with(10);
        HttpClient http = HttpClient.newHttpClient();
        HttpRequest page = HttpRequest.newBuilder(
                        URI.create("http://localhost:" + RestAssured.port + api.path("operations")))
                .header(TestKey.HEADER, TestKey.BEARER)
                .build();
        for (int round = 0; round < 2; round++) { // more pages than the pool has connections, twice
            try (Connection locker = DriverManager.getConnection(
                            Backends.shared().postgres().jdbcUrl());
                    Statement statement = locker.createStatement()) {
                locker.setAutoCommit(false);
                statement.execute("LOCK TABLE entry IN ACCESS EXCLUSIVE MODE");
                List<CompletableFuture<HttpResponse<String>>> pages = new ArrayList<>();
                for (int i = 0; i < 60; i++) {
                    pages.add(http.sendAsync(page, HttpResponse.BodyHandlers.ofString()));
                }
                int overloaded = 0;
                for (CompletableFuture<HttpResponse<String>> asked : pages) {
                    HttpResponse<String> answer = asked.get(20, TimeUnit.SECONDS);
                    assertEquals(503, answer.statusCode(), answer.body());
                    overloaded += answer.body().contains("\"overloaded\"") ? 1 : 0;
                }
                assertEquals(20, overloaded);
                await().atMost(20, TimeUnit.SECONDS).until(() -> {
                    try (ResultSet waiting = statement.executeQuery(
                            "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'entry'::regclass")) {
                        waiting.next();
                        return waiting.getInt(1) == 0;
                    }
                });
            }
        }
        given().get(api.path("operations")).then().statusCode(200).body("items", hasSize(1));
    }
}
