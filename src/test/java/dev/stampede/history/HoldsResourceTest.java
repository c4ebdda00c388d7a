package dev.stampede.history;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.nullValue;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.stampede.http.Api;
import dev.stampede.support.Backends;
import dev.stampede.support.BackendsResource;
import io.quarkus.test.common.TestResourceScope;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import io.restassured.response.ValidatableResponse;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@QuarkusTest
@WithTestResource(value = BackendsResource.class, scope = TestResourceScope.GLOBAL)
@Tag("servers")
class HoldsResourceTest {
    @CanIgnoreReturnValue
    private static JsonPath done(Api api, String below, String body) {
        return api.post(below, body).then().statusCode(201).extract().jsonPath();
    }

    private static String hold(Api api, String body) {
        return done(api, "holds", body).getString("hold.id");
    }

    @CanIgnoreReturnValue
    private static ValidatableResponse is(Api api, String hold, String state, int points, int captured) {
        return api.get("holds/" + hold)
                .then()
                .statusCode(200)
                .body("id", equalTo(hold))
                .body("state", equalTo(state))
                .body("points", equalTo(points))
                .body("captured", equalTo(captured));
    }

    @Test
    void eachIsToldAsItStandsNow() {
        Api api = Api.with(1000);
        JsonPath made = done(api, "holds", "{\"points\":300}");
        String held = made.getString("hold.id");
        String captured = hold(api, "{\"points\":20}");
        String voided = hold(api, "{\"points\":30}");
        String expired = hold(api, "{\"points\":40,\"ttlSeconds\":1}");
        String key = Api.key();
        String undone =
                api.post("holds", key, "{\"points\":50}").then().extract().path("hold.id");
        String reversed = hold(api, "{\"points\":60}");
        done(api, "holds/" + captured + "/capture", "{\"points\":15}");
        done(api, "holds/" + voided + "/void", "{}");
        done(api, "voids", "{\"key\":\"" + key + "\"}");
        String capture = done(api, "holds/" + reversed + "/capture", "{}").getString("id");
        done(api, "operations/" + capture + "/reverse", "{\"points\":10}");

        is(api, held, "held", 300, 0).body("expiresAt", equalTo(made.getString("hold.expiresAt")));
        is(api, captured, "captured", 20, 15).body("value", equalTo("0.20")).body("rate", equalTo("money"));
        is(api, voided, "voided", 30, 0);
        is(api, undone, "voided", 50, 0);
        is(api, reversed, "captured", 60, 60);
        Awaitility.await().atMost(Duration.ofSeconds(10)).untilAsserted(() -> is(api, expired, "expired", 40, 0));
        api.get("holds")
                .then()
                .statusCode(200)
                .body("items.id", contains(reversed, undone, expired, voided, captured, held))
                .body("items.state", contains("captured", "voided", "expired", "voided", "captured", "held"))
                .body("items.captured", contains(60, 0, 0, 0, 15, 0))
                .body("cursor", nullValue());
        for (String below : List.of("holds", "holds/" + held, "holds/" + expired)) {
            given().head(api.path(below)).then().statusCode(200).body(equalTo(""));
        }
        given().head(api.path("holds/" + UUID.randomUUID())).then().statusCode(404);
    }

    @Test
    void aVoidByKeyOfOneThatRanOutIsTold() {
        Api api = Api.with(1000);
        String key = Api.key();
        String hold = api.post("holds", key, "{\"points\":40,\"ttlSeconds\":1}")
                .then()
                .extract()
                .path("hold.id");
        Awaitility.await().atMost(Duration.ofSeconds(10)).untilAsserted(() -> is(api, hold, "expired", 40, 0));

        done(api, "voids", "{\"key\":\"" + key + "\"}");

        is(api, hold, "voided", 40, 0);
    }

    @Test
    void manyComeInPages() {
        Api api = Api.with(1000);
        List<String> newestFirst = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            newestFirst.add(0, hold(api, "{\"points\":1}"));
            done(api, "redeem", "{\"points\":1}");
        }
        List<String> read = new ArrayList<>();
        String cursor = "";
        for (int page = 0; page < 3; page++) {
            JsonPath items = api.get("holds?limit=2" + cursor)
                    .then()
                    .statusCode(200)
                    .body("items", hasSize(page < 2 ? 2 : 1))
                    .extract()
                    .jsonPath();
            read.addAll(items.getList("items.id"));
            cursor = "&cursor=" + items.getString("cursor");
        }

        assertEquals(newestFirst, read);
        assertEquals("&cursor=null", cursor);
        for (String query : List.of("limit=0", "cursor=x", "state=held")) {
            api.get("holds?" + query).then().statusCode(400).body("code", equalTo("malformed"));
        }
    }

    @Test
    void whatIsNoHoldOfTheAccountIsNotFound() {
        Api api = Api.with(1000);
        String hold = hold(api, "{\"points\":1}");
        String earn = done(api, "earn", "{\"points\":1}").getString("id");
        String declined = api.post("holds", "{\"points\":5000}")
                .then()
                .statusCode(422)
                .extract()
                .path("operation");

        for (String id : List.of(earn, declined, UUID.randomUUID().toString(), "x")) {
            api.get("holds/" + id).then().statusCode(404).body("code", equalTo("hold_not_found"));
        }
        Api.with(1).get("holds/" + hold).then().statusCode(404).body("code", equalTo("hold_not_found"));
        Api.with(1)
                .get("holds")
                .then()
                .statusCode(200)
                .body("items", hasSize(0))
                .body("cursor", nullValue());
        for (String below : List.of("holds", "holds/" + hold)) {
            Api.fresh().get(below).then().statusCode(404).body("code", equalTo("account_not_found"));
        }
    }

    /** An open hold is in the image: a till can ask for it while history can't be read. */
    @Test
    void anOpenOneIsToldWithoutHistory() throws Exception {
        Api api = Api.with(1000);
        String hold = hold(api, "{\"points\":300}");
        try (var connection =
                        DriverManager.getConnection(Backends.shared().postgres().jdbcUrl());
                var statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("LOCK TABLE operation IN ACCESS EXCLUSIVE MODE");

            is(api, hold, "held", 300, 0);

            connection.rollback();
        }
    }
}
