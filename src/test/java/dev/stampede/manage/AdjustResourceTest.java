package dev.stampede.manage;

import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.stampede.http.Api;
import dev.stampede.support.BackendsResource;
import io.quarkus.test.common.TestResourceScope;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@QuarkusTest
@WithTestResource(value = BackendsResource.class, scope = TestResourceScope.GLOBAL)
@Tag("servers")
class AdjustResourceTest {
    private static final String TAKE_80 = "{\"points\":-80,\"reason\":\"fraud\",\"allowDebt\":true}";

    @CanIgnoreReturnValue
    private static String done(Api api, String below, String key, String body) {
        return api.post(below, key, body).then().statusCode(201).extract().path("id");
    }

    private static String points(long points) {
        return "{\"points\":" + points + ",\"reason\":\"goodwill\"}";
    }

    private static void is(Api api, long available, long debt) {
        api.get().then().body("available", equalTo((int) available)).body("debt", equalTo((int) debt));
    }

    private static void declined(Api api, String below, String body, int status, String code) {
        api.post(below, body).then().statusCode(status).body("code", equalTo(code));
    }

    @Test
    void pointsAreGivenAndNotEarned() {
        Api api = Api.with(100);
        String key = Api.key();
        String body = "{\"points\":50,\"reason\":\"goodwill\",\"text\":\"Sorry\\nfor the wait\",\"reference\":\"t-1\"}";
        String first = api.post("adjust", key, body)
                .then()
                .statusCode(201)
                .body("type", equalTo("adjust"))
                .body("points", equalTo(50))
                .body("reason", equalTo("goodwill"))
                .body("text", equalTo("Sorry\nfor the wait"))
                .body("reference", equalTo("t-1"))
                .body("programVersion", notNullValue())
                .body("entries.type", equalTo(List.of("adjust")))
                .body("explanation[0].rule", equalTo("adjustment"))
                .body("explanation[0].points", equalTo(50))
                .extract()
                .asString();
        api.get()
                .then()
                .body("available", equalTo(150))
                .body("lifetimeEarned", equalTo(100))
                .body("expiring", hasSize(1)); // it expires as what was earned today

        assertEquals(
                first,
                api.post("adjust", key, body)
                        .then()
                        .statusCode(200)
                        .header("Idempotency-Replayed", equalTo("true"))
                        .extract()
                        .asString());
        api.post("adjust", key, points(50)).then().statusCode(422).body("code", equalTo("idempotency_key_reused"));
        api.get("operations?type=adjust")
                .then()
                .body("items", hasSize(1))
                .body("items[0].text", equalTo("Sorry\nfor the wait"));
        is(api, 150, 0);
    }

    @Test
    void pointsAreTaken() {
        Api api = Api.with(100);
        api.post("adjust", points(-30))
                .then()
                .statusCode(201)
                .body("points", equalTo(-30))
                .body("entries[0].lots[0].points", equalTo(-30))
                .body("text", nullValue());
        declined(api, "adjust", points(-71), 422, "insufficient_points");
        api.get("operations?type=declined")
                .then()
                .body("items[0].type", equalTo("adjust"))
                .body("items[0].reason", equalTo("goodwill"));
        is(api, 70, 0);
        api.get().then().body("lifetimeEarned", equalTo(100));
    }

    @Test
    void belowZeroIsDebtWhereThatIsAllowed() {
        Api api = Api.with(30);
        api.post("adjust", TAKE_80)
                .then()
                .statusCode(201)
                .body("points", equalTo(-30))
                .body("entries", hasSize(1))
                .body("entries[0].points", equalTo(-30))
                .body("entries[0].debt", equalTo(50));
        is(api, 0, 50);
        api.post("adjust", points(20))
                .then()
                .statusCode(201)
                .body("points", equalTo(0))
                .body("entries.type", equalTo(List.of("adjust", "payoff")));
        is(api, 0, 30);
        declined(api, "adjust", points(-1), 422, "insufficient_points");
        api.post("adjust", TAKE_80).then().statusCode(201).body("points", equalTo(0));
        is(api, 0, 110);
        api.post("earn", "{\"points\":200}").then().statusCode(201);
        is(api, 90, 0);
    }

    @Test
    void whatWasGivenIsReversed() {
        Api api = Api.with(100);
        String given = done(api, "adjust", Api.key(), points(50));
        api.post("operations/" + given + "/reverse", "{\"points\":20}")
                .then()
                .statusCode(201)
                .body("points", equalTo(-20))
                .body("reverses", equalTo(given));
        api.post("redeem", "{\"points\":125}").then().statusCode(201);
        api.post("operations/" + given + "/reverse", "{}")
                .then()
                .statusCode(201)
                .body("points", equalTo(-5));
        is(api, 0, 25);
        declined(api, "operations/" + given + "/reverse", "{}", 409, "already_reversed");
        api.get().then().body("lifetimeEarned", equalTo(100));
    }

    @Test
    void whatWasTakenIsReversedEvenAsDebt() {
        Api api = Api.with(30);
        String taken = done(api, "adjust", Api.key(), TAKE_80);
        api.post("operations/" + taken + "/reverse", "{\"points\":60}")
                .then()
                .statusCode(201)
                .body("entries.type", equalTo(List.of("reverse", "payoff")))
                .body("points", equalTo(10));
        is(api, 10, 0);
        declined(api, "operations/" + taken + "/reverse", "{\"points\":21}", 422, "reverse_exceeds_original");
        api.post("operations/" + taken + "/reverse", "{}")
                .then()
                .statusCode(201)
                .body("points", equalTo(20));
        is(api, 30, 0);
    }

    @Test
    void aDebtThatWasPaidComesBackAsPoints() {
        Api api = Api.with(30);
        String key = Api.key();
        String taken = done(api, "adjust", key, TAKE_80);
        api.post("earn", "{\"points\":100}").then().statusCode(201);
        is(api, 50, 0);
        api.post("voids", "{\"key\":\"" + key + "\"}")
                .then()
                .statusCode(201)
                .body("points", equalTo(80))
                .body("reverses", equalTo(taken));
        is(api, 130, 0);
        api.post("adjust", key, TAKE_80).then().statusCode(409).body("code", equalTo("voided"));
        declined(api, "operations/" + taken + "/reverse", "{}", 409, "voided");
    }

    @Test
    void aCallIsVoidedAfterAndBeforeItHappens() {
        Api api = Api.with(100);
        String given = Api.key();
        done(api, "adjust", given, points(50));
        api.post("voids", "{\"key\":\"" + given + "\"}").then().statusCode(201).body("points", equalTo(-50));
        String never = Api.key();
        api.post("voids", "{\"key\":\"" + never + "\"}").then().statusCode(201).body("points", equalTo(0));
        api.post("adjust", never, points(50)).then().statusCode(409).body("code", equalTo("voided"));
        is(api, 100, 0);
    }

    @Test
    void aDryRunMovesNothing() {
        Api api = Api.with(100);
        api.post("adjust?dryRun=true", points(-40)).then().statusCode(200).body("balance.available", equalTo(60));
        api.post("adjust?dryRun=true", points(-140)).then().statusCode(422);
        is(api, 100, 0);
    }

    @Test
    void whatIsRefusedUnseen() {
        Api api = Api.with(100);
        declined(api, "adjust", points(0), 400, "invalid_amount");
        declined(api, "adjust", points(-1_000_000_000_001L), 400, "invalid_amount");
        declined(api, "adjust", "{\"points\":1}", 400, "malformed");
        declined(api, "adjust", "{\"reason\":\"r\"}", 400, "malformed");
        declined(api, "adjust", "{\"points\":1,\"reason\":\"\"}", 400, "malformed");
        declined(api, "adjust", "{\"points\":1,\"reason\":\"r\",\"forfeit\":true}", 400, "unknown_field");
        declined(Api.fresh(), "adjust", points(5), 404, "account_not_found");
        is(api, 100, 0);
    }
}
