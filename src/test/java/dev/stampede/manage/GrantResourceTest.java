package dev.stampede.manage;

import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.nullValue;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.stampede.gateway.Gateway;
import dev.stampede.gateway.Sweep;
import dev.stampede.http.Api;
import dev.stampede.http.Sandbox;
import dev.stampede.support.BackendsResource;
import io.quarkus.test.common.TestResourceScope;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.ValidatableResponse;
import jakarta.inject.Inject;
import java.io.IOException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Tiers that are granted by hand, on the cashback card: Standard, Plus from 1500 pounds, Premium from 4000. */
@QuarkusTest
@WithTestResource(value = BackendsResource.class, scope = TestResourceScope.GLOBAL)
@Tag("servers")
class GrantResourceTest {
    private static final String PLUS = grant("plus", "2026-06-30");
    private static final String END = "{\"tier\":null,\"reason\":\"by mistake\"}";

    @Inject
    Gateway gateway;

    private static Sandbox cashback() throws IOException {
        String welcome = "{'id':'welcome-plus','name':'Welcome','event':'tier:plus','give':{'points':7}}";
        return Sandbox.of("cashback", "2026-06-01T00:00:00Z")
                .with("promotions", "[" + welcome + "]")
                .published();
    }

    private static Api member(Sandbox sandbox) {
        Api api = sandbox.account("m");
        api.put().then().statusCode(201);
        return api;
    }

    private static String grant(String tier, String until) {
        return "{\"tier\":\"%s\",\"until\":\"%s\",\"reason\":\"status match\"}".formatted(tier, until);
    }

    @CanIgnoreReturnValue
    private static ValidatableResponse done(Api api, String body) {
        return api.post("tier", body).then().statusCode(201).body("type", equalTo("grant"));
    }

    private static void buy(Api api, String amount, int points) {
        api.post("earn", "{\"amount\":\"" + amount + "\",\"currency\":\"GBP\"}")
                .then()
                .statusCode(201)
                .body("points", equalTo(points));
    }

    private static void refused(Api api, String body, int status, String code) {
        api.post("tier", body).then().statusCode(status).body("code", equalTo(code));
    }

    private static void holds(Api api, String tier, String until, boolean granted) {
        api.get()
                .then()
                .statusCode(200)
                .body("tier.id", equalTo(tier))
                .body("tier.until", until == null ? nullValue() : equalTo(until))
                .body("tier.granted", equalTo(granted));
    }

    @Test
    void aGrantedTierCountsAtOnceAndToItsLastDay() throws Exception {
        try (Sandbox sandbox = cashback()) {
            Api api = member(sandbox);
            buy(api, "10.00", 10);
            done(api, PLUS.replace("}", ",\"reference\":\"case-7\"}"))
                    .body("reason", equalTo("status match"))
                    .body("reference", equalTo("case-7"))
                    .body("programVersion", equalTo(1))
                    .body("points", equalTo(0))
                    .body("entries", empty())
                    .body("explanation.rule", contains("tier:plus"))
                    .body("explanation.text", contains("granted to 2026-06-30"))
                    .body("balance.available", equalTo(10)); // and nothing from welcome-plus
            holds(api, "plus", "2026-06-30", true);
            api.get().then().body("measures.spend", equalTo("10.00")).body("tier.next.id", equalTo("premium"));
            buy(api, "10.00", 15);

            // midnight in London
            sandbox.moveTo("2026-06-30T22:59:59Z");
            holds(api, "plus", "2026-06-30", true);
            buy(api, "10.00", 15);
            int version = api.get().then().extract().path("version");
            Sweep.now(gateway);
            api.get().then().body("version", equalTo(version));
            sandbox.moveTo("2026-06-30T23:00:00Z");
            holds(api, "standard", null, false);
            Sweep.now(gateway);
            holds(api, "standard", null, false);
            api.get().then().body("version", equalTo(version + 1));
            api.get("operations?type=lapse").then().body("items", hasSize(1));
            Sweep.now(gateway);
            api.get().then().body("version", equalTo(version + 1));
            buy(api, "10.00", 10);
            api.get("operations?type=grant").then().body("items.reason", contains("status match"));
        }
    }

    @Test
    void aGrantTakesThePlaceOfTheOneBefore() throws Exception {
        try (Sandbox sandbox = cashback()) {
            Api api = member(sandbox);
            done(api, PLUS);
            done(api, grant("premium", "9999-12-31"));
            holds(api, "premium", null, true);
            buy(api, "10.00", 20);
            done(api, grant("plus", "2026-06-01")); // today
            holds(api, "plus", "2026-06-01", true);

            done(api, END).body("reason", equalTo("by mistake")).body("explanation", empty());
            holds(api, "standard", null, false);
            done(api, "{\"tier\":null}"); // there is none: nothing changes
            done(api, "{}").body("entries", empty());
            holds(api, "standard", null, false);
            buy(api, "10.00", 10);
        }
    }

    @Test
    void whatIsReachedIsNoGrant() throws Exception {
        try (Sandbox sandbox = cashback()) {
            Api api = member(sandbox);
            done(api, grant("premium", "2026-06-30"));
            api.post("earn", "{\"amount\":\"1500.00\",\"currency\":\"GBP\"}")
                    .then()
                    .statusCode(201);
            holds(api, "premium", "2026-06-30", true);
            done(api, END);
            holds(api, "plus", "2026-10-10", false);
            done(api, PLUS);
            holds(api, "plus", "2026-10-10", false);
        }
    }

    @Test
    void aReversalLeavesItAndAVoidDoesNotUndoIt() throws Exception {
        try (Sandbox sandbox = cashback()) {
            Api api = member(sandbox);
            String key = Api.key();
            api.post("tier", key, grant("plus", "2026-12-31")).then().statusCode(201);
            String earned = api.post("earn", "{\"amount\":\"4000.00\",\"currency\":\"GBP\"}")
                    .then()
                    .statusCode(201)
                    .extract()
                    .path("id");
            holds(api, "premium", "2026-10-10", false);
            api.post("operations/" + earned + "/reverse", "{}").then().statusCode(201);
            holds(api, "plus", "2026-12-31", true);
            api.post("voids", "{\"key\":\"" + key + "\"}")
                    .then()
                    .statusCode(409)
                    .body("code", equalTo("already_reversed"));
            holds(api, "plus", "2026-12-31", true);

            String lost = Api.key();
            api.post("voids", "{\"key\":\"" + lost + "\"}").then().statusCode(201);
            api.post("tier", lost, END).then().statusCode(409).body("code", equalTo("voided"));
            holds(api, "plus", "2026-12-31", true);
        }
    }

    @Test
    void aRetryGetsItsAnswerWhateverTheDay() throws Exception {
        try (Sandbox sandbox = cashback()) {
            Api api = member(sandbox);
            api.keyed(Api.key())
                    .body(PLUS)
                    .post(api.path("tier") + "?dryRun=true")
                    .then()
                    .statusCode(200)
                    .body("type", equalTo("grant"))
                    .body("id", nullValue());
            holds(api, "standard", null, false);

            String key = Api.key();
            String first =
                    api.post("tier", key, PLUS).then().statusCode(201).extract().asString();
            done(api, END);
            sandbox.moveTo("2026-07-01T00:00:00Z");
            assertEquals(
                    first,
                    api.post("tier", key, PLUS)
                            .then()
                            .statusCode(200)
                            .header("Idempotency-Replayed", equalTo("true"))
                            .extract()
                            .asString());
            holds(api, "standard", null, false);
            api.post("tier", key, END).then().statusCode(422).body("code", equalTo("idempotency_key_reused"));
            refused(api, PLUS, 400, "malformed"); // over since yesterday
        }
    }

    @Test
    void aFrozenMemberCanHaveItAndAClosedOneNot() throws Exception {
        try (Sandbox sandbox = cashback()) {
            Api api = member(sandbox);
            api.post("freeze", "{\"reason\":\"fraud\"}").then().statusCode(201);
            done(api, PLUS);
            holds(api, "plus", "2026-06-30", true);
            api.get().then().body("status", equalTo("frozen"));
            api.post("close", "{\"reason\":\"fraud\"}").then().statusCode(201);
            refused(api, END, 409, "account_closed");
        }
    }

    @Test
    void whatIsRefusedUnseen() throws Exception {
        try (Sandbox sandbox = cashback()) {
            Api api = member(sandbox);
            refused(sandbox.account("nobody"), PLUS, 404, "account_not_found");
            refused(sandbox.account("nobody"), END, 404, "account_not_found");
            refused(api, grant("gold", "2026-06-30"), 400, "malformed");
            refused(api, grant("plus", "2026-05-31"), 400, "malformed");
            refused(api, grant("plus", "2026-06-31"), 400, "malformed");
            refused(api, grant("plus", "2026-6-30"), 400, "malformed");
            refused(api, grant("", "2026-06-30"), 400, "malformed");
            refused(api, "{\"tier\":\"plus\",\"reason\":\"r\"}", 400, "malformed");
            refused(api, "{\"tier\":\"plus\",\"until\":\"2026-06-30\"}", 400, "malformed");
            refused(api, "{\"tier\":null,\"until\":\"2026-06-30\",\"reason\":\"r\"}", 400, "malformed");
            refused(api, "{\"tier\":\"plus\",\"untill\":\"2026-06-30\",\"reason\":\"r\"}", 400, "unknown_field");
            api.keyed("k")
                    .body(PLUS)
                    .post(api.path("tier") + "?dryrun=true")
                    .then()
                    .statusCode(400);
            refused(Api.with(1), PLUS, 400, "malformed"); // a program without tiers
            Api.with(1).post("tier", END).then().statusCode(201);
            holds(api, "standard", null, false);
            api.get("operations").then().body("items.type", not(contains("grant")));
        }
    }
}
