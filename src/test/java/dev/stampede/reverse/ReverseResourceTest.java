package dev.stampede.reverse;

import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.nullValue;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.stampede.account.AccountId;
import dev.stampede.account.OperationType;
import dev.stampede.gateway.Gateway;
import dev.stampede.http.Api;
import dev.stampede.http.Sandbox;
import dev.stampede.support.Ask;
import dev.stampede.support.BackendsResource;
import io.quarkus.test.common.TestResourceScope;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.StringJoiner;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@QuarkusTest
@WithTestResource(value = BackendsResource.class, scope = TestResourceScope.GLOBAL)
@Tag("servers")
class ReverseResourceTest {
    @Inject
    Gateway gateway;

    @CanIgnoreReturnValue
    private static String done(Api api, String below, String key, String body) {
        return api.post(below, key, body).then().statusCode(201).extract().path("id");
    }

    private static String voids(String key) {
        return "{\"key\":\"" + key + "\"}";
    }

    @Test
    void aRedeemIsReversedInParts() {
        Api api = Api.with(1000);
        String redeem = done(api, "redeem", Api.key(), "{\"points\":500}");

        api.post("operations/" + redeem + "/reverse", "{\"points\":501}")
                .then()
                .statusCode(422)
                .body("code", equalTo("reverse_exceeds_original"));
        api.post("operations/" + redeem + "/reverse", "{\"points\":200}")
                .then()
                .statusCode(201)
                .body("type", equalTo("reverse"))
                .body("points", equalTo(200))
                .body("reverses", equalTo(redeem))
                .body("entries[0].type", equalTo("reverse"));
        api.post("operations/" + redeem + "/reverse", "{\"points\":301}")
                .then()
                .statusCode(422)
                .body("code", equalTo("reverse_exceeds_original"));
        api.post("operations/" + redeem + "/reverse", "{}")
                .then()
                .statusCode(201)
                .body("points", equalTo(300));
        api.post("operations/" + redeem + "/reverse", "{}")
                .then()
                .statusCode(409)
                .body("code", equalTo("already_reversed"));
        assertEquals(1000, api.available());
    }

    @Test
    void whatAReversedEarnCantTakeBackIsDebt() {
        Api api = Api.fresh();
        String earn = done(api, "earn", Api.key(), "{\"points\":100}");
        done(api, "redeem", Api.key(), "{\"points\":80}");

        api.post("operations/" + earn + "/reverse", "")
                .then()
                .statusCode(201)
                .body("points", equalTo(-20))
                .body("entries[0].debt", equalTo(80))
                .body("balance.debt", equalTo(80));
        api.post("earn", "{\"points\":100}")
                .then()
                .statusCode(201)
                .body("points", equalTo(20))
                .body("entries.type", equalTo(java.util.List.of("earn", "payoff")));
        api.get().then().body("available", equalTo(20)).body("debt", equalTo(0)).body("lifetimeEarned", equalTo(100));
    }

    /** The money of a purchase stays that of its receipt, also for a program that has another currency by now. */
    @Test
    void anAmountIsInTheCurrencyOfThePurchase() throws Exception {
        String bonus = "{'id':'five','name':'Five','give':{'points':5}}";
        for (String promotions : new String[] {"[]", "[" + bonus + "]"}) {
            try (Sandbox sandbox = Sandbox.of("demo", "2026-12-01T00:00:00Z")
                    .with("promotions", promotions)
                    .published()) {
                Api api = sandbox.account("m");
                String earn = done(api, "earn", Api.key(), "{\"amount\":\"20.00\",\"currency\":\"EUR\"}");
                sandbox.with("currency", "'JPY'").published();
                String key = Api.key();
                String half = "{\"amount\":\"10.00\",\"currency\":\"EUR\"}";
                String reverse = "operations/" + earn + "/reverse";

                api.post(reverse, "{\"amount\":\"10\",\"currency\":\"JPY\"}")
                        .then()
                        .statusCode(422)
                        .body("code", equalTo("currency_mismatch"))
                        .body("detail", equalTo("The currency of the purchase is EUR, not JPY."));
                api.post(reverse, "{\"amount\":\"0.001\",\"currency\":\"EUR\"}")
                        .then()
                        .statusCode(400)
                        .body("code", equalTo("invalid_amount"));
                api.post(reverse, key, half).then().statusCode(201).body("points", equalTo(-10));
                api.post(reverse, key, half).then().statusCode(200).body("points", equalTo(-10));
                api.post(reverse, key, half.replace("EUR", "JPY"))
                        .then()
                        .statusCode(422)
                        .body("code", equalTo("idempotency_key_reused"));
                api.post(reverse, half).then().statusCode(201);
                api.post(reverse, half).then().statusCode(409).body("code", equalTo("already_reversed"));
                api.get().then().body("available", equalTo(0)).body("debt", equalTo(0));
            }
        }
    }

    /** As many lines as a receipt may have, each weighed, under several rules: it is earned, and given back by line. */
    @Test
    void theLongestReceiptIsGivenBackByItsLines() throws Exception {
        String earn = "[{'id':'gift-cards','match':{'categories':['gift-card']},'rate':'none'},"
                + "{'id':'loose','match':{'categories':['loose']},'rate':{'by':'quantity','points':20,'per':'1'}},"
                + "{'id':'base','rate':{'by':'amount','points':1,'per':'1','units':'exact'}}]";
        String promotions = "[{'id':'twice','name':'Twice','when':{'items':{'categories':['loose']}},"
                + "'give':{'multiply':'2','of':'base','on':'items'}},"
                + "{'id':'big','name':'Big','when':{'minimum':'100'},'give':{'points':50},"
                + "'limits':[{'of':'uses','max':3,'per':'month'}]},"
                + "{'id':'card','name':'Card','when':{'items':{'categories':['loose']}},"
                + "'progress':{'type':'count','counts':'operations','target':2,'repeat':true},'give':{'points':7}}]";
        try (Sandbox sandbox = Sandbox.of("demo", "2026-12-01T00:00:00Z")
                .with("earn", earn)
                .with("promotions", promotions)
                .published()) {
            Api api = sandbox.account("m");
            Random random = new Random(7);
            StringJoiner lines = new StringJoiner(",", "[", "]");
            StringJoiner some = new StringJoiner(",", "{\"items\":[{\"line\":1},", "]}");
            for (int i = 0; i < 500; i++) {
                int grams = 200 + random.nextInt(4800);
                String category = List.of("loose", "other", "gift-card").get(i / 25 % 3);
                lines.add(String.format(
                        "{\"quantity\":\"%s\",\"amount\":\"%s\",\"categories\":[\"%s\"]}",
                        BigDecimal.valueOf(grams, 3), BigDecimal.valueOf(random.nextInt(9999), 2), category));
                if (i % 4 == 0) {
                    some.add("{\"line\":" + i + ",\"quantity\":\"" + BigDecimal.valueOf(grams / 2, 3) + "\"}");
                }
            }
            String id = done(api, "earn", Api.key(), "{\"currency\":\"EUR\",\"items\":" + lines + "}");
            api.post("operations/" + id + "/reverse", some.toString()).then().statusCode(201);
            api.post("operations/" + id + "/reverse", "{\"items\":[{\"line\":1}]}")
                    .then()
                    .statusCode(422)
                    .body("code", equalTo("reverse_exceeds_original"));
            api.post("operations/" + id + "/reverse", "{\"items\":[{\"line\":2}]}")
                    .then()
                    .statusCode(201);
            api.post("operations/" + id + "/reverse", "{}").then().statusCode(201);
            api.get().then().body("available", equalTo(0)).body("debt", equalTo(0));
        }
    }

    @Test
    void aReversalCantBeReversed() {
        Api api = Api.with(1000);
        String redeem = done(api, "redeem", Api.key(), "{\"points\":500}");
        String reverse = done(api, "operations/" + redeem + "/reverse", Api.key(), "{}");

        api.post("operations/" + reverse + "/reverse", "{}")
                .then()
                .statusCode(422)
                .body("code", equalTo("reverse_exceeds_original"));
        assertEquals(1000, api.available());
    }

    @Test
    void aCaptureIsReversed() {
        Api api = Api.with(1000);
        String hold = done(api, "holds", Api.key(), "{\"points\":300}");
        String capture = done(api, "holds/" + hold + "/capture", Api.key(), "{\"points\":200}");

        api.post("operations/" + capture + "/reverse", "{\"points\":150}")
                .then()
                .statusCode(201)
                .body("points", equalTo(150))
                .body("reverses", equalTo(capture));
        assertEquals(950, api.available());
    }

    @Test
    void aReversalIsReplayed() {
        Api api = Api.with(1000);
        String redeem = done(api, "redeem", Api.key(), "{\"points\":500}");
        String key = Api.key();
        String first = api.post("operations/" + redeem + "/reverse", key, "{\"points\":100}")
                .then()
                .statusCode(201)
                .extract()
                .asString();

        assertEquals(
                first,
                api.post("operations/" + redeem + "/reverse", key, "{\"points\":100}")
                        .then()
                        .statusCode(200)
                        .extract()
                        .asString());
        api.post("operations/" + redeem + "/reverse", key, "{}")
                .then()
                .statusCode(422)
                .body("code", equalTo("idempotency_key_reused"));
        assertEquals(600, api.available());
    }

    @Test
    void aCallIsVoidedAfterItHappened() {
        Api api = Api.with(1000);
        String key = Api.key();
        String redeem = done(api, "redeem", key, "{\"points\":500}");
        String voidKey = Api.key();

        String first = api.post("voids", voidKey, voids(key))
                .then()
                .statusCode(201)
                .body("type", equalTo("void"))
                .body("points", equalTo(500))
                .body("voids", equalTo(key))
                .body("reverses", equalTo(redeem))
                .extract()
                .asString();
        assertEquals(1000, api.available());
        assertEquals(
                first,
                api.post("voids", voidKey, voids(key))
                        .then()
                        .statusCode(200)
                        .header("Idempotency-Replayed", equalTo("true"))
                        .extract()
                        .asString());
        api.post("redeem", key, "{\"points\":500}").then().statusCode(409).body("code", equalTo("voided"));
        api.post("voids", voids(key)).then().statusCode(409).body("code", equalTo("voided"));
        api.post("operations/" + redeem + "/reverse", "{}")
                .then()
                .statusCode(409)
                .body("code", equalTo("voided"));
        api.get("operations?key=" + key)
                .then()
                .statusCode(200)
                .body("items", hasSize(1))
                .body("items[0].id", equalTo(redeem))
                .body("items[0].voided", equalTo(true));
        assertEquals(1000, api.available());
    }

    @Test
    void aCallIsVoidedBeforeItArrives() {
        Api api = Api.with(1000);
        String key = Api.key();

        api.post("voids", voids(key))
                .then()
                .statusCode(201)
                .body("points", equalTo(0))
                .body("reverses", nullValue())
                .body("entries", hasSize(0));
        api.post("redeem", key, "{\"points\":500}").then().statusCode(409).body("code", equalTo("voided"));
        api.post("voids", voids(key)).then().statusCode(409).body("code", equalTo("voided"));
        api.get("operations?key=" + key)
                .then()
                .statusCode(200)
                .body("items[0].type", equalTo("tombstone"))
                .body("items[0].voided", equalTo(true));
        assertEquals(1000, api.available());
    }

    @Test
    void aCallOfNobodyYetIsVoided() {
        Api api = Api.fresh();
        String key = Api.key();

        api.post("voids", voids(key)).then().statusCode(201).body("balance.available", equalTo(0));
        api.get().then().statusCode(404).body("code", equalTo("account_not_found"));
        api.get("operations").then().statusCode(404).body("code", equalTo("account_not_found"));
        api.get("operations?key=" + key).then().statusCode(200).body("items[0].voided", equalTo(true));
        api.post("earn", key, "{\"points\":5}").then().statusCode(409).body("code", equalTo("voided"));
        api.post("earn", "{\"points\":5}").then().statusCode(201);
        assertEquals(5, api.available());
    }

    @Test
    void aHoldIsVoidedByItsKey() {
        Api api = Api.with(1000);
        String key = Api.key();
        String hold = done(api, "holds", key, "{\"points\":300}");
        String captured = Api.key();
        String other = done(api, "holds", captured, "{\"points\":100}");
        done(api, "holds/" + other + "/capture", Api.key(), "{}");

        api.post("voids", voids(key))
                .then()
                .statusCode(201)
                .body("points", equalTo(300))
                .body("hold.state", equalTo("voided"))
                .body("reverses", equalTo(hold));
        api.post("voids", voids(captured)).then().statusCode(409).body("code", equalTo("hold_captured"));
        assertEquals(900, api.available());
    }

    @Test
    void theRestOfAReversedCallIsVoided() {
        Api api = Api.with(1000);
        String key = Api.key();
        String redeem = done(api, "redeem", key, "{\"points\":500}");
        done(api, "operations/" + redeem + "/reverse", Api.key(), "{\"points\":200}");

        api.post("voids", voids(key)).then().statusCode(201).body("points", equalTo(300));
        assertEquals(1000, api.available());
    }

    @Test
    void voidsAndReversalsCantBeVoided() {
        Api api = Api.with(1000);
        String redeem = done(api, "redeem", Api.key(), "{\"points\":500}");
        String reverse = Api.key();
        done(api, "operations/" + redeem + "/reverse", reverse, "{}");
        String voided = Api.key();
        done(api, "voids", voided, voids(Api.key()));

        api.post("voids", voids(reverse)).then().statusCode(409).body("code", equalTo("already_reversed"));
        api.post("voids", voids(voided)).then().statusCode(409).body("code", equalTo("voided"));
        assertEquals(1000, api.available());
    }

    @Test
    void nothingMovesOnAFrozenAccount() {
        Api api = Api.with(1000);
        String redeem = done(api, "redeem", Api.key(), "{\"points\":100}");
        String hold = done(api, "holds", Api.key(), "{\"points\":100}");
        AccountId id = AccountId.of("demo", api.account());
        gateway.submit(Ask.of(OperationType.FREEZE, id).build()).await().atMost(Duration.ofSeconds(5));

        for (String below : new String[] {
            "earn", "redeem", "holds", "holds/" + hold + "/capture", "operations/" + redeem + "/reverse"
        }) {
            api.post(below, "{\"points\":1}").then().statusCode(409).body("code", equalTo("account_frozen"));
        }
        api.post("holds/" + hold + "/void", "{}").then().statusCode(409).body("code", equalTo("account_frozen"));
        api.post("voids", voids(Api.key())).then().statusCode(409).body("code", equalTo("account_frozen"));
        assertEquals(800, api.available());

        gateway.submit(Ask.of(OperationType.UNFREEZE, id).build()).await().atMost(Duration.ofSeconds(5));
        api.post("redeem", "{\"points\":1}").then().statusCode(201);
    }

    @Test
    void nobodyHasNothingToReverse() {
        Api nobody = Api.fresh();
        nobody.post("operations/" + java.util.UUID.randomUUID() + "/reverse", "{}")
                .then()
                .statusCode(404)
                .body("code", equalTo("account_not_found"));
    }
}
