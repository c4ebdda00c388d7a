package dev.stampede.codes;

import static io.restassured.RestAssured.given;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.matchesPattern;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.nullValue;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.http.Api;
import dev.stampede.http.Sandbox;
import dev.stampede.http.request.RedemptionCode;
import dev.stampede.support.BackendsResource;
import dev.stampede.support.TestKey;
import io.quarkus.test.common.TestResourceScope;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Codes from the redeem to the till; and nothing that is logged or measured has one. */
@QuarkusTest
@WithTestResource(value = BackendsResource.class, scope = TestResourceScope.GLOBAL)
@Tag("servers")
class CodeResourceTest {
    private static final List<String> LOGGED = new ArrayList<>();
    private static final List<String> CODES = new ArrayList<>();
    private static final Handler LISTENER = new Handler() {
        @Override
        public void publish(LogRecord line) {
            String thrown = line.getThrown() == null ? "" : " " + line.getThrown();
            synchronized (LOGGED) {
                LOGGED.add(line.getMessage() + " " + Arrays.toString(line.getParameters()) + thrown);
            }
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };

    private Sandbox sandbox;

    @BeforeAll
    static void listen() {
        LISTENER.setLevel(Level.ALL);
        Logger.getLogger("dev.stampede").setLevel(Level.ALL);
        Logger.getLogger("").addHandler(LISTENER);
    }

    @AfterAll
    static void stopListening() {
        Logger.getLogger("").removeHandler(LISTENER);
        Logger.getLogger("dev.stampede").setLevel(null);
    }

    @TestHTTPResource(value = "/metrics", management = true)
    String metrics;

    private void noCodeIsLoggedOrMeasured() {
        String measured = given().get(metrics).then().statusCode(200).extract().asString();
        assertTrue(measured.contains("http_server_requests"), measured);
        assertFalse(LOGGED.isEmpty(), "nothing is listened to");
        for (String code : CODES) {
            for (String each : List.of(code, code.replace("-", ""), code.toLowerCase(Locale.ROOT))) {
                synchronized (LOGGED) {
                    assertEquals(
                            List.of(),
                            LOGGED.stream().filter(line -> line.contains(each)).toList());
                }
                assertFalse(measured.contains(each), each);
            }
        }
    }

    @BeforeEach
    void publish() throws IOException {
        Logger.getLogger("dev.stampede.codes").fine("listened to");
        sandbox = Sandbox.of("demo", "2026-12-01T10:00:00Z")
                .with("timeZone", "'Europe/Berlin'")
                .with("rewards", """
                        [{'id': 'coffee', 'cost': 60, 'value': '2.50', 'code': {'validDays': 1}},
                         {'id': 'water', 'cost': 0, 'code': {'validDays': 7}},
                         {'id': 'cake', 'cost': 30}]""")
                .published();
    }

    @AfterEach
    void close() throws Exception {
        noCodeIsLoggedOrMeasured();
        sandbox.close();
    }

    private Api rich(String name) {
        Api api = sandbox.account(name);
        api.post("earn", "{\"points\":1000}").then().statusCode(201);
        return api;
    }

    private static String code(Response paid) {
        String code = paid.then()
                .statusCode(201)
                .body("code", matchesPattern(RedemptionCode.PATTERN))
                .extract()
                .path("code");
        CODES.add(code);
        return code;
    }

    private Response look(String code) {
        return given().get(sandbox.path("codes/" + code));
    }

    private Response use(String code, String key, String body) {
        return given().header("Idempotency-Key", key)
                .contentType("application/json")
                .body(body)
                .post(sandbox.path("codes/" + code + "/use"));
    }

    @Test
    void aTillLooksItUpAndUsesItOnce() {
        Api api = rich("m-1");
        String key = Api.key();
        Response paid = api.post("redeem", key, "{\"reward\":\"coffee\"}");
        String code = code(paid);
        String operation = paid.path("id");
        assertEquals(
                paid.asString(),
                api.post("redeem", key, "{\"reward\":\"coffee\"}")
                        .then()
                        .statusCode(200)
                        .extract()
                        .asString());
        api.get("operations/" + operation).then().statusCode(200).body("code", equalTo(code));

        for (String typed : List.of(
                code, code.replace("-", ""), code.toLowerCase(Locale.ROOT).replace('0', 'o'))) {
            look(typed)
                    .then()
                    .statusCode(200)
                    .body("code", equalTo(code))
                    .body("state", equalTo("valid"))
                    .body("reward", equalTo("coffee"))
                    .body("account", equalTo("m-1"))
                    .body("operation", equalTo(operation))
                    .body("expiresAt", equalTo("2026-12-02T23:00:00Z"))
                    .body("usedAt", nullValue());
        }
        String till = Api.key();
        String body = "{\"reference\":\"bon-7\",\"store\":\"store-17\"}";
        String used = use(code, till, body)
                .then()
                .statusCode(201)
                .header("Idempotency-Replayed", nullValue())
                .body("state", equalTo("used"))
                .body("usedAt", equalTo("2026-12-01T10:00:00Z"))
                .body("reference", equalTo("bon-7"))
                .body("store", equalTo("store-17"))
                .extract()
                .asString();
        assertEquals(
                used,
                use(code.replace("-", ""), till, body)
                        .then()
                        .statusCode(200)
                        .header("Idempotency-Replayed", equalTo("true"))
                        .extract()
                        .asString());
        use(code, Api.key(), body).then().statusCode(409).body("code", equalTo("code_used"));
        use(code, till, "{}").then().statusCode(422).body("code", equalTo("idempotency_key_reused"));
        assertEquals(used, look(code).then().statusCode(200).extract().asString());
        api.post("operations/" + operation + "/reverse", "{}").then().statusCode(201);
        look(code).then().statusCode(200).body("state", equalTo("used"));
        assertEquals(1000, api.available());
    }

    /** Two tills that make the key of the code do not both give the reward out. */
    @Test
    void aCallIsRepeatedOnlyByTheKeyThatMadeIt() {
        String code = code(rich("m-9").post("redeem", "{\"reward\":\"water\"}"));
        List<String> keys = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            keys.add(given().contentType("application/json")
                    .body("{\"name\":\"till\",\"scopes\":[\"redeem\"]}")
                    .post(sandbox.path("keys"))
                    .then()
                    .statusCode(201)
                    .extract()
                    .path("key"));
        }
        for (int status : List.of(201, 200)) {
            given().header(TestKey.HEADER, "Bearer " + keys.get(0))
                    .header("Idempotency-Key", code)
                    .contentType("application/json")
                    .post(sandbox.path("codes/" + code + "/use"))
                    .then()
                    .statusCode(status);
        }
        given().header(TestKey.HEADER, "Bearer " + keys.get(1))
                .header("Idempotency-Key", code)
                .contentType("application/json")
                .post(sandbox.path("codes/" + code + "/use"))
                .then()
                .statusCode(422)
                .body("code", equalTo("idempotency_key_reused"));
    }

    @Test
    void whereATillUsesItIsStored() {
        String code = code(rich("m-10").post("redeem", "{\"reward\":\"water\"}"));
        String pairing = given().contentType("application/json")
                .body("{\"name\":\"till\",\"location\":\"store-42\",\"scopes\":[\"redeem\"]}")
                .post(sandbox.path("pairings"))
                .then()
                .statusCode(201)
                .extract()
                .path("code");
        Response claimed = await().until( // one a second
                        () -> given().header(TestKey.HEADER, "")
                                .contentType("application/json")
                                .body("{\"code\":\"" + pairing + "\"}")
                                .post("/v1/pairings/claim"),
                        answer -> answer.statusCode() == 201);
        given().header(TestKey.HEADER, "Bearer " + claimed.path("key"))
                .header("Idempotency-Key", Api.key())
                .contentType("application/json")
                .post(sandbox.path("codes/" + code + "/use"))
                .then()
                .statusCode(201)
                .body("store", equalTo("store-42"));
        look(code).then().statusCode(200).body("store", equalTo("store-42"));
    }

    @Test
    void ofManyTillsOneUsesIt() {
        String code = code(rich("m-2").post("redeem", "{\"reward\":\"water\"}"));
        List<CompletableFuture<Integer>> tills = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            tills.add(
                    CompletableFuture.supplyAsync(() -> use(code, Api.key(), "").statusCode()));
        }
        List<Integer> statuses =
                tills.stream().map(CompletableFuture::join).sorted().toList();
        assertEquals(List.of(201, 409, 409, 409, 409, 409, 409, 409, 409, 409), statuses);
    }

    @Test
    void itExpiresAtTheEndOfItsLastDay() {
        Api api = rich("m-3");
        String code = code(api.post("redeem", "{\"reward\":\"coffee\"}"));
        sandbox.moveTo("2026-12-02T22:59:59Z");
        look(code).then().body("state", equalTo("valid"));
        sandbox.moveTo("2026-12-02T23:00:00Z");
        look(code).then().statusCode(200).body("state", equalTo("expired"));
        use(code, Api.key(), "")
                .then()
                .statusCode(410)
                .body("code", equalTo("code_expired"))
                .body("detail", equalTo("The code has expired at 2026-12-02T23:00:00Z."));
    }

    @Test
    void whatUndoesThePaymentCancelsIt() {
        Api api = rich("m-4");
        Response paid = api.post("redeem", "{\"reward\":\"coffee\"}");
        String code = code(paid);
        api.post("operations/" + paid.path("id") + "/reverse", "{}").then().statusCode(201);
        look(code).then().statusCode(200).body("state", equalTo("cancelled"));
        use(code, Api.key(), "")
                .then()
                .statusCode(410)
                .body("code", equalTo("code_expired"))
                .body("detail", equalTo("What paid for the code was undone."));

        String key = Api.key();
        String voided = code(api.post("redeem", key, "{\"reward\":\"water\"}"));
        api.post("voids", "{\"key\":\"" + key + "\"}").then().statusCode(201);
        use(voided, Api.key(), "").then().statusCode(410);
    }

    @Test
    void thatOfAHoldIsValidFromItsCaptureOn() {
        Api api = rich("m-5");
        Response hold = api.post("holds", "{\"reward\":\"coffee\"}");
        String code = code(hold);
        look(code).then().statusCode(404).body("code", equalTo("code_not_found"));
        use(code, Api.key(), "").then().statusCode(404);
        api.post("holds/" + hold.path("id") + "/capture", "{}")
                .then()
                .statusCode(201)
                .body("code", equalTo(code));
        use(code, Api.key(), "").then().statusCode(201).body("reward", equalTo("coffee"));
    }

    @Test
    void whatHasNoCodeTellsNone() {
        Api api = rich("m-6");
        api.post("redeem", "{\"reward\":\"cake\"}").then().statusCode(201).body("code", nullValue());
        api.post("redeem", "{\"points\":10}").then().statusCode(201).body("code", nullValue());
        given().contentType("application/json")
                .body("{\"reward\":\"coffee\"}")
                .post(api.path("redeem?dryRun=true"))
                .then()
                .statusCode(200)
                .body("reward", equalTo("coffee"))
                .body("code", nullValue());
    }

    @Test
    void whatIsNoneIsNotFound() {
        for (String none : List.of("7K3M-9QXA-ZT2W-4HBN", "x", "7K3M", "%27%3B--", "%F0%9F%92%A9", "7".repeat(900))) {
            look(none).then().statusCode(404).body("code", equalTo("code_not_found"));
            use(none, Api.key(), "").then().statusCode(404).body("code", equalTo("code_not_found"));
        }
        String code = code(rich("m-7").post("redeem", "{\"reward\":\"water\"}"));
        // a code belongs to its program
        given().get("/v1/programs/demo/codes/" + code).then().statusCode(404).body("code", equalTo("code_not_found"));
        given().get("/v1/programs/none/codes/" + code)
                .then()
                .statusCode(404)
                .body("code", equalTo("program_not_found"));
    }

    @Test
    void aCallThatIsWrongUsesNothing() {
        String code = code(rich("m-8").post("redeem", "{\"reward\":\"water\"}"));
        String path = sandbox.path("codes/" + code + "/use");
        given().contentType("application/json")
                .body("{}")
                .post(path)
                .then()
                .statusCode(400)
                .body("code", equalTo("idempotency_key_missing"))
                .body("detail", not(containsString(code)));
        use(code, Api.key(), "{\"stor\":\"x\"}").then().statusCode(400).body("code", equalTo("unknown_field"));
        for (String body : List.of(
                "{\"store\":7}",
                "{\"store\":\"\"}",
                "{\"store\":\"" + "s".repeat(65) + "\"}",
                "{\"store\":\"a\",\"store\":\"a\"}",
                "{\"reference\":\"" + "r".repeat(256) + "\"}",
                "{\"reference\":\"\\u0000\"}",
                "{} {}",
                "[]",
                "5",
                "{")) {
            use(code, Api.key(), body).then().statusCode(400).body("code", equalTo("malformed"));
        }
        for (String key : List.of("a b", "k".repeat(256), "schlüssel")) {
            use(code, key, "{}").then().statusCode(400).body("code", equalTo("malformed"));
        }
        use(code, Api.key(), "{\"store\":\"" + "s".repeat(70_000) + "\"}")
                .then()
                .statusCode(413);
        given().header("Idempotency-Key", "k")
                .contentType("text/plain")
                .body("x")
                .post(path)
                .then()
                .statusCode(415);
        given().header("Idempotency-Key", "k")
                .contentType("application/json")
                .post(path + "?dryRun=true")
                .then()
                .statusCode(400)
                .body("code", equalTo("malformed"));
        given().get(path).then().statusCode(405);
        given().delete(sandbox.path("codes/" + code)).then().statusCode(405);
        look(code).then().body("state", equalTo("valid"));
        given().header("Idempotency-Key", "k")
                .contentType("application/json")
                .post(path)
                .then()
                .statusCode(201); // a body may be left out
    }
}
