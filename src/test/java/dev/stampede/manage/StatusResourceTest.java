package dev.stampede.manage;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasSize;
import static org.junit.jupiter.api.Assertions.assertEquals;

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
class StatusResourceTest {
    private static final String WHY = "{\"reason\":\"fraud\",\"reference\":\"case-7\"}";
    private static final String FORFEIT = "{\"reason\":\"fraud\",\"forfeit\":true}";

    private static void declined(Api api, String below, String body, int status, String code) {
        api.post(below, body).then().statusCode(status).body("code", equalTo(code));
    }

    private static void is(Api api, String status) {
        api.get().then().statusCode(200).body("status", equalTo(status));
    }

    private static String voids(String key) {
        return "{\"key\":\"" + key + "\"}";
    }

    @Test
    void anAccountIsFrozenAndUnfrozen() {
        Api api = Api.with(100);
        is(api, "open");
        String key = Api.key();
        String first = api.post("freeze", key, WHY)
                .then()
                .statusCode(201)
                .body("type", equalTo("freeze"))
                .body("reason", equalTo("fraud"))
                .body("reference", equalTo("case-7"))
                .body("points", equalTo(0))
                .body("entries", hasSize(0))
                .extract()
                .asString();
        is(api, "frozen");
        assertEquals(
                first,
                api.post("freeze", key, WHY).then().statusCode(200).extract().asString());
        api.post("unfreeze", key, WHY).then().statusCode(422).body("code", equalTo("idempotency_key_reused"));
        declined(api, "redeem", "{\"points\":1}", 409, "account_frozen");
        declined(api, "adjust", "{\"points\":1,\"reason\":\"r\"}", 409, "account_frozen");
        declined(api, "voids", voids(key), 409, "account_frozen");
        api.post("freeze", WHY).then().statusCode(201);

        api.post("unfreeze", WHY).then().statusCode(201).body("type", equalTo("unfreeze"));
        is(api, "open");
        declined(api, "voids", voids(key), 409, "already_reversed");
        api.post("redeem", "{\"points\":1}").then().statusCode(201);
        api.get("operations?type=freeze").then().body("items", hasSize(2)).body("items[1].reason", equalTo("fraud"));
    }

    @Test
    void whatIsLeftHindersTheCloseOrIsForfeited() {
        Api api = Api.with(100);
        declined(api, "close", WHY, 409, "points_left");
        String hold = api.post("holds", "{\"points\":30}")
                .then()
                .statusCode(201)
                .extract()
                .path("id");
        declined(api, "close", FORFEIT, 409, "points_left");
        api.post("holds/" + hold + "/void", "{}").then().statusCode(201);
        String key = Api.key();
        String first = api.post("close", key, FORFEIT)
                .then()
                .statusCode(201)
                .body("type", equalTo("close"))
                .body("points", equalTo(-100))
                .body("entries.type", equalTo(List.of("forfeit")))
                .body("entries[0].lots[0].points", equalTo(-100))
                .body("balance.available", equalTo(0))
                .extract()
                .asString();
        is(api, "closed");
        assertEquals(
                first,
                api.post("close", key, FORFEIT).then().statusCode(200).extract().asString());
        api.get("operations?type=close").then().body("items", hasSize(1)).body("items[0].reason", equalTo("fraud"));
    }

    @Test
    void aClosedAccountIsOnlyRead() {
        Api api = Api.with(100);
        String redeemed = Api.key();
        String redeem = api.post("redeem", redeemed, "{\"points\":100}")
                .then()
                .statusCode(201)
                .extract()
                .path("id");
        api.post("freeze", WHY).then().statusCode(201);
        String closed = Api.key();
        api.post("close", closed, WHY).then().statusCode(201).body("entries", hasSize(0));
        is(api, "closed");
        for (String below : List.of("earn", "redeem", "holds", "operations/" + redeem + "/reverse")) {
            declined(api, below, "{\"points\":1}", 409, "account_closed");
        }
        declined(api, "voids", voids(redeemed), 409, "account_closed");
        declined(api, "voids", voids(closed), 409, "account_closed");
        declined(api, "voids", voids(Api.key()), 409, "account_closed");
        declined(api, "adjust", "{\"points\":1,\"reason\":\"r\"}", 409, "account_closed");
        for (String below : List.of("freeze", "unfreeze", "close")) {
            declined(api, below, WHY, 409, "account_closed");
        }
        api.put().then().statusCode(409).body("code", equalTo("account_closed"));
        given().contentType("application/json")
                .body("{\"attributes\":{\"name\":\"Zoe\"}}")
                .put(api.path())
                .then()
                .statusCode(409);
        api.post("redeem", redeemed, "{\"points\":100}")
                .then()
                .statusCode(200)
                .header("Idempotency-Replayed", equalTo("true"))
                .body("id", equalTo(redeem));
        api.get("operations").then().statusCode(200);
        api.get("operations/" + redeem).then().statusCode(200);
        assertEquals(0, api.available());
    }

    @Test
    void aDebtStays() {
        Api api = Api.with(10);
        api.post("adjust", "{\"points\":-50,\"reason\":\"fraud\",\"allowDebt\":true}")
                .then()
                .statusCode(201);
        api.post("close", WHY).then().statusCode(201).body("balance.debt", equalTo(40));
        api.get().then().body("debt", equalTo(40)).body("status", equalTo("closed"));
    }

    @Test
    void aVoidedCloseNeverHappens() {
        Api api = Api.with(10);
        String key = Api.key();
        api.post("voids", voids(key)).then().statusCode(201);
        api.post("close", key, FORFEIT).then().statusCode(409).body("code", equalTo("voided"));
        is(api, "open");
    }

    @Test
    void whatIsRefusedUnseen() {
        Api api = Api.with(10);
        for (String below : List.of("freeze", "unfreeze", "close")) {
            declined(api, below, "{}", 400, "malformed");
            declined(Api.fresh(), below, WHY, 404, "account_not_found");
        }
        declined(api, "freeze", FORFEIT, 400, "unknown_field");
        declined(api, "close", "{\"reason\":\"r\",\"forfeit\":\"yes\"}", 400, "malformed");
        is(api, "open");
    }
}
