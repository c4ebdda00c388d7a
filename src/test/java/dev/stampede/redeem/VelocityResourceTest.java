package dev.stampede.redeem;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.nullValue;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.stampede.http.Api;
import dev.stampede.http.Json;
import dev.stampede.http.Sandbox;
import dev.stampede.support.BackendsResource;
import io.quarkus.test.common.TestResourceScope;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a member may redeem in a day of the program's time zone, and what is told when it is too much. */
@QuarkusTest
@WithTestResource(value = BackendsResource.class, scope = TestResourceScope.GLOBAL)
@Tag("servers")
class VelocityResourceTest {
    private static final String LIMITS = "[{'id': 'often', 'on': 'redeem', 'of': 'uses', 'max': 3, 'per': 'day'},"
            + " {'id': 'much', 'on': 'redeem', 'of': 'points', 'max': 1000, 'per': 'month'},"
            + " {'id': 'once', 'on': 'redeem', 'of': 'points', 'max': 900, 'per': 'operation'}]";

    /** Eight hours behind UTC. */
    private static Sandbox sandbox() throws Exception {
        return Sandbox.of("demo", "2026-12-02T18:00:00Z")
                .with("timeZone", "'America/Los_Angeles'")
                .with("limits", LIMITS)
                .published();
    }

    private static Response redeem(Api api, String key, long points) {
        return api.post("redeem", key, "{\"points\":" + points + "}");
    }

    private static void exceeds(Response response, String limit, String resetsAt) {
        response.then()
                .statusCode(422)
                .body("code", equalTo("limit_exceeded"))
                .body("limit", limit == null ? nullValue() : equalTo(limit))
                .body("resetsAt", resetsAt == null ? nullValue() : equalTo(resetsAt));
    }

    @Test
    void theDayEndsAtMidnightThere() throws Exception {
        try (Sandbox sandbox = sandbox()) {
            Api api = sandbox.account("m");
            api.post("earn", "{\"points\":5000}").then().statusCode(201);
            for (int i = 0; i < 3; i++) {
                redeem(api, Api.key(), 10).then().statusCode(201);
            }
            String key = Api.key();
            Response first = redeem(api, key, 10);
            exceeds(first, "often", "2026-12-03T08:00:00Z");
            exceeds(api.post("holds", "{\"points\":10}"), "often", "2026-12-03T08:00:00Z");
            exceeds(api.post("redeem?dryRun=true", "{\"points\":10}"), "often", "2026-12-03T08:00:00Z");
            sandbox.moveTo("2026-12-03T07:59:59.999Z");
            exceeds(redeem(api, Api.key(), 10), "often", "2026-12-03T08:00:00Z");
            sandbox.moveTo("2026-12-03T08:00:00Z");
            redeem(api, Api.key(), 10).then().statusCode(201);
            // the same call is told the same
            exceeds(redeem(api, key, 10), "often", "2026-12-03T08:00:00Z");
            assertEquals(
                    Json.of(first).getString("operation"),
                    redeem(api, key, 10).then().extract().path("operation"));
            String declined = Json.of(first).getString("operation");
            api.get("operations/" + declined).then().statusCode(200).body("outcome", equalTo("limit_exceeded"));
            api.get("operations/" + declined + "/explanation").then().statusCode(404);
            api.get("operations?type=declined").then().statusCode(200).body("items.size()", equalTo(3));
        }
    }

    @Test
    void pointsCountToo() throws Exception {
        try (Sandbox sandbox = sandbox()) {
            Api api = sandbox.account("m");
            api.post("earn", "{\"points\":5000}").then().statusCode(201);
            exceeds(redeem(api, Api.key(), 901), null, null);
            redeem(api, Api.key(), 900).then().statusCode(201);
            exceeds(redeem(api, Api.key(), 101), "much", "2027-01-01T08:00:00Z");
            redeem(api, Api.key(), 100).then().statusCode(201);
        }
    }

    @Test
    void aVoidGivesItBack() throws Exception {
        try (Sandbox sandbox = sandbox()) {
            Api api = sandbox.account("m");
            api.post("earn", "{\"points\":5000}").then().statusCode(201);
            String lost = Api.key();
            redeem(api, lost, 800).then().statusCode(201);
            exceeds(redeem(api, Api.key(), 201), "much", "2027-01-01T08:00:00Z");
            api.post("voids", "{\"key\":\"" + lost + "\"}").then().statusCode(201);
            String hold = api.post("holds", "{\"points\":900}")
                    .then()
                    .statusCode(201)
                    .extract()
                    .path("id");
            exceeds(redeem(api, Api.key(), 101), "much", "2027-01-01T08:00:00Z");
            api.post("holds/" + hold + "/void", "{}").then().statusCode(201);
            String declined = Api.key();
            redeem(api, Api.key(), 900).then().statusCode(201);
            exceeds(redeem(api, declined, 101), "much", "2027-01-01T08:00:00Z");
            // a declined call is voided as any other
            api.post("voids", "{\"key\":\"" + declined + "\"}").then().statusCode(201);
            given().get(api.path()).then().statusCode(200);
        }
    }
}
