package dev.stampede.keys;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.matchesPattern;
import static org.hamcrest.Matchers.nullValue;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.stampede.access.KeyText;
import dev.stampede.access.PairingCode;
import dev.stampede.http.Api;
import dev.stampede.http.Json;
import dev.stampede.http.Sandbox;
import dev.stampede.support.Backends;
import dev.stampede.support.BackendsResource;
import dev.stampede.support.TestKey;
import io.quarkus.test.common.TestResourceScope;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@QuarkusTest
@WithTestResource(value = BackendsResource.class, scope = TestResourceScope.GLOBAL)
@Tag("servers")
class PairingResourceTest {
    private static final String PAIRINGS = "/v1/programs/demo/pairings";
    private static final String KEYS = "/v1/programs/demo/keys";
    private static final String CLAIM = "/v1/pairings/claim";
    private static final long SECOND = TimeUnit.MILLISECONDS.toNanos(1100);
    private static final String NOT_FOUND = "No pairing has this code: it is wrong, was used, or has expired.";

    private static long lastClaim = System.nanoTime() - SECOND;

    /** Failures count for all gateways, so those of one test count for the next. */
    @BeforeEach
    void forget() throws Exception {
        sql("UPDATE claim_failures SET latest = '{}', refused_until = NULL");
    }

    private static void sql(String statement) throws SQLException {
        try (Connection postgres = connect();
                var sql = postgres.createStatement()) {
            sql.execute(statement);
        }
    }

    private static Connection connect() throws SQLException {
        return DriverManager.getConnection(Backends.shared().postgres().jdbcUrl());
    }

    private static RequestSpecification with(String key) {
        return given().header(TestKey.HEADER, "Bearer " + key);
    }

    private static Json paired(String path, String location, String scopes) {
        return Json.of(given().contentType("application/json")
                .body("{\"name\":\"Till 3\",\"location\":\"" + location + "\",\"scopes\":[" + scopes + "]}")
                .post(path)
                .then()
                .statusCode(201)
                .body("code", matchesPattern(PairingCode.PATTERN))
                .extract()
                .response());
    }

    @CanIgnoreReturnValue
    private static String code(String location, String scopes) {
        return paired(PAIRINGS, location, scopes).getString("code");
    }

    /** When the gateway may let another one through. */
    private static Response claim(String code) throws InterruptedException {
        TimeUnit.NANOSECONDS.sleep(SECOND - (System.nanoTime() - lastClaim));
        return claimNow(code);
    }

    private static Response claimNow(String code) {
        Response answer = given().header(TestKey.HEADER, "") // none
                .contentType("application/json")
                .body("{\"code\":\"" + code + "\",\"device\":{\"serial\":\"4C31\"}}")
                .post(CLAIM);
        lastClaim = System.nanoTime();
        return answer;
    }

    private static String claimed(String code) throws InterruptedException {
        return claim(code).then().statusCode(201).extract().path("key");
    }

    private static long tills() throws SQLException {
        try (Connection postgres = connect();
                var sql = postgres.createStatement();
                var rows = sql.executeQuery("SELECT count(*) FROM api_key WHERE kind = 'till'")) {
            rows.next();
            return rows.getLong(1);
        }
    }

    @Test
    void aTillGetsAKeyOnce() throws Exception {
        String location = "store-" + UUID.randomUUID();
        Json pairing = paired(PAIRINGS, location, "\"earn\",\"redeem\"");
        Instant expires = Instant.parse(pairing.getString("expiresAt"));
        assertTrue(
                Duration.between(Instant.now(), expires).minusMinutes(10).abs().toSeconds() < 60, expires::toString);
        String typed = pairing.getString("code").toLowerCase(Locale.ROOT).replace("-", "");
        Json key = Json.of(claim(typed).then().statusCode(201).extract().response());
        assertTrue(key.getString("key").matches(KeyText.PATTERN), key.getString("id"));
        assertTrue(key.getString("key").startsWith("stk_live_" + key.getString("id")), key.getString("id"));
        assertEquals("till", key.getString("kind"));
        assertEquals("Till 3", key.getString("name"));
        assertEquals("demo", key.getString("program"));
        assertEquals(location, key.getString("location"));
        assertEquals("[\"earn\",\"redeem\"]", String.valueOf(key.get("scopes")));
        assertEquals("OfTheTests01", key.getString("createdBy"));

        Api api = Api.fresh();
        with(key.getString("key")).put(api.path()).then().statusCode(201);
        with(key.getString("key")).get(api.path()).then().statusCode(403).body("detail", containsString("needs read"));
        given().queryParam("location", location)
                .get(KEYS)
                .then()
                .statusCode(200)
                .body("items.id", contains(key.getString("id")))
                .body("items[0].kind", equalTo("till"))
                .body("items[0].key", nullValue());

        claim(typed)
                .then()
                .statusCode(404)
                .contentType("application/problem+json")
                .body("code", equalTo("pairing_not_found"))
                .body("detail", equalTo(NOT_FOUND));
        given().delete(KEYS + "/" + key.getString("id")).then().statusCode(204);
        with(key.getString("key")).put(api.path()).then().statusCode(401);
    }

    @Test
    void aTillHasItsRate() throws Exception {
        String code = Json.of(given().contentType("application/json")
                        .body("{\"name\":\"Till 4\",\"location\":\"store-1\",\"scopes\":[\"read\"],"
                                + "\"perSecond\":1,\"burst\":2}")
                        .post(PAIRINGS)
                        .then()
                        .statusCode(201)
                        .extract()
                        .response())
                .getString("code");
        Json key = Json.of(claim(code).then().statusCode(201).extract().response());
        assertEquals("1", String.valueOf(key.get("perSecond")));
        assertEquals("2", String.valueOf(key.get("burst")));
        with(key.getString("key")).get("/v1/programs/demo").then().header("RateLimit-Policy", "\"key\";q=1;w=1");
    }

    @Test
    void aTillHasItsCertificate() throws Exception {
        String hash = "fedcba9876543210".repeat(4);
        String code = Json.of(given().contentType("application/json")
                        .body("{\"name\":\"Till 5\",\"location\":\"store-1\",\"scopes\":[\"read\"],"
                                + "\"certificateSha256\":\"" + hash + "\"}")
                        .post(PAIRINGS)
                        .then()
                        .statusCode(201)
                        .extract()
                        .response())
                .getString("code");
        Json key = Json.of(claim(code).then().statusCode(201).extract().response());
        assertEquals(hash, key.getString("certificateSha256"));
        with(key.getString("key")).get("/v1/programs/demo").then().statusCode(401);
    }

    /** What is wrong with a code is not told. */
    @Test
    void unknownAndExpiredAreOneAnswer() throws Exception {
        Json pairing = paired(PAIRINGS, "store-1", "\"earn\"");
        sql("UPDATE pairing SET expires_at = clock_timestamp() WHERE id = '" + pairing.getString("pairing") + "'");
        for (String code : List.of(
                pairing.getString("code"), PairingCode.fresh(new Random()).text(), "AAAA-AAAA-AA", "x")) {
            claim(code)
                    .then()
                    .statusCode(404)
                    .body("code", equalTo("pairing_not_found"))
                    .body("detail", equalTo(NOT_FOUND));
        }
    }

    @Test
    void oneClaimASecondFromAnAddress() throws Exception {
        String code = code("store-1", "\"earn\"");
        claim("BBBB-BBBB-BB").then().statusCode(404);
        claimNow(code)
                .then()
                .statusCode(429)
                .header("Retry-After", "1")
                .body("code", equalTo("rate_limited"))
                .body("limit", equalTo("claims"))
                .body("retryable", equalTo(true));
        claim(code).then().statusCode(201);
    }

    /** Ten thousand guesses over HTTP: nearly all are refused before anything is looked at. */
    @Test
    @Tag("long")
    void guessingIsRefused() throws Exception {
        code("store-1", "\"earn\"");
        long before = tills();
        HttpClient http =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        Random random = new Random();
        Map<Integer, Integer> statuses = new TreeMap<>();
        for (int i = 0; i < 100; i++) {
            List<CompletableFuture<HttpResponse<Void>>> asked = new ArrayList<>();
            for (int j = 0; j < 100; j++) {
                HttpRequest request = HttpRequest.newBuilder(URI.create("http://localhost:" + RestAssured.port + CLAIM))
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(
                                "{\"code\":\"" + PairingCode.fresh(random).text() + "\"}"))
                        .build();
                asked.add(http.sendAsync(request, HttpResponse.BodyHandlers.discarding()));
            }
            for (CompletableFuture<HttpResponse<Void>> each : asked) {
                statuses.merge(each.get(20, TimeUnit.SECONDS).statusCode(), 1, Integer::sum);
            }
        }
        assertEquals(List.of(404, 429), List.copyOf(statuses.keySet()), statuses::toString);
        assertTrue(statuses.get(404) <= 60, statuses::toString);
        assertEquals(before, tills());
        lastClaim = System.nanoTime();
    }

    /** The same where many gateways let through what they may: seventeen are looked at, then none for a minute. */
    @Test
    void guessingAtAllGatewaysIsRefused() throws Exception {
        String code = code("store-1", "\"earn\"");
        long before = tills();
        try (Connection postgres = connect();
                var sql = postgres.createStatement()) {
            sql.execute("SET ROLE stampede_gateway");
            Map<String, Integer> outcomes = new TreeMap<>();
            var rows = sql.executeQuery("SELECT c.outcome, count(*) FROM generate_series(1, 10000) i,"
                    + " LATERAL claim_pairing(sha256(i::text::bytea), lpad(i::text, 12, '0'), sha256('x'), NULL, 'r') c"
                    + " GROUP BY 1");
            while (rows.next()) {
                outcomes.put(rows.getString(1), rows.getInt(2));
            }
            assertEquals(Map.of("pairing_not_found", 17, "rate_limited", 9983), outcomes);
        }
        int wait = Integer.parseInt(claim(code).then().statusCode(429).extract().header("Retry-After"));
        assertTrue(wait > 30 && wait <= 60, "wait " + wait);
        assertEquals(before, tills());
        sql("UPDATE claim_failures SET refused_until = clock_timestamp() - interval '1 s',"
                + " latest = ARRAY(SELECT l - interval '61 s' FROM unnest(latest) l)");
        claim(code).then().statusCode(201);
    }

    @Test
    void ofTwoClaimsAtOnceOneGetsAKey() throws Exception {
        for (int round = 0; round < 20; round++) {
            String code = code("store-1", "\"earn\"");
            PairingCode read = PairingCode.typed(code);
            assertNotNull(read);
            long before = tills();
            CountDownLatch ready = new CountDownLatch(2);
            List<CompletableFuture<String>> claims = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                KeyText key = KeyText.fresh(false, new Random());
                claims.add(CompletableFuture.supplyAsync(() -> claimed(read, key, ready)));
            }
            List<String> outcomes = new ArrayList<>();
            for (CompletableFuture<String> each : claims) {
                outcomes.add(each.get(20, TimeUnit.SECONDS));
            }
            outcomes.sort(null);
            assertEquals(List.of("ok", "pairing_not_found"), outcomes);
            assertEquals(before + 1, tills());
            sql("UPDATE claim_failures SET latest = '{}', refused_until = NULL");
        }
    }

    private static String claimed(PairingCode code, KeyText key, CountDownLatch ready) {
        try (Connection postgres = connect();
                var role = postgres.createStatement();
                var claim = postgres.prepareStatement("SELECT outcome FROM claim_pairing(?, ?, ?, NULL, 'r')")) {
            role.execute("SET ROLE stampede_gateway");
            claim.setBytes(1, code.hash());
            claim.setString(2, key.id());
            claim.setBytes(3, key.hash());
            ready.countDown();
            assertTrue(ready.await(10, TimeUnit.SECONDS));
            try (var rows = claim.executeQuery()) {
                rows.next();
                return rows.getString(1);
            }
        } catch (SQLException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** It is where its key says; what moves elsewhere, it cannot say. */
    @Test
    void aTillCannotNameAnotherStore() throws Exception {
        String key = claimed(code("store-42", "\"earn\",\"redeem\",\"hold\",\"read\""));
        Api api = Api.with(1000);
        for (String call : List.of("earn", "redeem", "holds")) {
            for (String store : List.of("store-17", "store-42", "")) {
                with(key)
                        .header("Idempotency-Key", Api.key())
                        .contentType("application/json")
                        .body("{\"points\":1" + (store.isEmpty() ? "" : ",\"store\":\"" + store + "\"") + "}")
                        .post(api.path(call))
                        .then()
                        .statusCode(store.equals("store-17") ? 403 : 201)
                        .body("code", store.equals("store-17") ? equalTo("forbidden") : nullValue());
            }
        }
        given().get(api.path("operations")).then().statusCode(200).body("items.by.location", hasItem("store-42"));
    }

    @Test
    void aTillOfASandboxHasAKeyOfASandbox() throws Exception {
        try (Sandbox sandbox = Sandbox.of("coffee", "2027-01-01T00:00:00Z").published()) {
            String key = claimed(
                    paired(sandbox.path("pairings"), "store-1", "\"read\"").getString("code"));
            assertTrue(key.matches(KeyText.PATTERN) && key.startsWith("stk_test_"), key.substring(0, 9));
            with(key).get(sandbox.path("rewards")).then().statusCode(200);
            with(key).get("/v1/programs/demo").then().statusCode(404);
        }
    }

    @Test
    void nobodyGivesWhatHeDoesNotHave() {
        String keeper = given().contentType("application/json")
                .body("{\"name\":\"keeper\",\"scopes\":[\"keys\",\"read\"]}")
                .post(KEYS)
                .then()
                .statusCode(201)
                .extract()
                .path("key");
        for (String scopes : List.of("\"read\"", "\"earn\"")) {
            with(keeper)
                    .contentType("application/json")
                    .body("{\"name\":\"x\",\"location\":\"y\",\"scopes\":[" + scopes + "]}")
                    .post(PAIRINGS)
                    .then()
                    .statusCode(scopes.contains("earn") ? 403 : 201);
        }
    }

    @Test
    void whatIsNoPairingIsRefused() throws Exception {
        for (String body : new String[] {
            "{}",
            "{\"name\":\"x\",\"scopes\":[\"earn\"]}",
            "{\"location\":\"x\",\"scopes\":[\"earn\"]}",
            "{\"name\":\"x\",\"location\":\"y\"}",
            "{\"name\":\"x\",\"location\":\"y\",\"scopes\":[]}",
            "{\"name\":\"x\",\"location\":\"y\",\"scopes\":[\"all\"]}",
            "{\"name\":\"x\",\"location\":\"y\",\"scopes\":[\"earn\"],\"burst\":2}",
            "{\"name\":\"x\",\"location\":\"y\",\"scopes\":[\"earn\"],\"perSecond\":0}",
            "{\"name\":\"x\",\"location\":\"y\",\"scopes\":[\"earn\"],\"certificateSha256\":\"0\"}",
        }) {
            given().contentType("application/json")
                    .body(body)
                    .post(PAIRINGS)
                    .then()
                    .statusCode(400);
        }
        for (String body : new String[] {
            "{}",
            "{\"code\":1}",
            "{\"code\":\"BBBB-BBBB-BB\",\"device\":\"x\"}",
            "{\"code\":\"BBBB-BBBB-BB\",\"device\":{}}",
            "{\"code\":\"BBBB-BBBB-BB\",\"device\":{\"x\":1}}",
            "{\"code\":\"BBBB-BBBB-BB\",\"location\":\"store-17\"}",
        }) {
            given().contentType("application/json")
                    .body(body)
                    .post(CLAIM)
                    .then()
                    .statusCode(400);
        }
        given().contentType("application/json")
                .body("{\"name\":\"x\",\"location\":\"y\",\"scopes\":[\"earn\"]}")
                .post("/v1/programs/nowhere/pairings")
                .then()
                .statusCode(404);
    }

    /** Else whoever has stolen a key would have another one when it is revoked. */
    @Test
    void aPairingEndsWithTheKeyThatMadeIt() throws Exception {
        Json maker = maker();
        List<String> codes = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            codes.add(codeOf(maker.getString("key")));
        }
        claim(codes.get(0)).then().statusCode(201);
        long before = tills();
        String its = " WHERE id = '" + maker.getString("id") + "'";
        sql("UPDATE api_key SET expires_at = clock_timestamp()" + its);
        claim(codes.get(1)).then().statusCode(404);
        sql("UPDATE api_key SET expires_at = NULL" + its);
        given().delete(KEYS + "/" + maker.getString("id")).then().statusCode(204);
        claim(codes.get(2)).then().statusCode(404).body("code", equalTo("pairing_not_found"));
        assertEquals(before, tills());
    }

    private static Json maker() {
        return Json.of(given().contentType("application/json")
                .body("{\"name\":\"maker\",\"scopes\":[\"keys\",\"earn\"]}")
                .post(KEYS)
                .then()
                .statusCode(201)
                .extract()
                .response());
    }

    private static String codeOf(String key) {
        return with(key)
                .contentType("application/json")
                .body("{\"name\":\"x\",\"location\":\"y\",\"scopes\":[\"earn\"]}")
                .post(PAIRINGS)
                .then()
                .statusCode(201)
                .extract()
                .path("code");
    }

    /** The same where its owner only gives it another secret. */
    @Test
    void aPairingEndsWithTheSecretThatMayHaveMadeIt() throws Exception {
        Json maker = maker();
        String path = KEYS + "/" + maker.getString("id");
        String stolen = codeOf(maker.getString("key"));
        String secret = rotated(path, 0);
        claim(stolen).then().statusCode(404).body("code", equalTo("pairing_not_found"));
        List<String> codes = List.of(codeOf(secret), codeOf(secret));
        var unused = rotated(path, 600);
        claim(codes.get(0)).then().statusCode(201);
        given().delete(path + "/previous").then().statusCode(204);
        claim(codes.get(1)).then().statusCode(404);
    }

    @CanIgnoreReturnValue
    private static String rotated(String path, int overlapSeconds) {
        return given().contentType("application/json")
                .body("{\"overlapSeconds\":" + overlapSeconds + "}")
                .post(path + "/rotate")
                .then()
                .statusCode(201)
                .extract()
                .path("key");
    }

    /** Nor does its key outlive that key, where it has an end. */
    @Test
    void aTillEndsWithTheKeyThatMadeIt() throws Exception {
        String end =
                Instant.now().plusSeconds(3600).truncatedTo(ChronoUnit.MICROS).toString();
        String maker = given().contentType("application/json")
                .body("{\"name\":\"maker\",\"scopes\":[\"keys\",\"earn\"],\"perSecond\":50,\"expiresAt\":\"" + end
                        + "\"}")
                .post(KEYS)
                .then()
                .statusCode(201)
                .extract()
                .path("key");
        claim(codeOf(maker))
                .then()
                .statusCode(201)
                .body("expiresAt", equalTo(end))
                .body("perSecond", equalTo(50));
        with(maker)
                .contentType("application/json")
                .body("{\"name\":\"x\",\"location\":\"y\",\"scopes\":[\"earn\"],\"perSecond\":60}")
                .post(PAIRINGS)
                .then()
                .statusCode(403)
                .body(
                        "detail",
                        equalTo("A key can only give what it has itself; from this one perSecond must be at most 50,"
                                + " burst must be at most 50."));
    }

    @Test
    void whatATillMakesIsATillOfItsStore() throws Exception {
        String till = claimed(code("store-42", "\"keys\",\"earn\""));
        for (String path : List.of(KEYS, PAIRINGS)) {
            with(till)
                    .contentType("application/json")
                    .body("{\"name\":\"x\",\"location\":\"store-17\",\"scopes\":[\"earn\"]}")
                    .post(path)
                    .then()
                    .statusCode(403)
                    .body(
                            "detail",
                            equalTo("A key can only give what it has itself; from this one its location must be that"
                                    + " of the till, store-42."));
        }
        with(till)
                .contentType("application/json")
                .body("{\"name\":\"x\",\"scopes\":[\"earn\"]}")
                .post(KEYS)
                .then()
                .statusCode(201)
                .body("kind", equalTo("till"))
                .body("location", equalTo("store-42"));
        with(till)
                .contentType("application/json")
                .body("{\"name\":\"x\",\"location\":\"store-42\",\"scopes\":[\"earn\"]}")
                .post(PAIRINGS)
                .then()
                .statusCode(201);
    }

    @Test
    void oneProgramLeavesRoomForOthers() throws Exception {
        sql("INSERT INTO pairing SELECT gen_random_uuid(), 'demo', 'x', ARRAY['earn'], 'bulk', sha256(i::text::bytea),"
                + " 'test', clock_timestamp() + interval '10 minutes' FROM generate_series(1, 200) i");
        given().contentType("application/json")
                .body("{\"name\":\"x\",\"location\":\"y\",\"scopes\":[\"earn\"]}")
                .post(PAIRINGS)
                .then()
                .statusCode(503)
                .body("code", equalTo("overloaded"));
        try (Sandbox sandbox = Sandbox.of("coffee", "2027-01-01T00:00:00Z").published()) {
            assertNotNull(
                    paired(sandbox.path("pairings"), "store-1", "\"earn\"").getString("pairing"));
        }
        sql("UPDATE pairing SET expires_at = clock_timestamp() WHERE location = 'bulk'");
        code("store-1", "\"earn\"");
    }

    @Test
    void aThousandAreOpenAtMost() throws Exception {
        sql("INSERT INTO pairing SELECT gen_random_uuid(), 'p' || i % 10, 'x', ARRAY['earn'], 'bulk',"
                + " sha256(i::text::bytea), 'test', clock_timestamp() + interval '10 minutes'"
                + " FROM generate_series(1, 1000) i");
        given().contentType("application/json")
                .body("{\"name\":\"x\",\"location\":\"y\",\"scopes\":[\"earn\"]}")
                .post(PAIRINGS)
                .then()
                .statusCode(503)
                .body("code", equalTo("overloaded"));
        sql("UPDATE pairing SET expires_at = clock_timestamp() WHERE location = 'bulk'");
        code("store-1", "\"earn\"");
    }

    /** Who has paired which till, and what its key is; neither code nor secret. */
    @Test
    void pairingAndClaimAreRecorded() throws Exception {
        Json pairing = paired(PAIRINGS, "store-1", "\"earn\"");
        Json key = Json.of(claim(pairing.getString("code"))
                .then()
                .statusCode(201)
                .extract()
                .response());
        try (Connection postgres = connect();
                var sql = postgres.createStatement()) {
            StringBuilder told = new StringBuilder();
            var rows = sql.executeQuery("SELECT action, principal, a::text FROM audit a WHERE target IN ('"
                    + pairing.getString("pairing") + "', '" + key.getString("id") + "') ORDER BY n");
            while (rows.next()) {
                told.append(rows.getString(1))
                        .append(' ')
                        .append(rows.getString(2))
                        .append('\n');
                for (String secret : List.of(
                        pairing.getString("code"),
                        pairing.getString("code").replace("-", ""),
                        key.getString("key").split("_")[3],
                        "hash")) {
                    assertFalse(rows.getString(3).contains(secret));
                }
                if (rows.getString(1).equals("pairing.claim")) {
                    assertTrue(rows.getString(3).contains("4C31"), rows.getString(3));
                    assertTrue(rows.getString(3).contains(key.getString("id")), rows.getString(3));
                }
            }
            assertEquals(
                    "pairing.create OfTheTests01\nkey.create OfTheTests01\npairing.claim " + key.getString("id") + "\n",
                    told.toString());
        }
    }
}
