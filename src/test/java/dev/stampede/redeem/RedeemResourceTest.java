package dev.stampede.redeem;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.stampede.http.Api;
import dev.stampede.http.Json;
import dev.stampede.support.Backends;
import dev.stampede.support.BackendsResource;
import dev.stampede.support.TestProgram;
import io.quarkus.test.common.TestResourceScope;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@QuarkusTest
@WithTestResource(value = BackendsResource.class, scope = TestResourceScope.GLOBAL)
@Tag("servers")
class RedeemResourceTest {

    @Test
    void pointsAreTakenOnce() {
        Api api = Api.with(1000);
        String key = Api.key();
        String body = "{\"points\":500,\"reference\":\"20261121-0042-03-0199\",\"channel\":\"till\",\"note\":\"n\"}";

        String first = api.post("redeem", key, body)
                .then()
                .statusCode(201)
                .header("Idempotency-Replayed", nullValue())
                .body("type", equalTo("redeem"))
                .body("points", equalTo(-500))
                .body("reference", equalTo("20261121-0042-03-0199"))
                .body("entries", hasSize(1))
                .body("entries[0].type", equalTo("redeem"))
                .body("entries[0].points", equalTo(-500))
                .body("entries[0].lots[0].points", equalTo(-500))
                .body("value", equalTo("5.00"))
                .body("rate", equalTo("money"))
                .body("explanation", hasSize(1))
                .body("explanation[0].rule", equalTo("redeem:money"))
                .body("explanation[0].points", equalTo(500))
                .body("explanation[0].text", equalTo("worth 5.00"))
                .body("balance.available", equalTo(500))
                .extract()
                .asString();
        String again = api.post("redeem", key, body)
                .then()
                .statusCode(200)
                .header("Idempotency-Replayed", equalTo("true"))
                .extract()
                .asString();

        assertEquals(first, again);
        assertEquals(500, api.available());
    }

    @Test
    void anAmountIsPricedUp() {
        Api api = Api.with(1000);

        api.post("redeem", "{\"amount\":\"4.99\",\"currency\":\"EUR\"}")
                .then()
                .statusCode(201)
                .body("points", equalTo(-499))
                .body("amount", equalTo("4.99"))
                .body("value", equalTo("4.99"))
                .body("rate", equalTo("money"))
                .body("explanation[0].rule", equalTo("redeem:money"))
                .body("explanation[0].points", equalTo(499));
    }

    /** What points are worth is told wherever the payment is, whatever becomes of it; not where they come back. */
    @Test
    void whatPointsAreWorthIsToldEverywhere() {
        Api api = Api.with(1000);
        for (String body : List.of("{\"points\":250}", "{\"amount\":\"2.50\",\"currency\":\"EUR\"}")) {
            String key = Api.key();
            api.keyed(key)
                    .body(body)
                    .post(api.path("redeem?dryRun=true"))
                    .then()
                    .statusCode(200)
                    .body("value", equalTo("2.50"))
                    .body("rate", equalTo("money"));
            String answer = api.post("redeem", key, body)
                    .then()
                    .statusCode(201)
                    .extract()
                    .asString();
            String operation = "operations/" + Json.of(answer).getString("id");
            // the first reading of history is slow
            Awaitility.await()
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> api.get(operation).statusCode() == 200);
            assertEquals(answer, api.get(operation).asString());
            assertEquals(answer, api.post("redeem", key, body).asString());
            api.get(operation + "/explanation")
                    .then()
                    .statusCode(200)
                    .body("complete", equalTo(true))
                    .body("explanation.rule", contains("redeem:money"));

            api.post(operation + "/reverse", "{\"points\":50}")
                    .then()
                    .statusCode(201)
                    .body("points", equalTo(50))
                    .body("value", nullValue())
                    .body("rate", nullValue());
            api.post("voids", "{\"key\":\"" + key + "\"}")
                    .then()
                    .statusCode(201)
                    .body("points", equalTo(200))
                    .body("value", nullValue());
            assertEquals(answer, api.get(operation).asString());
            api.get("operations?key=" + key)
                    .then()
                    .statusCode(200)
                    .body("items[0].voided", equalTo(true))
                    .body("items[0].value", equalTo("2.50"))
                    .body("items[0].rate", equalTo("money"));
        }
        api.post("redeem", "{\"points\":1001}").then().statusCode(422).body("code", equalTo("insufficient_points"));
        api.get("operations?type=declined")
                .then()
                .statusCode(200)
                .body("items[0].value", nullValue())
                .body("items[0].rate", nullValue());
    }

    @Test
    void whatIsNotThereIsDeclinedAndStaysSo() {
        Api api = Api.with(100);
        String key = Api.key();

        String operation = api.post("redeem", key, "{\"points\":101}")
                .then()
                .statusCode(422)
                .contentType("application/problem+json")
                .body("code", equalTo("insufficient_points"))
                .body("type", equalTo("urn:stampede:problem:insufficient_points"))
                .body("status", equalTo(422))
                .body("retryable", equalTo(false))
                .body("requestId", notNullValue())
                .body("operation", notNullValue())
                .body("balance.available", equalTo(100))
                .header("Idempotency-Replayed", nullValue())
                .extract()
                .path("operation");
        api.post("earn", "{\"points\":1000}").then().statusCode(201);
        api.post("redeem", key, "{\"points\":101}")
                .then()
                .statusCode(422)
                .header("Idempotency-Replayed", equalTo("true"))
                .body("operation", equalTo(operation))
                .body("balance.available", equalTo(100));
    }

    @Test
    void theSameKeyWithAnotherBodyIsRefused() {
        Api api = Api.with(100);
        String key = Api.key();
        api.post("redeem", key, "{\"points\":10,\"reference\":\"a\"}").then().statusCode(201);

        for (String other : new String[] {
            "{\"points\":11,\"reference\":\"a\"}",
            "{\"points\":10}",
            "{\"points\":10,\"reference\":\"b\"}",
            "{\"points\":10,\"reference\":\"a\",\"note\":\"x\"}"
        }) {
            api.post("redeem", key, other).then().statusCode(422).body("code", equalTo("idempotency_key_reused"));
        }
        api.post("holds", key, "{\"points\":10,\"reference\":\"a\"}")
                .then()
                .statusCode(422)
                .body("code", equalTo("idempotency_key_reused"));
        assertEquals(90, api.available());
    }

    @Test
    void theSameMeaningInOtherLettersIsTheSameCall() {
        Api api = Api.with(1000);
        String key = Api.key();
        api.post("redeem", key, "{\"amount\":\"5.5\",\"currency\":\"EUR\",\"note\":\"é\"}")
                .then()
                .statusCode(201);

        api.post("redeem", key, " { \"note\" : \"\\u00e9\", \"currency\":\"EUR\" ,\"amount\":\"5.50\"}\n")
                .then()
                .statusCode(200)
                .header("Idempotency-Replayed", equalTo("true"));
        assertEquals(450, api.available());
    }

    @Test
    void aDryRunMovesNothing() {
        Api api = Api.with(100);
        String before = api.get().then().extract().header("ETag");

        given().contentType("application/json")
                .body("{\"points\":40}")
                .post(api.path("redeem?dryRun=true"))
                .then()
                .statusCode(200)
                .body("id", nullValue())
                .body("key", nullValue())
                .body("points", equalTo(-40))
                .body("balance.available", equalTo(60));
        given().contentType("application/json")
                .body("{\"points\":400}")
                .post(api.path("redeem?dryRun=true"))
                .then()
                .statusCode(422)
                .body("code", equalTo("insufficient_points"))
                .body("operation", nullValue());

        api.get().then().header("ETag", equalTo(before)).body("available", equalTo(100));
    }

    @Test
    void aDryRunWithAKeyThatIsKnownIsTheReplay() {
        Api api = Api.with(100);
        String key = Api.key();
        String id = api.post("redeem", key, "{\"points\":40}")
                .then()
                .statusCode(201)
                .extract()
                .path("id");

        api.keyed(key)
                .body("{\"points\":40}")
                .post(api.path("redeem?dryRun=true"))
                .then()
                .statusCode(200)
                .header("Idempotency-Replayed", equalTo("true"))
                .body("id", equalTo(id));
        assertEquals(60, api.available());
    }

    @Test
    void nobodyIsEnrolledByARedeem() {
        Api.fresh().post("redeem", "{\"points\":1}").then().statusCode(404).body("code", equalTo("account_not_found"));
    }

    /** 300 / 7 is no finite decimal. */
    @Test
    void aRateMayBeAnyFraction() throws Exception {
        TestProgram.of("sevenths")
                .with("redeem", "[{\"id\": \"money\", \"points\": 300, \"value\": \"7.00\"}]")
                .insert(Backends.shared().postgres().jdbcUrl());
        Api api = Api.of("sevenths", Api.fresh().account());
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .until(() -> api.post("earn", "{\"points\":1000}").statusCode() != 404);

        api.post("redeem", "{\"amount\":\"1.00\",\"currency\":\"EUR\"}")
                .then()
                .statusCode(201)
                .body("points", equalTo(-43));
        api.post("redeem", "{\"amount\":\"7.00\",\"currency\":\"EUR\"}")
                .then()
                .statusCode(201)
                .body("points", equalTo(-300));
        api.post("redeem", "{\"points\":100}").then().statusCode(201).body("value", equalTo("2.33"));
    }

    /** What a programme with rewards and a rate with conditions answers. */
    @Test
    void whatThePointsAreWorthAndWhatTheyGotIsTold() throws Exception {
        TestProgram.of("rewards")
                .with("redeem", """
                        [{"id": "night", "points": 90, "value": "1.00", "when": {"channels": ["app"]}},
                         {"id": "standard", "points": 100, "value": "1.00", "minimum": 100, "step": 10}]""")
                .with("rewards", """
                        [{"id": "coffee", "cost": 60, "value": "2.50"},
                         {"id": "water", "cost": 0, "limits": [{"of": "uses", "max": 1, "per": "day"}]},
                         {"id": "cup", "cost": 1, "grantOnly": true}]""")
                .insert(Backends.shared().postgres().jdbcUrl());
        Api api = Api.of("rewards", Api.fresh().account());
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .until(() -> api.post("earn", "{\"points\":1000}").statusCode() != 404);
        String key = Api.key();

        String first = api.post("redeem", key, "{\"reward\":\"coffee\",\"store\":\"s-1\"}")
                .then()
                .statusCode(201)
                .body("points", equalTo(-60))
                .body("reward", equalTo("coffee"))
                .body("value", equalTo("2.50"))
                .body("rate", nullValue())
                .body("store", equalTo("s-1"))
                .body("explanation[0].rule", equalTo("reward:coffee"))
                .extract()
                .asString();
        assertEquals(
                first,
                api.post("redeem", key, "{\"reward\":\"coffee\",\"store\":\"s-1\"}")
                        .asString());
        assertEquals(
                "coffee",
                api.get("operations/" + Json.of(first).get("id").asText())
                        .then()
                        .statusCode(200)
                        .extract()
                        .path("reward"));
        api.post("redeem", "{\"points\":100,\"channel\":\"app\"}")
                .then()
                .statusCode(201)
                .body("value", equalTo("1.11"))
                .body("rate", equalTo("night"));
        api.post("redeem", "{\"amount\":\"1.01\",\"currency\":\"EUR\"}")
                .then()
                .statusCode(201)
                .body("points", equalTo(-110))
                .body("amount", equalTo("1.01"))
                .body("value", equalTo("1.01"))
                .body("rate", equalTo("standard"));
        api.post("redeem", "{\"reward\":\"water\"}").then().statusCode(201).body("points", equalTo(0));
        declined(api, "{\"reward\":\"water\"}", 422, "limit_exceeded");
        declined(api, "{\"reward\":\"cup\"}", 422, "reward_unavailable");
        declined(api, "{\"points\":99}", 422, "below_minimum");
        declined(api, "{\"points\":101}", 422, "not_a_step");
        declined(api, "{\"points\":9000}", 422, "insufficient_points");
        declined(api, "{\"reward\":\"tea\"}", 404, "reward_not_found");
        declined(api, "{\"reward\":\"coffee\",\"partner\":\"p\"}", 400, "partner_unknown");
        declined(api, "{\"amount\":\"5.00\",\"currency\":\"USD\"}", 422, "currency_mismatch");
        declined(api, "{\"reward\":\"coffee\",\"points\":60}", 400, "malformed");
        declined(api, "{}", 400, "malformed");
        api.keyed(Api.key())
                .body("{\"reward\":\"coffee\"}")
                .post(api.path("redeem?dryRun=true"))
                .then()
                .statusCode(200)
                .body("reward", equalTo("coffee"));
        assertEquals(1000 - 60 - 100 - 110, api.available());

        String hold = api.post("holds", "{\"reward\":\"coffee\"}")
                .then()
                .statusCode(201)
                .body("reward", equalTo("coffee"))
                .body("hold.points", equalTo(60))
                .extract()
                .path("id");
        api.get("holds/" + hold)
                .then()
                .statusCode(200)
                .body("reward", equalTo("coffee"))
                .body("value", equalTo("2.50"));
        api.post("holds/" + hold + "/capture", "{\"points\":59}")
                .then()
                .statusCode(422)
                .body("code", equalTo("not_a_step"));
        api.post("holds/" + hold + "/capture", "{}")
                .then()
                .statusCode(201)
                .body("reward", equalTo("coffee"))
                .body("value", equalTo("2.50"));
        api.get("holds").then().statusCode(200).body("items[0].reward", equalTo("coffee"));
    }

    private static void declined(Api api, String body, int status, String code) {
        api.post("redeem", body).then().statusCode(status).body("code", equalTo(code));
    }
}
