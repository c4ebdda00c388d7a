package dev.stampede.hold;

import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.stampede.http.Api;
import dev.stampede.support.BackendsResource;
import io.quarkus.test.common.TestResourceScope;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.ValidatableResponse;
import java.time.Duration;
import java.time.Instant;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@QuarkusTest
@WithTestResource(value = BackendsResource.class, scope = TestResourceScope.GLOBAL)
@Tag("servers")
class HoldResourceTest {

    @CanIgnoreReturnValue
    private static String hold(Api api, String body) {
        return api.post("holds", body).then().statusCode(201).extract().path("hold.id");
    }

    @CanIgnoreReturnValue
    private static ValidatableResponse balance(Api api, long available, long held) {
        return api.get()
                .then()
                .statusCode(200)
                .body("available", equalTo((int) available))
                .body("held", equalTo((int) held));
    }

    @Test
    void pointsAreSetAsideThenCaptured() {
        Api api = Api.with(1000);
        var made = api.post("holds", "{\"points\":300,\"reference\":\"r\"}")
                .then()
                .statusCode(201)
                .body("type", equalTo("hold"))
                .body("points", equalTo(-300))
                .body("reverses", nullValue())
                .body("hold.points", equalTo(300))
                .body("hold.captured", equalTo(0))
                .body("hold.state", equalTo("held"))
                .body("value", equalTo("3.00"))
                .body("rate", equalTo("money"))
                .body("entries[0].type", equalTo("hold"))
                .body("entries[0].held", equalTo(300))
                .body("balance.held", equalTo(300))
                .extract()
                .jsonPath();
        String id = made.getString("hold.id");
        assertEquals(made.getString("id"), id);
        assertEquals(
                Duration.ofSeconds(120),
                Duration.between(
                        Instant.parse(made.getString("createdAt")), Instant.parse(made.getString("hold.expiresAt"))));
        balance(api, 700, 300);

        String key = Api.key();
        String captured = api.post("holds/" + id + "/capture", key, "{}")
                .then()
                .statusCode(201)
                .body("type", equalTo("capture"))
                .body("points", equalTo(0))
                .body("hold.id", equalTo(id))
                .body("hold.state", equalTo("captured"))
                .body("hold.captured", equalTo(300))
                .body("reverses", nullValue())
                .extract()
                .asString();
        balance(api, 700, 0);

        assertEquals(
                captured,
                api.post("holds/" + id + "/capture", key, "{}")
                        .then()
                        .statusCode(200)
                        .header("Idempotency-Replayed", equalTo("true"))
                        .extract()
                        .asString());
        // no body at all is the same call
        api.keyed(key).post(api.path("holds/" + id + "/capture")).then().statusCode(200);
        api.post("holds/" + id + "/capture", "{}").then().statusCode(409).body("code", equalTo("hold_captured"));
        api.post("holds/" + id + "/void", "{}").then().statusCode(409).body("code", equalTo("hold_captured"));
    }

    @Test
    void theRestOfAPartialCaptureReturns() {
        Api api = Api.with(1000);
        String id = hold(api, "{\"amount\":\"3.00\",\"currency\":\"EUR\",\"ttlSeconds\":1800}");

        api.post("holds/" + id + "/capture", "{\"points\":301}")
                .then()
                .statusCode(422)
                .body("code", equalTo("insufficient_points"));
        api.post("holds/" + id + "/capture", "{\"points\":100}")
                .then()
                .statusCode(201)
                .body("points", equalTo(200))
                .body("hold.captured", equalTo(100))
                .body("hold.points", equalTo(300))
                .body("entries.type", hasItem("release"));
        balance(api, 900, 0);
    }

    @Test
    void aCaptureHasNoDryRun() {
        Api api = Api.with(1000);
        String id = hold(api, "{\"points\":300}");

        api.post("holds/" + id + "/capture?dryRun=true", "{}")
                .then()
                .statusCode(400)
                .body("code", equalTo("malformed"));
        api.post("holds/" + id + "/capture", "{}").then().statusCode(201);
    }

    @Test
    void aVoidReturnsAll() {
        Api api = Api.with(1000);
        String id = hold(api, "{\"points\":300}");

        api.keyed(Api.key())
                .post(api.path("holds/" + id + "/void"))
                .then()
                .statusCode(201)
                .body("type", equalTo("void"))
                .body("points", equalTo(300))
                .body("hold.state", equalTo("voided"))
                .body("reverses", nullValue());
        balance(api, 1000, 0);
        api.post("holds/" + id + "/void", "{}").then().statusCode(409).body("code", equalTo("hold_voided"));
        api.post("holds/" + id.toUpperCase(java.util.Locale.ROOT) + "/capture", "{}")
                .then()
                .statusCode(409)
                .body("code", equalTo("hold_voided"));
    }

    @Test
    void aHoldExpires() {
        Api api = Api.with(1000);
        String id = hold(api, "{\"points\":300,\"ttlSeconds\":1}");
        String tag = api.get().then().extract().header("ETag");

        Awaitility.await().atMost(Duration.ofSeconds(5)).untilAsserted(() -> balance(api, 1000, 0));
        String later = api.get().then().extract().header("ETag");
        org.junit.jupiter.api.Assertions.assertNotEquals(tag, later);

        api.post("holds/" + id + "/capture", "{}")
                .then()
                .statusCode(410)
                .body("code", equalTo("hold_expired"))
                .body("operation", notNullValue());
        api.post("holds/" + id + "/void", "{}").then().statusCode(410).body("code", equalTo("hold_expired"));
    }

    @Test
    void moreThanThereIsCantBeHeld() {
        Api api = Api.with(100);
        hold(api, "{\"points\":60}");

        api.post("holds", "{\"points\":41}").then().statusCode(422).body("code", equalTo("insufficient_points"));
        api.post("redeem", "{\"points\":41}").then().statusCode(422).body("code", equalTo("insufficient_points"));
        api.post("redeem", "{\"points\":40}").then().statusCode(201);
    }

    @Test
    void aDryRunSetsNothingAside() {
        Api api = Api.with(100);

        api.keyed(Api.key())
                .body("{\"points\":60}")
                .post(api.path("holds?dryRun=true"))
                .then()
                .statusCode(200)
                .body("id", nullValue())
                .body("hold.id", nullValue())
                .body("hold.state", equalTo("held"))
                .body("balance.held", equalTo(60));
        balance(api, 100, 0);
    }

    @Test
    void anOperationThatIsNoHoldIsNotFound() {
        Api api = Api.fresh();
        String earn = api.post("earn", "{\"points\":5}").then().extract().path("id");

        api.post("holds/" + earn + "/capture", "{}").then().statusCode(404).body("code", equalTo("hold_not_found"));
        Api.fresh()
                .post("holds/" + earn + "/capture", "{}")
                .then()
                .statusCode(404)
                .body("code", equalTo("account_not_found"));
    }

    @Test
    void anAccountHasSoManyHolds() {
        Api api = Api.with(1000);
        for (int i = 0; i < 100; i++) {
            hold(api, "{\"points\":1}");
        }

        api.post("holds", "{\"points\":1}").then().statusCode(422).body("code", equalTo("limit_exceeded"));
    }
}
