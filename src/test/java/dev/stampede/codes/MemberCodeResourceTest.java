package dev.stampede.codes;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.access.MemberCodes;
import dev.stampede.account.AccountId;
import dev.stampede.gateway.Gateway;
import dev.stampede.http.Api;
import dev.stampede.http.Json;
import dev.stampede.http.Sandbox;
import dev.stampede.support.Backends;
import dev.stampede.support.BackendsResource;
import dev.stampede.support.RedisSocket;
import dev.stampede.support.TestIssuer;
import dev.stampede.support.TestKey;
import io.quarkus.test.common.TestResourceScope;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import jakarta.inject.Inject;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The code that a member's app shows, at the till and in the member's own calls. */
@QuarkusTest
@WithTestResource(value = BackendsResource.class, scope = TestResourceScope.GLOBAL)
@Tag("servers")
class MemberCodeResourceTest {
    private static final String POINTS = "{'names': {'one': 'point', 'other': 'points'},"
            + " 'expiry': {'type': 'months', 'months': 12, 'end': 'month'}, 'pendingDays': 0, 'clawback': 'debt',"
            + " 'graceDays': 0, 'autoEnrol': true, 'backdateDays': 31, 'stepUpAbove': 100}";

    @TestHTTPResource(value = "/metrics", management = true)
    String metrics;

    @Inject
    MemberCodes codes;

    @Inject
    Gateway gateway;

    private Api api;

    @BeforeEach
    void enrol() {
        api = Api.with(1000);
    }

    private static Response make(Api of, String credential) {
        return given().header(TestKey.HEADER, credential).post(of.path("codes"));
    }

    private static String code(Api of) {
        return make(of, TestIssuer.member(of.account()))
                .then()
                .statusCode(201)
                .extract()
                .path("code");
    }

    /** A code of the past: made so long ago. */
    private String code(String program, String account, long agoMs) {
        return codes.fresh(AccountId.of(program, account), gateway.nowMs() - agoMs)
                .text();
    }

    private static String payment(long points, String code) {
        return "{\"points\":" + points + (code == null ? "" : ",\"memberCode\":\"" + code + "\"") + "}";
    }

    private static Response identify(String program, String code) {
        return identify(program, "identify", code);
    }

    private static Response identify(String program, String path, String code) {
        return given().contentType("application/json")
                .body("{\"code\":\"" + code + "\"}")
                .post("/v1/programs/" + program + "/" + path);
    }

    @Test
    void onlyTheMemberMakesOne() {
        Json made = Json.of(make(api, TestIssuer.member(api.account()))
                .then()
                .statusCode(201)
                .header("Cache-Control", equalTo("no-store"))
                .extract()
                .response());
        Duration valid = Duration.between(Instant.now(), Instant.parse(made.getString("expiresAt")));
        assertTrue(valid.toSeconds() >= 50 && valid.toSeconds() <= 70, valid::toString);
        given().post(api.path("codes")).then().statusCode(403).body("code", equalTo("forbidden"));
        make(api, TestIssuer.member("another")).then().statusCode(404).body("code", equalTo("account_not_found"));
        for (String path : List.of("identify", "codes/resolve")) {
            identify("demo", path, made.getString("code"))
                    .then()
                    .statusCode(200)
                    .body("account", equalTo(api.account()))
                    .body("expiresAt", equalTo(made.getString("expiresAt")));
        }
    }

    @Test
    void whatIsNoneOfTheProgramIdentifiesNobody() {
        identify("demo", "stq1.x.y").then().statusCode(403).body("code", equalTo("member_code_invalid"));
        identify("demo", code("another", "m", 0)).then().statusCode(403).body("code", equalTo("member_code_invalid"));
        identify("demo", code("demo", "m", 91_000)).then().statusCode(410).body("code", equalTo("member_code_expired"));
        identify("nothing", "stq1.x.y").then().statusCode(404).body("code", equalTo("program_not_found"));
        given().get("/v1/programs/demo/codes/resolve").then().statusCode(404).body("code", equalTo("code_not_found"));
    }

    @Test
    void aCodePaysOnce() {
        String code = code(api);
        String key = Api.key();
        String first = api.post("redeem", key, payment(5, code))
                .then()
                .statusCode(201)
                .extract()
                .asString();
        assertEquals(
                first,
                api.post("redeem", key, payment(5, code))
                        .then()
                        .statusCode(200)
                        .header("Idempotency-Replayed", "true")
                        .extract()
                        .asString());
        api.post("redeem", payment(5, code))
                .then()
                .statusCode(409)
                .body("code", equalTo("member_code_used"))
                .body("operation", notNullValue())
                .body("balance.available", equalTo(995));
        api.post("holds", payment(5, code)).then().statusCode(409).body("code", equalTo("member_code_used"));
        api.post("holds", payment(5, code(api))).then().statusCode(201);
        // a code that the till got with a later attempt, or none at all: the same call
        assertEquals(
                first,
                api.post("redeem", key, payment(5, code(api)))
                        .then()
                        .statusCode(200)
                        .extract()
                        .asString());
        api.post("redeem", key, payment(5, "nonsense")).then().statusCode(200);
        api.post("redeem", key, payment(5, null)).then().statusCode(200);
        api.post("redeem", key, payment(6, code)).then().statusCode(422);
    }

    @Test
    @Tag("long")
    void ofAHundredTillsOneIsPaid() {
        String code = code(api);
        List<CompletableFuture<Response>> asked = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            asked.add(CompletableFuture.supplyAsync(() -> {
                String key = Api.key();
                Response response = api.post("redeem", key, payment(1, code));
                while (response.statusCode() == 503) { // too many of one account at once
                    response = api.post("redeem", key, payment(1, code));
                }
                return response;
            }));
        }
        int paid = 0;
        for (CompletableFuture<Response> each : asked) {
            Response response = each.join();
            int status = response.statusCode();
            if (status != 201) {
                response.then().statusCode(409).body("code", equalTo("member_code_used"));
            }
            paid += status == 201 ? 1 : 0;
        }
        assertEquals(1, paid);
        assertEquals(999, api.available());
    }

    @Test
    void whatIsInvalidOrExpiredIsNotRecorded() {
        String expired = code("demo", api.account(), 91_000);
        String key = Api.key();
        api.post("redeem", key, payment(5, expired))
                .then()
                .statusCode(410)
                .body("code", equalTo("member_code_expired"))
                .body("operation", nullValue());
        for (String other : List.of("stq1.a.b", code("demo", "another", 0), code("another", api.account(), 0))) {
            api.post("redeem", key, payment(5, other))
                    .then()
                    .statusCode(403)
                    .body("code", equalTo("member_code_invalid"))
                    .body("operation", nullValue());
        }
        api.get("operations?type=declined").then().body("items.size()", equalTo(0));
        api.post("redeem", key, payment(5, code(api))).then().statusCode(201);
    }

    @Test
    void fiveOfSomebodyElseFreezeTheAccountForSpending() {
        String hold = api.post("holds", "{\"points\":10}").then().extract().path("id");
        for (int i = 0; i < 5; i++) {
            api.post("redeem?dryRun=true", payment(5, "stq1.guess.d" + i))
                    .then()
                    .statusCode(403);
        }
        api.get().then().body("status", equalTo("open"));
        for (int i = 0; i < 5; i++) {
            api.post("redeem", payment(5, "stq1.guess.d" + i)).then().statusCode(403);
        }
        api.get().then().body("status", equalTo("spending_frozen"));
        api.post("redeem", payment(5, code(api))).then().statusCode(409).body("code", equalTo("account_frozen"));
        api.post("holds", payment(5, null)).then().statusCode(409).body("code", equalTo("account_frozen"));
        api.post("earn", payment(5, null)).then().statusCode(201);
        api.post("holds/" + hold + "/capture", "{}").then().statusCode(201);
        api.get("operations?type=freeze")
                .then()
                .body("items.size()", equalTo(1))
                .body("items[0].by.id", equalTo("OfTheTests01"))
                .body("items[0].reason", notNullValue());
        api.post("unfreeze", "{\"reason\":\"it was him\"}").then().statusCode(201);
        api.get().then().body("status", equalTo("open"));
        api.post("freeze", "{\"reason\":\"lost phone\",\"spendingOnly\":true}")
                .then()
                .statusCode(201);
        api.get().then().body("status", equalTo("spending_frozen"));
    }

    private void isOpenAfter(List<String> sent) {
        for (String code : sent) {
            int status = api.post("redeem", payment(5, code)).statusCode();
            assertTrue(List.of(403, 409, 410).contains(status), () -> code + ": " + status);
        }
        api.get().then().body("status", equalTo("open"));
    }

    @Test
    void whatAGatewayHasMadeIsNoGuess() {
        List<String> sent = new ArrayList<>();
        String used = code(api);
        api.post("redeem", payment(5, used)).then().statusCode(201);
        for (int i = 0; i < 6; i++) {
            sent.add(used);
            sent.add(code("demo", "another", i));
            sent.add(code("coffee", api.account(), i));
            sent.add(code("demo", api.account(), 91_000 + i));
        }
        isOpenAfter(sent);
        assertEquals(List.of(), marks(api));
    }

    @Test
    void aCodeThatIsSentAgainIsOneGuess() {
        isOpenAfter(Collections.nCopies(6, "stq1.guess.d"));
        isOpenAfter(List.of("stq1.guess.e", "stq1.guess.f", "stq1.guess.e", "stq1.guess.g"));
        assertEquals(4, marks(api).size());
        try (RedisSocket redis = new RedisSocket(Backends.shared().redis().port())) {
            for (Object mark : marks(api)) {
                String stored = String.valueOf(redis.ask("GET", mark));
                assertFalse(stored.contains("guess"), stored);
            }
        }
        api.post("redeem", payment(5, "stq1.guess.h")).then().statusCode(403);
        api.get().then().body("status", equalTo("spending_frozen"));
        assertEquals(List.of(), marks(api));
    }

    @Test
    void guessesForNobodyAreNotStored() {
        Api nobody = Api.fresh();
        for (int i = 0; i < 5; i++) {
            nobody.post("redeem", payment(5, "stq1.guess.d" + i)).then().statusCode(403);
        }
        assertEquals(List.of(), marks(nobody));
    }

    private static List<?> marks(Api of) {
        try (RedisSocket redis = new RedisSocket(Backends.shared().redis().port())) {
            return (List<?>) redis.ask("KEYS", "*:" + of.account() + ":*");
        }
    }

    @Test
    void oneKeyFreezesTenAccountsAnHour() {
        String thief = given().contentType("application/json")
                .body("{\"name\":\"till\",\"scopes\":[\"redeem\"]}")
                .post("/v1/programs/demo/keys")
                .then()
                .statusCode(201)
                .extract()
                .path("key");
        double before = leftOpen();
        for (int i = 0; i < 11; i++) {
            Api member = Api.with(10);
            guess(member, "Bearer " + thief);
            member.get().then().body("status", equalTo(i < 10 ? "spending_frozen" : "open"));
            api = member;
        }
        assertEquals(before + 1, leftOpen());
        guess(api, TestKey.BEARER);
        api.get().then().body("status", equalTo("spending_frozen"));
        assertEquals(before + 1, leftOpen());
    }

    private static void guess(Api at, String credential) {
        for (int i = 0; i < 5; i++) {
            given().spec(at.keyed(Api.key()))
                    .header(TestKey.HEADER, credential)
                    .body(payment(5, "stq1.guess.d" + i))
                    .post(at.path("redeem"))
                    .then()
                    .statusCode(403);
        }
    }

    private double leftOpen() {
        return given().get(metrics)
                .asString()
                .lines()
                .filter(line -> line.startsWith("stampede_auto_freezes_total{result=\"left_open\""))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    @Test
    void aMemberPaysWithACode() {
        String paying = TestIssuer.paying(api.account());
        for (String below : List.of("redeem", "holds")) {
            given().spec(api.keyed(Api.key()))
                    .header(TestKey.HEADER, paying)
                    .body(payment(5, null))
                    .post(api.path(below))
                    .then()
                    .statusCode(403)
                    .body("code", equalTo("member_code_required"));
        }
        given().spec(api.keyed(Api.key()))
                .header(TestKey.HEADER, paying)
                .body(payment(5, code(api)))
                .post(api.path("redeem"))
                .then()
                .statusCode(201);
        String hold = given().spec(api.keyed(Api.key()))
                .header(TestKey.HEADER, paying)
                .body(payment(5, code(api)))
                .post(api.path("holds"))
                .then()
                .statusCode(201)
                .extract()
                .path("id");
        given().spec(api.keyed(Api.key()))
                .header(TestKey.HEADER, paying)
                .body("{}")
                .post(api.path("holds/" + hold + "/void"))
                .then()
                .statusCode(201);
        assertEquals(995, api.available());
        // a till hands out the goods for its hold
        String ofTill = api.post("holds", "{\"points\":10}").then().extract().path("id");
        for (String end : List.of("capture", "void")) {
            given().spec(api.keyed(Api.key()))
                    .header(TestKey.HEADER, paying)
                    .body("{}")
                    .post(api.path("holds/" + ofTill + "/" + end))
                    .then()
                    .statusCode(403)
                    .body("code", equalTo("forbidden"));
        }
        api.post("holds/" + ofTill + "/capture", "{}").then().statusCode(201);
    }

    @Test
    void manyPointsNeedACode() throws Exception {
        try (Sandbox sandbox = Sandbox.of("demo", "2026-12-01T10:00:00Z")
                .with("points", POINTS)
                .published()) {
            Api member = sandbox.account("m");
            member.post("earn", payment(1000, null)).then().statusCode(201);
            member.post("redeem", payment(100, null)).then().statusCode(201);
            String key = Api.key();
            member.post("redeem", key, payment(101, null))
                    .then()
                    .statusCode(403)
                    .body("code", equalTo("member_code_required"))
                    .body("operation", nullValue());
            member.post("holds", payment(101, null)).then().statusCode(403);
            member.post("redeem?dryRun=true", payment(101, null)).then().statusCode(403);
            member.get("operations?type=declined").then().body("items.size()", equalTo(0));
            member.post("redeem", key, payment(101, code(member))).then().statusCode(201);
            // the answer of the same call, although it has no code now
            member.post("redeem", key, payment(101, null)).then().statusCode(200);
            member.post("redeem", payment(900, null)).then().statusCode(403);

            sandbox.with("points", POINTS.replace("100}", "50}"));
            given().contentType("application/json")
                    .body(sandbox.document().toString())
                    .post(sandbox.path("versions?dryRun=true"))
                    .then()
                    .statusCode(200)
                    .body("diff", hasItem("points.stepUpAbove 100 -> 50"));
        }
    }
}
