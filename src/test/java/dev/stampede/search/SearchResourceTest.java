package dev.stampede.search;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.everyItem;
import static org.hamcrest.Matchers.hasSize;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.http.Api;
import dev.stampede.http.Sandbox;
import dev.stampede.support.Backends;
import dev.stampede.support.BackendsResource;
import dev.stampede.support.TestIssuer;
import dev.stampede.support.TestKey;
import io.quarkus.test.common.TestResourceScope;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import io.restassured.response.ValidatableResponse;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What somebody has in hand leads to the account, by an index, and in this program only. */
@QuarkusTest
@WithTestResource(value = BackendsResource.class, scope = TestResourceScope.GLOBAL)
@Tag("servers")
class SearchResourceTest {
    private Sandbox sandbox;
    private Api api;

    @BeforeEach
    void publish() throws Exception {
        sandbox = Sandbox.of("demo", "2026-12-01T10:00:00Z")
                .with("/points/uniqueReferences", "'program'")
                .with("rewards", "[{'id': 'coffee', 'cost': 60, 'code': {'validDays': 1}}]")
                .published();
        api = sandbox.account("m-" + UUID.randomUUID());
    }

    @AfterEach
    void close() throws SQLException {
        sandbox.close();
    }

    private Response search(String path, String text) {
        return given().queryParam("q", text).get(path);
    }

    private ValidatableResponse found(String text) {
        return search(sandbox.path("search"), text).then().statusCode(200);
    }

    private static void isOnly(ValidatableResponse found, String kind, Api of, Response operation, String type) {
        found.body("items.kind", contains(kind))
                .body("items.account", contains(of.account()))
                .body("items.operation", contains(operation.<String>path("id")))
                .body("items.type", contains(type))
                .body("items.outcome", contains("ok"))
                .body("items.at", contains(operation.<String>path("createdAt")));
    }

    @Test
    void byWhatSomebodyHasInHand() {
        String key = Api.key();
        Response earned = api.post("earn", key, "{\"points\":100,\"reference\":\"receipt 17\"}");
        earned.then().statusCode(201);
        isOnly(found(key), "key", api, earned, "earn");
        isOnly(found(" " + earned.<String>path("id") + " "), "operation", api, earned, "earn");
        isOnly(found("receipt 17"), "reference", api, earned, "earn");
        Response paid = api.post("redeem", "{\"reward\":\"coffee\"}");
        String code = paid.then().statusCode(201).extract().path("code");
        isOnly(found(code), "code", api, paid, "redeem");
        isOnly(found(code.replace("-", "").toLowerCase(Locale.ROOT)), "code", api, paid, "redeem");
        isOnly(found(api.account()), "account", api, paid, "redeem");
        found(api.account().substring(1)).body("items", empty());
    }

    @Test
    void ofADeclinedCallItTellsWhy() {
        api.put().then().statusCode(201);
        String key = Api.key();
        api.post("redeem", key, "{\"points\":1}").then().statusCode(422);
        found(key).body("items.outcome", contains("insufficient_points"));
    }

    @Test
    void anotherProgramFindsNothing() {
        String key = Api.key();
        Response earned = api.post("earn", key, "{\"points\":100,\"reference\":\"r-1\"}");
        String code = api.post("redeem", "{\"reward\":\"coffee\"}").path("code");
        for (String text : List.of(key, earned.path("id"), "r-1", code, api.account())) {
            found(text).body("items", hasSize(1));
            search("/v1/programs/demo/search", text).then().statusCode(200).body("items", empty());
        }
    }

    /** A key is one account's: another account may use the same. */
    @Test
    void noMoreThanTwenty() {
        String key = Api.key();
        for (int n = 0; n < 23; n++) {
            sandbox.account(api.account() + n)
                    .post("earn", key, "{\"points\":1}")
                    .then()
                    .statusCode(201);
        }
        found(key).body("items", hasSize(20)).body("items.kind", everyItem(equalTo("key")));
    }

    /** A void that came first leaves a row, but no account. */
    @Test
    void aVoidAloneMakesNoAccount() {
        api.keyed(Api.key())
                .body("{\"key\":\"never-came\"}")
                .post(api.path("voids"))
                .then()
                .statusCode(201);
        found(api.account()).body("items", empty());
    }

    @Test
    void whatCannotBeSearchedFor() {
        for (String text : List.of("", "  ", "x".repeat(256), "a\0b")) {
            search(sandbox.path("search"), text).then().statusCode(400).body("code", equalTo("malformed"));
        }
        given().get(sandbox.path("search")).then().statusCode(400);
        search(sandbox.path("search") + "?limit=1", "x").then().statusCode(400);
        found("%").body("items", empty());
        found("' OR 1=1 --").body("items", empty());
        search("/v1/programs/nowhere/search", "x").then().statusCode(404);
    }

    @Test
    void membersMayNot() {
        given().header(TestKey.HEADER, TestIssuer.member("m-1"))
                .queryParam("q", "m-1")
                .get("/v1/programs/demo/search")
                .then()
                .statusCode(403)
                .body("code", equalTo("forbidden"));
    }

    private static Connection postgres() throws SQLException {
        return DriverManager.getConnection(Backends.shared().postgres().jdbcUrl());
    }

    /** Also where the planner knows no values. */
    @Test
    void noSearchReadsAllOperations() throws SQLException {
        StringBuilder plan = new StringBuilder();
        try (var connection = postgres();
                var sql = connection.createStatement()) {
            for (String setting : Search.INDEXES_ONLY) {
                sql.execute("SET " + setting + " = off");
            }
            sql.execute("SET plan_cache_mode = force_generic_plan");
            sql.execute("PREPARE search (text, text, text, smallint, uuid, text, text[]) AS " + Search.FIND);
            String given = "'demo', 'x', 'x', 1::smallint, '019aa6c5-7a3c-7e5b-9b1f-9e788194395f', 'x', '{program}'";
            try (var lines = sql.executeQuery("EXPLAIN EXECUTE search(" + given + ")")) {
                while (lines.next()) {
                    plan.append(lines.getString(1)).append('\n');
                }
            }
        }
        assertFalse(plan.toString().contains("Seq Scan"), plan::toString);
        for (String index : List.of("operation_id", "operation_key", "account_pkey", "claim_pkey", "code_pkey")) {
            assertTrue(plan.toString().contains(index), plan::toString);
        }
    }

    /** Two at a time, eight that wait; the others are told at once, and those after two seconds. */
    @Test
    void aSlowPostgresKeepsNobody() throws Exception {
        ExecutorService callers = Executors.newFixedThreadPool(16);
        Map<String, Integer> codes = new HashMap<>();
        try (var connection = postgres();
                var sql = connection.createStatement()) {
            connection.setAutoCommit(false);
            sql.execute("LOCK TABLE code IN ACCESS EXCLUSIVE MODE");
            List<CompletableFuture<Response>> asked = Stream.generate(
                            () -> CompletableFuture.supplyAsync(() -> search(sandbox.path("search"), "x"), callers))
                    .limit(16)
                    .toList();
            for (CompletableFuture<Response> each : asked) {
                codes.merge(each.get(10, TimeUnit.SECONDS).path("code"), 1, Integer::sum);
            }
            connection.rollback();
        } finally {
            callers.shutdown();
        }
        assertEquals(Map.of("overloaded", 6, "unavailable", 10), codes);
        found("x").body("items", empty());
    }
}
