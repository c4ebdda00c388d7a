package dev.stampede.keys;

import static io.restassured.RestAssured.given;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.matchesPattern;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.stampede.access.KeyText;
import dev.stampede.http.Api;
import dev.stampede.http.Json;
import dev.stampede.http.Sandbox;
import dev.stampede.support.Backends;
import dev.stampede.support.BackendsResource;
import dev.stampede.support.TestKey;
import io.quarkus.test.common.TestResourceScope;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import java.sql.DriverManager;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@QuarkusTest
@WithTestResource(value = BackendsResource.class, scope = TestResourceScope.GLOBAL)
@Tag("servers")
class KeyResourceTest {
    private static final String KEYS = "/v1/programs/demo/keys";

    private static RequestSpecification with(String key) {
        return given().header(TestKey.HEADER, "Bearer " + key);
    }

    @CanIgnoreReturnValue
    private static Json made(String fields) {
        return made(KEYS, fields);
    }

    private static Json made(String path, String fields) {
        return Json.of(given().contentType("application/json")
                .body("{\"name\":\"" + UUID.randomUUID() + "\"," + fields + "}")
                .post(path)
                .then()
                .statusCode(201)
                .extract()
                .response());
    }

    private static Response rotated(String id, String body) {
        return given().contentType("application/json").body(body).post(KEYS + "/" + id + "/rotate");
    }

    @Test
    void aKeyIsToldOnceAndValidAtOnce() {
        Json made = made("\"scopes\":[\"read\",\"earn\",\"read\"],\"location\":\"store-42\"");
        String key = made.getString("key");
        assertTrue(key.matches(KeyText.PATTERN), key);
        assertTrue(key.startsWith("stk_live_" + made.getString("id")), key);

        Api api = Api.fresh();
        with(key).put(api.path()).then().statusCode(201);
        with(key).get(api.path()).then().statusCode(200);
        with(key)
                .header("Idempotency-Key", Api.key())
                .contentType("application/json")
                .body("{\"points\":1}")
                .post(api.path("redeem"))
                .then()
                .statusCode(403)
                .contentType("application/problem+json")
                .body("code", equalTo("forbidden"))
                .body("detail", containsString("needs redeem"));
        given().get(KEYS + "/" + made.getString("id"))
                .then()
                .statusCode(200)
                .body("key", nullValue())
                .body("program", equalTo("demo"))
                .body("scopes", contains("read", "earn"))
                .body("location", equalTo("store-42"))
                .body("state", equalTo("active"))
                .body("createdBy", equalTo("OfTheTests01"))
                .body("createdAt", notNullValue())
                .body("lastUsedOn", nullValue());
    }

    @Test
    void withoutAValidKeyThereIsOneAnswer() {
        String key = made("\"scopes\":[\"read\"]").getString("key");
        String other = KeyText.of(key).text().replace("stk_live_", "stk_test_");
        for (String authorization : new String[] {
            "", "Basic dTpw", "Bearer", "Bearer x", key, "Bearer " + key + "0", "Bearer " + other,
        }) {
            given().header(TestKey.HEADER, authorization)
                    .get("/v1/programs/nowhere")
                    .then()
                    .statusCode(401)
                    .contentType("application/problem+json")
                    .header("WWW-Authenticate", "Bearer error=\"invalid_token\"")
                    .body("code", equalTo("unauthenticated"))
                    .body(
                            "detail",
                            equalTo("Send a valid API key, or a member's token, in the header Authorization:"
                                    + " Bearer ..."));
        }
        given().header(TestKey.HEADER, "bearer " + key)
                .get("/v1/programs/demo")
                .then()
                .statusCode(200);
    }

    @Test
    void aKeyOfOneProgramKnowsNoOther() throws Exception {
        try (Sandbox sandbox = Sandbox.of("coffee", "2027-01-01T00:00:00Z").published()) {
            String keys = sandbox.path("keys");
            Json made = made(keys, "\"scopes\":[\"read\",\"keys\"]");
            String key = made.getString("key");
            assertTrue(key.startsWith("stk_test_"), key);
            with(key).get(keys + "/" + made.getString("id")).then().statusCode(200);
            for (String path : new String[] {
                KEYS, "/v1/programs/demo", "/v1/programs/nowhere", "/v1/programs/demo/accounts/a", "/v1/programs/demo/x"
            }) {
                with(key)
                        .get(path)
                        .then()
                        .statusCode(404)
                        .body("code", equalTo("program_not_found"))
                        .body("detail", equalTo("There is no program with this id."));
            }
            with(key).get("/v1/programs").then().statusCode(200).body("items.id", contains(id(sandbox)));
            // keys for all programs are shown to such keys only
            with(key).get(keys).then().body("items.id", not(hasItem("OfTheTests01")));
            with(key).get(keys + "/OfTheTests01").then().statusCode(404).body("code", equalTo("key_not_found"));
            with(key).delete(keys + "/OfTheTests01").then().statusCode(404);
            given().get(keys + "/OfTheTests01").then().statusCode(200).body("program", nullValue());
        }
    }

    private static String id(Sandbox sandbox) {
        return sandbox.path("").split("/")[3];
    }

    @Test
    void nobodyGivesWhatHeDoesNotHave() throws Exception {
        Json keeper = made("\"scopes\":[\"keys\",\"read\"]");
        String stronger = made("\"scopes\":[\"earn\"]").getString("id");
        with(keeper.getString("key"))
                .contentType("application/json")
                .body("{\"name\":\"x\",\"scopes\":[\"read\",\"earn\"]}")
                .post(KEYS)
                .then()
                .statusCode(403)
                .body("code", equalTo("forbidden"))
                .body("detail", containsString("lacks earn"));
        with(keeper.getString("key"))
                .contentType("application/json")
                .post(KEYS + "/" + stronger + "/rotate")
                .then()
                .statusCode(403);
        String later = made("\"scopes\":[\"read\"]").getString("id"); // as a later release makes keys
        try (var postgres =
                        DriverManager.getConnection(Backends.shared().postgres().jdbcUrl());
                var sql = postgres.createStatement()) {
            sql.execute("UPDATE api_key SET scopes = '{read,refund}' WHERE id = '" + later + "'");
        }
        with(keeper.getString("key"))
                .contentType("application/json")
                .post(KEYS + "/" + later + "/rotate")
                .then()
                .statusCode(403)
                .body("detail", containsString("lacks refund"));
        with(keeper.getString("key"))
                .contentType("application/json")
                .body("{\"name\":\"x\",\"scopes\":[\"read\"]}")
                .post(KEYS)
                .then()
                .statusCode(201)
                .body("createdBy", equalTo(keeper.getString("id")));
        with(keeper.getString("key")).delete(KEYS + "/" + stronger).then().statusCode(204);
    }

    /** A key without bounds has none of its own to give; what a till and a certificate bind, others try. */
    @Test
    void nobodyGivesMoreThanBindsHim() {
        String end =
                Instant.now().plusSeconds(3600).truncatedTo(ChronoUnit.MICROS).toString();
        String later = Instant.parse(end).plusSeconds(1).toString();
        String maker = made("\"scopes\":[\"keys\",\"read\"],\"perSecond\":50,\"burst\":60," + "\"expiresAt\":\"" + end
                        + "\"")
                .getString("key");
        asked(maker, "")
                .then()
                .statusCode(201)
                .body("perSecond", equalTo(50))
                .body("burst", equalTo(60))
                .body("expiresAt", equalTo(end))
                .body("kind", equalTo("key"));
        asked(maker, ",\"perSecond\":50,\"burst\":1,\"expiresAt\":\"" + end + "\"")
                .then()
                .statusCode(201)
                .body("burst", equalTo(1));
        Map.of(
                        ",\"perSecond\":51",
                        "perSecond must be at most 50",
                        ",\"perSecond\":1,\"burst\":61",
                        "burst must be at most 60",
                        ",\"expiresAt\":\"" + later + "\"",
                        "expiresAt must be at the latest " + end)
                .forEach((more, most) -> asked(maker, more)
                        .then()
                        .statusCode(403)
                        .body("code", equalTo("forbidden"))
                        .body(
                                "detail",
                                equalTo("A key can only give what it has itself; from this one " + most + ".")));
        // neither by another secret of one that has more
        with(maker)
                .contentType("application/json")
                .post(KEYS + "/" + made("\"scopes\":[\"read\"]").getString("id") + "/rotate")
                .then()
                .statusCode(403)
                .body("detail", containsString("expiresAt must be at the latest " + end));
    }

    private static Response asked(String maker, String more) {
        return with(maker)
                .contentType("application/json")
                .body("{\"name\":\"x\",\"scopes\":[\"keys\",\"read\"]" + more + "}")
                .post(KEYS);
    }

    /** One call ends it all, also when the key itself was revoked before; and only that. */
    @Test
    void whatAKeyHasMadeEndsWithIt() throws Exception {
        Json leaked = made("\"scopes\":[\"keys\",\"read\"]");
        String maker = leaked.getString("key");
        List<Json> made = new ArrayList<>();
        for (int i = 0; i < 3; i++) { // each makes the next
            Json next =
                    Json.of(asked(maker, "").then().statusCode(201).extract().response());
            made.add(next);
            maker = next.getString("key");
        }
        with(maker)
                .contentType("application/json")
                .body("{\"name\":\"x\",\"location\":\"y\",\"scopes\":[\"read\"]}")
                .post("/v1/programs/demo/pairings")
                .then()
                .statusCode(201);
        Json beside = made("\"scopes\":[\"read\"]");
        String id = leaked.getString("id");
        given().delete(KEYS + "/" + id + "?made=yes").then().statusCode(400);
        given().delete(KEYS + "/" + id + "?made=false").then().statusCode(204);
        for (Json each : made) {
            with(each.getString("key")).get("/v1/programs/demo").then().statusCode(200);
        }
        for (int i = 0; i < 2; i++) {
            given().delete(KEYS + "/" + id + "?made=true").then().statusCode(204);
        }
        for (Json each : made) {
            with(each.getString("key")).get("/v1/programs/demo").then().statusCode(401);
            assertEquals(
                    "OfTheTests01",
                    one("SELECT string_agg(principal, ',') FROM audit WHERE action = 'key.revoke' AND target = '"
                            + each.getString("id") + "'"));
        }
        with(beside.getString("key")).get("/v1/programs/demo").then().statusCode(200);
        given().get("/v1/programs/demo").then().statusCode(200);
        String last = made.get(2).getString("id");
        assertEquals("0", one("SELECT count(*) FROM pairing WHERE created_by = '" + last + "'"));
    }

    /** Where the gateway has not heard of it yet: else that key would outlive all that is ended with its maker. */
    @Test
    void aKeyThatHasEndedMakesNone() throws Exception {
        Json maker = made("\"scopes\":[\"keys\",\"read\"]");
        one("UPDATE api_key SET revoked_at = clock_timestamp() WHERE id = '" + maker.getString("id")
                + "' RETURNING id");
        asked(maker.getString("key"), "")
                .then()
                .statusCode(401)
                .header("WWW-Authenticate", "Bearer error=\"invalid_token\"")
                .body("code", equalTo("unauthenticated"));
        assertEquals("0", one("SELECT count(*) FROM api_key WHERE created_by = '" + maker.getString("id") + "'"));
    }

    @CanIgnoreReturnValue
    private static String one(String statement) throws Exception {
        try (var postgres =
                        DriverManager.getConnection(Backends.shared().postgres().jdbcUrl());
                var sql = postgres.createStatement();
                var rows = sql.executeQuery(statement)) {
            rows.next();
            return rows.getString(1);
        }
    }

    /** Whoever has stolen a key cannot keep its owner from ending it. */
    @Test
    void oneCallerDoesNotCrowdOutOthers() throws Exception {
        String id = made("\"scopes\":[\"read\"]").getString("id");
        String one = made("\"scopes\":[\"keys\",\"read\"]").getString("key");
        String other = made("\"scopes\":[\"keys\",\"read\"]").getString("key");
        String name = "crowd-" + UUID.randomUUID();
        List<CompletableFuture<Response>> asked = new ArrayList<>();
        CompletableFuture<Response> ended;
        try (var postgres =
                        DriverManager.getConnection(Backends.shared().postgres().jdbcUrl());
                var sql = postgres.createStatement()) {
            sql.execute("SELECT pg_advisory_lock(7, 1)"); // so long nothing changes keys
            // changes give up after a second: more come, until the places are seen to be taken
            crowd(() -> ask(one, 6, name, asked), () -> with(one).get(KEYS).statusCode() == 503);
            given().get(KEYS).then().statusCode(200);
            crowd(
                    () -> {
                        ask(one, 6, name, asked);
                        ask(other, 6, name, asked);
                    },
                    () -> given().get(KEYS).statusCode() == 503);
            ended = CompletableFuture.supplyAsync(
                    () -> given().delete(KEYS + "/" + id), each -> new Thread(each).start());
            Thread.sleep(100);
        }
        ended.get(20, TimeUnit.SECONDS).then().statusCode(204);
        int made = 0;
        for (CompletableFuture<Response> each : asked) {
            made += each.get(20, TimeUnit.SECONDS).statusCode() == 201 ? 1 : 0;
        }
        assertTrue(made <= 8, "made " + made);
        try (var postgres =
                        DriverManager.getConnection(Backends.shared().postgres().jdbcUrl());
                var sql = postgres.createStatement();
                var rows = sql.executeQuery("SELECT count(*) FROM api_key WHERE name = '" + name + "'")) {
            rows.next();
            assertEquals(rows.getInt(1), made, "whatever was made is told");
        }
    }

    private static void crowd(Runnable calls, BooleanSupplier seen) {
        await().pollInterval(Duration.ofSeconds(1)).until(() -> {
            calls.run();
            for (int i = 0; i < 20; i++) {
                if (seen.getAsBoolean()) {
                    return true;
                }
                TimeUnit.MILLISECONDS.sleep(20);
            }
            return false;
        });
    }

    private static void ask(String key, int times, String name, List<CompletableFuture<Response>> asked) {
        for (int i = 0; i < times; i++) {
            asked.add(CompletableFuture.supplyAsync(
                    () -> with(key)
                            .contentType("application/json")
                            .body("{\"name\":\"" + name + "\",\"scopes\":[\"read\"]}")
                            .post(KEYS),
                    each -> new Thread(each).start()));
        }
    }

    @Test
    void aLocationThatNoKeyCanHaveIsRefused() {
        for (String location : List.of("", "\0", "x".repeat(65))) {
            given().queryParam("location", location)
                    .get(KEYS)
                    .then()
                    .statusCode(400)
                    .body("code", equalTo("malformed"));
        }
    }

    @Test
    void twoSecretsAreValidWhileAKeyIsRotated() {
        Json first = made("\"scopes\":[\"read\"]");
        String id = first.getString("id");
        Json second = Json.of(rotated(id, "{\"overlapSeconds\":600}")
                .then()
                .statusCode(201)
                .extract()
                .response());
        assertEquals(id, second.getString("id"));
        assertEquals("rotating", second.getString("state"));
        assertNotEquals(first.getString("key"), second.getString("key"));
        for (Json key : new Json[] {first, second}) {
            with(key.getString("key")).get("/v1/programs/demo").then().statusCode(200);
        }
        rotated(id, "{}").then().statusCode(409).body("code", equalTo("rotation_pending"));
        for (int i = 0; i < 2; i++) {
            given().delete(KEYS + "/" + id + "/previous").then().statusCode(204);
        }
        with(first.getString("key")).get("/v1/programs/demo").then().statusCode(401);
        with(second.getString("key")).get("/v1/programs/demo").then().statusCode(200);

        String third = rotated(id, "{\"overlapSeconds\":0}")
                .then()
                .statusCode(201)
                .extract()
                .path("key");
        with(second.getString("key")).get("/v1/programs/demo").then().statusCode(401);
        with(third).get("/v1/programs/demo").then().statusCode(200);
        rotated(id, "{\"overlapSeconds\":2592001}").then().statusCode(400);
    }

    @Test
    void aRevokedKeyIsRefusedAtOnceAndStaysListed() {
        Json made = made("\"scopes\":[\"read\"],\"location\":\"s-" + UUID.randomUUID() + "\"");
        String id = made.getString("id");
        for (int i = 0; i < 2; i++) {
            given().delete(KEYS + "/" + id).then().statusCode(204);
        }
        with(made.getString("key")).get("/v1/programs/demo").then().statusCode(401);
        rotated(id, "{}").then().statusCode(409).body("code", equalTo("key_revoked"));
        given().queryParam("location", made.getString("location"))
                .get(KEYS)
                .then()
                .statusCode(200)
                .body("items.id", contains(id))
                .body("items[0].state", equalTo("revoked"))
                .body("items[0].revokedAt", matchesPattern("20.*Z"))
                .body("cursor", nullValue());
        String none = id.equals("000000000000") ? "000000000001" : "000000000000";
        given().delete(KEYS + "/" + none).then().statusCode(404).body("code", equalTo("key_not_found"));
        given().get(KEYS + "/x").then().statusCode(404).body("code", equalTo("key_not_found"));
    }

    @Test
    void aKeyEndsWhenItSaid() throws Exception {
        String soon = Instant.now().plusMillis(1500).toString();
        Json made = made("\"scopes\":[\"read\"],\"expiresAt\":\"" + soon + "\"");
        with(made.getString("key")).get("/v1/programs/demo").then().statusCode(200);
        Thread.sleep(1800);
        with(made.getString("key")).get("/v1/programs/demo").then().statusCode(401);
        given().get(KEYS + "/" + made.getString("id")).then().body("state", equalTo("expired"));
    }

    @Test
    void aKeyHasItsRate() {
        Json made = made("\"scopes\":[\"read\"],\"perSecond\":1,\"burst\":3");
        given().get(KEYS + "/" + made.getString("id"))
                .then()
                .body("perSecond", equalTo(1))
                .body("burst", equalTo(3));
        Response refused = null;
        for (int i = 0; i < 20 && refused == null; i++) {
            Response answer = with(made.getString("key")).get("/v1/programs/demo");
            assertEquals("\"key\";q=1;w=1", answer.header("RateLimit-Policy"));
            if (answer.statusCode() == 200) {
                assertTrue(answer.header("RateLimit").matches("\"key\";r=[0-2];t=[1-9]"), answer.header("RateLimit"));
            } else {
                refused = answer;
            }
        }
        assertNotNull(refused);
        String wait = refused.then()
                .statusCode(429)
                .contentType("application/problem+json")
                .body("code", equalTo("rate_limited"))
                .body("limit", equalTo("key"))
                .body("retryable", equalTo(true))
                .extract()
                .header("Retry-After");
        assertTrue(wait.matches("[1-9]"), wait);
        assertEquals("\"key\";r=0;t=" + wait, refused.header("RateLimit"));
        // before the body is read, and whatever the call is
        with(made.getString("key"))
                .contentType("application/json")
                .body("{")
                .post("/v1/programs/demo/quote")
                .then()
                .statusCode(429);
        // and other keys do not notice
        given().get("/v1/programs/demo").then().statusCode(200).header("RateLimit", nullValue());

        Json even = made("\"scopes\":[\"read\"],\"perSecond\":7");
        assertEquals(7, even.getLong("burst"));
    }

    /** Nobody finds out faster what there is, or what his key may do. */
    @Test
    void whatIsRefusedCountsToo() {
        Map<String, Integer> refusals = Map.of(
                "/v1/programs/coffee",
                404,
                "/v1/programs/demo/accounts/nobody-of-the-rate",
                404,
                "/v1/programs/demo/nothing",
                404,
                KEYS,
                403,
                "/v1/programs/demo;x",
                400,
                "/v1/programs/demo?x=1",
                400);
        refusals.forEach((path, status) -> {
            RequestSpecification limited = given().urlEncodingEnabled(false)
                    .header(
                            TestKey.HEADER,
                            "Bearer "
                                    + made("\"scopes\":[\"read\"],\"perSecond\":1,\"burst\":2")
                                            .getString("key"));
            Response answer = limited.get(path);
            assertEquals(status, answer.statusCode(), path);
            assertTrue(answer.header("RateLimit").matches("\"key\";r=[01];t=[12]"), answer.header("RateLimit"));
            for (int i = 0; i < 20 && answer.statusCode() == status; i++) {
                answer = limited.get(path);
            }
            answer.then().statusCode(429).body("limit", equalTo("key"));
        });
    }

    /** Here there is no TLS: http/server/ClientCertificateIT has the rest. */
    @Test
    void aKeyWithACertificateIsNotValidWithout() {
        String hash = "0123456789abcdef".repeat(4);
        Json made = made("\"scopes\":[\"read\"],\"certificateSha256\":\"" + hash + "\"");
        assertEquals(hash, made.getString("certificateSha256"));
        given().get(KEYS + "/" + made.getString("id")).then().body("certificateSha256", equalTo(hash));
        Json rotated = Json.of(rotated(made.getString("id"), "{}")
                .then()
                .statusCode(201)
                .body("certificateSha256", equalTo(hash))
                .extract()
                .response());
        String unknown = with(KeyText.fresh(false, new Random(1)).text())
                .get("/v1/programs/demo")
                .then()
                .statusCode(401)
                .extract()
                .path("detail");
        for (Json key : new Json[] {made, rotated}) {
            with(key.getString("key"))
                    .get("/v1/programs/demo")
                    .then()
                    .statusCode(401)
                    .header("WWW-Authenticate", "Bearer error=\"invalid_token\"")
                    .body("code", equalTo("unauthenticated"))
                    .body("detail", equalTo(unknown));
        }
        given().queryParam("limit", 200)
                .get("/v1/programs/demo/audit")
                .then()
                .body(
                        "items.find { it.target == '" + made.getString("id") + "' }.after.certificateSha256",
                        equalTo(hash));
    }

    @Test
    void keysArePaged() {
        String location = "p-" + UUID.randomUUID();
        for (int i = 0; i < 3; i++) {
            made("\"scopes\":[\"read\"],\"location\":\"" + location + "\"");
        }
        Json page = Json.of(
                given().queryParam("location", location).queryParam("limit", 2).get(KEYS));
        assertEquals(2, page.getList("items").size());
        given().queryParam("location", location)
                .queryParam("cursor", page.getString("cursor"))
                .get(KEYS)
                .then()
                .body("items.size()", equalTo(1))
                .body("cursor", nullValue());
    }

    @Test
    void whatIsNoKeyIsRefused() {
        for (String body : new String[] {
            "{}",
            "{\"name\":\"x\"}",
            "{\"name\":\"x\",\"scopes\":[]}",
            "{\"name\":\"x\",\"scopes\":[\"all\"]}",
            "{\"name\":\"\",\"scopes\":[\"read\"]}",
            "{\"name\":\"x\",\"scopes\":\"read\"}",
            "{\"name\":\"x\",\"scopes\":[\"read\"],\"perSecond\":0}",
            "{\"name\":\"x\",\"scopes\":[\"read\"],\"burst\":5}",
            "{\"name\":\"x\",\"scopes\":[\"read\"],\"certificateSha256\":\"abc\"}",
            "{\"name\":\"x\",\"scopes\":[\"read\"],\"certificateSha256\":\"" + "A".repeat(64) + "\"}",
            "{\"name\":\"x\",\"scopes\":[\"read\"],\"certificateSha256\":\"" + "a".repeat(65) + "\"}",
            "{\"name\":\"x\",\"scopes\":[\"read\"],\"expiresAt\":\"2020-01-01T00:00:00Z\"}"
        }) {
            given().contentType("application/json").body(body).post(KEYS).then().statusCode(400);
        }
        given().contentType("application/json")
                .body("{\"name\":\"x\",\"scopes\":[\"read\"]}")
                .post("/v1/programs/nowhere/keys")
                .then()
                .statusCode(404);
    }

    /** Each change is recorded with who did it; no secret, and no hash of one. */
    @Test
    void whatIsDoneToKeysIsRecorded() throws Exception {
        Json made = made("\"scopes\":[\"read\"]");
        String id = made.getString("id");
        rotated(id, "{}").then().statusCode(201);
        given().delete(KEYS + "/" + id).then().statusCode(204);
        try (var postgres =
                        DriverManager.getConnection(Backends.shared().postgres().jdbcUrl());
                var sql = postgres.createStatement()) {
            StringBuilder actions = new StringBuilder();
            var rows = sql.executeQuery(
                    "SELECT action, principal, program, a::text FROM audit a WHERE target = '" + id + "' ORDER BY n");
            while (rows.next()) {
                actions.append(rows.getString(1)).append(' ');
                assertEquals("OfTheTests01", rows.getString(2));
                assertEquals("demo", rows.getString(3));
                assertFalse(rows.getString(4).contains(made.getString("key").split("_")[3]));
                assertFalse(rows.getString(4).contains("hash"));
            }
            assertEquals("key.create key.rotate key.revoke ", actions.toString());
            var wrong = sql.executeQuery("SELECT count(*) FROM audit a LEFT JOIN audit b ON b.n = a.n - 1"
                    + " WHERE a.prev_hash IS DISTINCT FROM CASE WHEN a.n = 1 THEN sha256('') ELSE audit_hash(b) END");
            wrong.next();
            assertEquals(0, wrong.getInt(1));
        }
    }
}
