package dev.stampede.balance;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.anEmptyMap;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.nullValue;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.stampede.http.Api;
import dev.stampede.support.BackendsResource;
import dev.stampede.support.TestProgram;
import io.quarkus.test.common.TestResourceScope;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import io.restassured.response.ValidatableResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What is known of a member: set, changed, checked by what the program declares, and used by its rules. */
@QuarkusTest
@WithTestResource(value = BackendsResource.class, scope = TestResourceScope.GLOBAL)
@Tag("servers")
class AttributesResourceTest {
    private static final String DECLARED = """
            [{"id": "birthDate", "type": "birthDate", "noticeDays": 0, "leapDay": "feb28"},
             {"id": "vip", "type": "boolean"}, {"id": "airport", "type": "code", "maxLength": 3},
             {"id": "note", "type": "text", "maxLength": 20}]""";

    private static ValidatableResponse patch(Api api, String attributes) {
        return given().contentType("application/json")
                .body("{\"attributes\":" + attributes + "}")
                .patch(api.path())
                .then();
    }

    private static Response patch(Api api, String header, String value, String attributes) {
        return given().header(header, value)
                .contentType("application/json")
                .body("{\"attributes\":" + attributes + "}")
                .patch(api.path());
    }

    @CanIgnoreReturnValue
    private static ValidatableResponse put(Api api, String attributes) {
        return given().contentType("application/json")
                .body("{\"attributes\":" + attributes + "}")
                .put(api.path())
                .then();
    }

    private static void publish(String document, String program) {
        given().contentType("application/json")
                .body(document)
                .post("/v1/programs/" + program + "/versions")
                .then()
                .statusCode(201);
    }

    private static TestProgram declaring(String program) {
        return TestProgram.of(program).sandbox("2026-12-01T12:00:00Z").with("attributes", DECLARED);
    }

    private static Api declared() {
        String program = "a-" + UUID.randomUUID();
        publish(declaring(program).document(), program);
        return Api.of(program, "m");
    }

    private static String tag(Api api) {
        return api.get().then().statusCode(200).extract().header("ETag");
    }

    private static void clock(String program, String now) {
        given().contentType("application/json")
                .body("{\"now\":\"" + now + "\"}")
                .put("/v1/programs/" + program + "/clock")
                .then()
                .statusCode(200);
    }

    @Test
    void someAreChangedAndAllOthersStay() {
        Api api = Api.fresh();
        patch(api, "{\"a\":1}").statusCode(404).body("code", equalTo("account_not_found"));
        patch(api, "If-Match", "*", "{\"a\":1}").then().statusCode(404).body("code", equalTo("account_not_found"));
        put(api, "{\"name\":\"Zoë \\\"/\\\"\",\"visits\":12345678901234567890,\"share\":0.250,\"vip\":true}")
                .statusCode(201);
        patch(api, "{\"vip\":null,\"age\":7}")
                .statusCode(200)
                .header("ETag", equalTo(tag(api)))
                .body("version", equalTo(2))
                .body("attributes.name", equalTo("Zoë \"/\""))
                .body("attributes.age", equalTo(7))
                .body("attributes.vip", nullValue());
        assertTrue(
                api.get().asString().contains("\"share\":0.250,\"visits\":12345678901234567890}"),
                "numbers stay as they were written");
        patch(api, "{\"gone\":null,\"age\":7}").statusCode(200).body("version", equalTo(2));
        patch(api, "{\"name\":null,\"visits\":null,\"share\":null,\"age\":null}")
                .statusCode(200)
                .body("attributes", anEmptyMap());
        api.get("operations").then().body("items[0].type", equalTo("enrol"));
    }

    @Test
    void anEarnIsEnoughToHaveAttributes() {
        Api api = Api.with(5);
        patch(api, "{\"a\":true}")
                .statusCode(200)
                .body("available", equalTo(5))
                .body("attributes", equalTo(Map.of("a", true)));
    }

    @Test
    void whatIsMalformedChangesNothing() {
        Api api = Api.fresh();
        put(api, "{\"a\":1}");
        for (String attributes : List.of("5", "[]", "{\"a\":{}}", "{\"a\":[1]}", "{\"\":1}", "{\"\":null}", "null")) {
            patch(api, attributes).statusCode(400).body("code", equalTo("malformed"));
        }
        given().contentType("application/json")
                .body("{\"attributes\":{},\"tier\":1}")
                .patch(api.path())
                .then()
                .statusCode(400)
                .body("code", equalTo("unknown_field"));
        String large = "x".repeat(3000);
        patch(api, "{\"b\":\"" + large + "\"}").statusCode(200).body("version", equalTo(2));
        patch(api, "{\"c\":\"" + large + "\"}").statusCode(422).body("code", equalTo("limit_exceeded"));
        api.get().then().body("attributes.c", nullValue()).body("attributes.a", equalTo(1));
        patch(api, "{\"b\":null,\"c\":\"" + large + "\"}").statusCode(200);
    }

    @Test
    void nobodyChangesWhatHeHasNotSeen() throws Exception {
        Api api = Api.fresh();
        put(api, "{\"a\":1}");
        String first = tag(api);
        patch(api, "If-Match", first, "{\"b\":2}").then().statusCode(200);
        patch(api, "If-Match", first, "{\"b\":3}").then().statusCode(412).body("code", equalTo("precondition_failed"));
        patch(api, "If-Match", "*", "{\"b\":4}").then().statusCode(200);
        String tag = tag(api);
        List<CompletableFuture<Integer>> answers = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            String body = "{\"n\":" + i + "}";
            answers.add(CompletableFuture.supplyAsync(
                    () -> patch(api, "If-Match", tag, body).statusCode()));
        }
        int done = 0;
        for (var answer : answers) {
            done += answer.get(30, TimeUnit.SECONDS) == 200 ? 1 : 0;
        }
        assertEquals(1, done);
    }

    /** Without a condition nothing that somebody else changes at the same time is lost. */
    @Test
    void manyAtOnceLoseNothing() throws Exception {
        Api api = Api.fresh();
        put(api, "{}");
        List<CompletableFuture<Integer>> answers = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            String body = "{\"n" + i + "\":" + i + "}";
            answers.add(CompletableFuture.supplyAsync(
                    () -> patch(api, "X-Any", "1", body).statusCode()));
        }
        for (var answer : answers) {
            assertEquals(200, answer.get(30, TimeUnit.SECONDS));
        }
        assertEquals(
                8, api.get().then().extract().<Map<String, ?>>path("attributes").size());
    }

    @Test
    void aKeyTakesEffectOnce() {
        Api api = Api.fresh();
        put(api, "{\"a\":1}");
        String tag = tag(api);
        given().header("If-Match", tag)
                .header("Idempotency-Key", "one")
                .contentType("application/json")
                .body("{\"attributes\":{\"a\":2}}")
                .patch(api.path())
                .then()
                .statusCode(200)
                .header("Idempotency-Replayed", nullValue())
                .body("attributes.a", equalTo(2));
        patch(api, "{\"a\":3}").statusCode(200);
        given().header("If-Match", tag) // which is outdated, and was not when the call came first
                .header("Idempotency-Key", "one")
                .contentType("application/json")
                .body("{\"attributes\":{\"a\":2}}")
                .patch(api.path())
                .then()
                .statusCode(200)
                .header("Idempotency-Replayed", equalTo("true"))
                .body("attributes.a", equalTo(3));
        patch(api, "Idempotency-Key", "one", "{\"a\":4}")
                .then()
                .statusCode(422)
                .body("code", equalTo("idempotency_key_reused"));
        patch(api, "Idempotency-Key", "same", "{\"a\":3}").then().statusCode(200);
        patch(api, "{\"a\":5}").statusCode(200);
        patch(api, "Idempotency-Key", "same", "{\"a\":3}")
                .then()
                .statusCode(200)
                .body("attributes.a", equalTo(5));

        api.post("voids", "{\"key\":\"never\"}").then().statusCode(201);
        patch(api, "Idempotency-Key", "never", "{\"a\":6}")
                .then()
                .statusCode(409)
                .body("code", equalTo("voided"));
        api.post("voids", "{\"key\":\"one\"}").then().statusCode(201);
        patch(api, "Idempotency-Key", "one", "{\"a\":2}").then().statusCode(409).body("code", equalTo("voided"));
        api.get().then().body("attributes.a", equalTo(5));
        Api nobody = Api.fresh();
        nobody.post("voids", "{\"key\":\"never\"}").then().statusCode(201);
        patch(nobody, "Idempotency-Key", "never", "{\"a\":6}")
                .then()
                .statusCode(409)
                .body("code", equalTo("voided"));
        patch(nobody, "{\"a\":6}").statusCode(404);
    }

    @Test
    void whatTheProgramDeclaresIsChecked() {
        Api api = declared();
        for (String wrong : List.of(
                "\"birthDate\":\"1999-02-29\"",
                "\"birthDate\":\"99-02-28\"",
                "\"birthDate\":19990228",
                "\"birthDate\":true",
                "\"vip\":\"true\"",
                "\"vip\":1",
                "\"airport\":\"\"",
                "\"airport\":\"LHRX\"",
                "\"note\":\"" + "x".repeat(21) + "\"",
                "\"vip\":1,\"shoe\":1")) {
            put(api, "{" + wrong + "}").statusCode(400).body("code", equalTo("malformed"));
            patch(api, "{" + wrong + "}").statusCode(400).body("code", equalTo("malformed"));
        }
        for (String unknown : List.of("\"shoe\":43", "\"shoe\":43,\"vip\":true")) {
            put(api, "{" + unknown + "}").statusCode(422).body("code", equalTo("unknown_attribute"));
            // before the account is looked for
            patch(api, "{" + unknown + "}").statusCode(422).body("code", equalTo("unknown_attribute"));
        }
        patch(api, "{\"shoe\":null}").statusCode(422).body("code", equalTo("unknown_attribute"));
        api.get().then().statusCode(404);
        put(api, "{\"birthDate\":\"1996-02-29\",\"vip\":false,\"airport\":\"LHR\"}")
                .statusCode(201);
        patch(api, "{\"vip\":true,\"airport\":null,\"note\":\"Zoë\"}")
                .statusCode(200)
                .body("attributes", equalTo(Map.of("birthDate", "1996-02-29", "vip", true, "note", "Zoë")));
        put(api, "{\"vip\":true}").statusCode(200).body("attributes", equalTo(Map.of("vip", true)));
        put(api, "{\"vip\":true}").statusCode(200).body("version", equalTo(3));
        api.get().then().body("attributes", equalTo(Map.of("vip", true)));
    }

    /** A version drops attributes, another one means something else by one: members stay as they are. */
    @Test
    void otherDeclarationsBreakNobody() {
        Api api = declared();
        String program = api.path().split("/")[3];
        put(api, "{\"airport\":\"LHR\",\"note\":\"hello\",\"vip\":true}").statusCode(201);
        String another = """
                [{"id": "airport", "type": "birthDate", "noticeDays": 0, "leapDay": "feb28"}]""";
        publish(
                declaring(program)
                        .basedOn(1)
                        .with("attributes", another)
                        .with("promotions", """
                                [{"id": "cake", "when": {"birthday": "month"}, "give": {"points": 10}}]""")
                        .document(),
                program);
        api.post("earn", "{\"amount\":\"3.00\",\"currency\":\"EUR\"}")
                .then()
                .statusCode(201)
                .body("points", equalTo(3));
        api.get().then().body("attributes", equalTo(Map.of("airport", "LHR", "note", "hello", "vip", true)));
        patch(api, "{\"vip\":false}").statusCode(422).body("code", equalTo("unknown_attribute"));
        patch(api, "{\"airport\":\"1990-12-24\"}")
                .statusCode(200)
                .body("attributes", equalTo(Map.of("airport", "1990-12-24", "note", "hello", "vip", true)));
        api.post("earn", "{\"amount\":\"3.00\",\"currency\":\"EUR\"}")
                .then()
                .statusCode(201)
                .body("points", equalTo(13));
        publish(declaring(program).basedOn(2).with("attributes", "[]").document(), program);
        patch(api, "{\"colour\":1}").statusCode(200).body("attributes.colour", equalTo(1));
        publish(declaring(program).basedOn(3).document(), program);
        put(api, "{\"vip\":true}").statusCode(200).body("attributes", equalTo(Map.of("vip", true)));
    }

    /** Conditions on attributes hold by the value that the member has when an earn is decided. */
    @Test
    void promotionsGoByAttributes() {
        String program = "a-" + UUID.randomUUID();
        publish(declaring(program).with("promotions", """
                                [{"id": "vips", "when": {"attributes": {"vip": [true]}}, "give": {"points": 100}},
                                 {"id": "hello", "event": "enrol", "when": {"attributes": {"airport": ["LHR", "CDG"]}},
                                  "give": {"points": 7}}]""").document(), program);
        Api api = Api.of(program, "m");
        put(api, "{\"airport\":\"CDG\"}").statusCode(201).body("available", equalTo(7));
        String purchase = "{\"amount\":\"5.00\",\"currency\":\"EUR\"}";
        api.post("earn", purchase).then().body("points", equalTo(5));
        patch(api, "{\"vip\":true}").statusCode(200);
        api.post("earn", purchase).then().body("points", equalTo(105));
        patch(api, "{\"vip\":false}").statusCode(200);
        api.post("earn", purchase).then().body("points", equalTo(5));
    }

    /** The worked case of somebody born on 29 February, in the program of the coffee shop. */
    @Test
    void aBirthdayIsCelebratedOnce() {
        String program = "a-" + UUID.randomUUID();
        publish(TestProgram.published("coffee", program, "2026-12-02T18:00:00Z"), program);
        Api api = Api.of(program, "m");
        put(api, "{\"birthDate\":\"1996-02-29\"}").statusCode(201);
        api.post("earn", "{\"points\":2}").then().statusCode(201);
        String drink = "{\"reward\":\"birthday-drink\"}";
        Map<String, String> refused = Map.of(
                "2027-02-27T20:00:00Z", "reward_unavailable",
                "2027-02-28T20:01:00Z", "limit_exceeded",
                "2027-03-01T20:00:00Z", "reward_unavailable",
                "2028-02-28T20:00:00Z", "reward_unavailable");
        for (String at : List.of(
                "2027-02-27T20:00:00Z",
                "2027-02-28T20:00:00Z",
                "2027-02-28T20:01:00Z",
                "2027-03-01T20:00:00Z",
                "2028-02-28T20:00:00Z",
                "2028-02-29T20:00:00Z")) {
            clock(program, at);
            ValidatableResponse answer = api.post("redeem", drink).then();
            if (refused.containsKey(at)) {
                answer.statusCode(422).body("code", equalTo(refused.get(at)));
            } else {
                answer.statusCode(201).body("points", equalTo(0));
            }
        }
        api.get("operations").then().body("items.type", hasItem("enrol"));
    }

    /** Who says his birthday only now has to wait, and who says another one, too. */
    @Test
    void aBirthdayNeedsNotice() {
        String program = "a-" + UUID.randomUUID();
        publish(
                TestProgram.of(program)
                        .sandbox("2026-12-01T12:00:00Z")
                        .with("attributes", """
                                [{"id": "born", "type": "birthDate", "noticeDays": 14, "leapDay": "mar1"}]""")
                        .with("promotions", """
                                [{"id": "cake", "when": {"birthday": "month"}, "give": {"points": 250},
                                  "limits": [{"of": "uses", "max": 1, "per": "birthday", "counter": "birthday"}]}]""")
                        .document(),
                program);
        Api early = Api.of(program, "early");
        Api late = Api.of(program, "late");
        put(early, "{\"born\":\"1990-12-15\"}").statusCode(201);
        put(late, "{\"born\":\"1990-12-14\"}").statusCode(201);
        clock(program, "2026-12-10T12:00:00Z");
        String purchase = "{\"amount\":\"1.00\",\"currency\":\"EUR\"}";
        early.post("earn", purchase).then().body("points", equalTo(251));
        early.post("earn", purchase).then().body("points", equalTo(1));
        late.post("earn", purchase).then().body("points", equalTo(1));
        patch(late, "{\"born\":\"1990-12-31\"}").statusCode(200);
        late.post("earn", purchase).then().body("points", equalTo(251));
        put(late, "{\"born\":\"1990-12-31\"}").statusCode(200);
        late.post("earn", purchase).then().body("points", equalTo(1));
    }
}
