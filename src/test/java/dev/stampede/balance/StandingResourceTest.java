package dev.stampede.balance;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasKey;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.nullValue;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.http.Api;
import dev.stampede.http.Sandbox;
import dev.stampede.support.BackendsResource;
import dev.stampede.support.TestKey;
import io.quarkus.test.common.TestResourceScope;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.restassured.response.ValidatableResponse;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What an account tells of its member besides the points, as time goes by. */
@QuarkusTest
@WithTestResource(value = BackendsResource.class, scope = TestResourceScope.GLOBAL)
@Tag("servers")
class StandingResourceTest {
    private static void earn(Api api, String body) {
        api.post("earn", body.replace('\'', '"')).then().statusCode(201);
    }

    private static ValidatableResponse read(Api api) {
        return api.get().then().statusCode(200);
    }

    private static int status(Api api, String tag) {
        return given().header("If-None-Match", tag).get(api.path()).statusCode();
    }

    private static String tag(Api api) {
        return read(api).extract().header("ETag");
    }

    @Test
    void aTierEndsAtTheProgramsMidnightWithoutAWrite() throws Exception {
        try (Sandbox sandbox = Sandbox.of("cashback", "2026-06-30T22:00:00Z").published()) {
            Api api = sandbox.account("m");
            earn(api, "{'amount':'1400.00','currency':'GBP'}");
            read(api)
                    .body("tier.id", equalTo("standard"))
                    .body("tier.name", equalTo("Standard"))
                    .body("tier.until", nullValue())
                    .body("tier.granted", equalTo(false))
                    .body("tier.next.id", equalTo("plus"))
                    .body("tier.next.by", equalTo("2026-06-30"))
                    .body("tier.next.of", equalTo("any"))
                    .body("tier.next.missing.measure", contains("spend"))
                    .body("tier.next.missing.missing", contains("100.00"))
                    .body("measures.spend", equalTo("1400.00"))
                    .body("$", not(hasKey("progress")))
                    .body("$", not(hasKey("nextReward")));
            earn(api, "{'amount':'100.00','currency':'GBP'}");
            read(api)
                    .body("tier.id", equalTo("plus"))
                    .body("tier.until", equalTo("2026-10-10"))
                    .body("tier.next.missing.missing", contains("2500.00"));

            String before = tag(api);
            assertTrue(status(api, before) == 304);
            sandbox.moveTo("2026-06-30T22:59:59Z");
            assertTrue(status(api, before) == 304);
            sandbox.moveTo("2026-06-30T23:00:00Z");
            assertTrue(status(api, before) == 200);
            read(api)
                    .body("version", equalTo(2))
                    .body("measures.spend", equalTo("0.00"))
                    .body("tier.id", equalTo("plus"))
                    .body("tier.next.by", equalTo("2026-09-30"))
                    .body("tier.next.missing.missing", contains("4000.00"));

            sandbox.moveTo("2026-10-10T22:59:59Z");
            String last = tag(api);
            read(api).body("tier.id", equalTo("plus"));
            sandbox.moveTo("2026-10-10T23:00:00Z");
            assertNotEquals(last, tag(api));
            assertTrue(status(api, last) == 200);
            assertTrue(status(api, tag(api)) == 304);
            read(api)
                    .body("version", equalTo(2))
                    .body("tier.id", equalTo("standard"))
                    .body("tier.until", nullValue())
                    .body("asOf", equalTo("2026-10-10T23:00:00Z"));
            given().header("If-Match", last)
                    .contentType("application/json")
                    .body("{}")
                    .put(api.path())
                    .then()
                    .statusCode(412);
            given().header("If-Match", tag(api))
                    .put(api.path())
                    .then()
                    .statusCode(200)
                    .body("tier.id", equalTo("standard"));
        }
    }

    @Test
    void aLatePurchaseEndsATierByTheVersionInForce() throws Exception {
        try (Sandbox sandbox = Sandbox.of("cashback", "2026-06-30T12:00:00Z").published()) {
            Api api = sandbox.account("m");
            earn(api, "{'amount':'4000.00','currency':'GBP'}");
            sandbox.moveTo("2026-10-09T12:00:00Z");
            sandbox.with("/tiers/downgrade", "'oneDown'").published();
            sandbox.moveTo("2026-10-11T12:00:00Z");
            read(api).body("tier.id", equalTo("plus"));
            String late =
                    "{'amount':'10.00','currency':'GBP','occurredAt':'2026-10-08T12:00:00Z'%s}".replace('\'', '"');
            given().contentType("application/json")
                    .body(late.formatted(",\"account\":\"m\""))
                    .post(sandbox.path("quote"))
                    .then()
                    .statusCode(200)
                    .body("programVersion", equalTo(1))
                    .body("points", equalTo(15));
            api.post("earn", late.formatted(""))
                    .then()
                    .statusCode(201)
                    .body("programVersion", equalTo(1))
                    .body("points", equalTo(15));
            read(api).body("tier.id", equalTo("plus"));
        }
    }

    @Test
    void stampsAndGiftsAreTold() throws Exception {
        String bonus = "{'id':'pin','name':'Pin','cost':30}";
        try (Sandbox sandbox = Sandbox.of("stamp", "2026-12-01T00:00:00Z")
                .with("rewards", "[{'id':'free-coffee','name':'Any coffee','cost':0,'grantOnly':true}," + bonus + "]")
                .published()) {
            Api api = sandbox.account("m");
            api.put().then().statusCode(201).body("progress.count", contains(0)).body("gifts", empty());
            earn(api, "{'items':[{'categories':['coffee'],'quantity':'10','amount':'50.00'}]}");
            read(api)
                    .body("$", not(hasKey("tier")))
                    .body("$", not(hasKey("measures")))
                    .body("progress.promotion", contains("stamps"))
                    .body("progress.count", contains(10))
                    .body("progress.given", contains(1))
                    .body("progress.target", contains(9))
                    .body("gifts.reward", contains("free-coffee"))
                    .body("gifts.count", contains(1))
                    .body("gifts.until", contains("2027-01-30"))
                    .body("nextReward.reward", equalTo("pin"))
                    .body("nextReward.missing", equalTo(30));
            earn(api, "{'points':29}");
            read(api).body("nextReward.missing", equalTo(1));
            earn(api, "{'points':1}");
            read(api).body("$", not(hasKey("nextReward")));

            // the gift ends with its last day in Sydney
            sandbox.moveTo("2027-01-30T12:59:59Z");
            String before = tag(api);
            read(api).body("gifts.count", contains(1));
            sandbox.moveTo("2027-01-30T13:00:00Z");
            assertTrue(status(api, before) == 200);
            read(api)
                    .body("gifts", empty())
                    .body("progress.count", contains(10))
                    .body("version", equalTo(4));
        }
    }

    @Test
    void theStreamTellsTheSame() throws Exception {
        try (Sandbox sandbox = Sandbox.of("cashback", "2026-06-30T22:00:00Z").published()) {
            Api api = sandbox.account("m");
            earn(api, "{'amount':'1500.00','currency':'GBP'}");
            var stream = URI.create(RestAssured.baseURI + ":" + RestAssured.port + api.path("events"))
                    .toURL()
                    .openConnection();
            stream.setRequestProperty(TestKey.HEADER, TestKey.BEARER);
            try (BufferedReader lines =
                    new BufferedReader(new InputStreamReader(stream.getInputStream(), StandardCharsets.UTF_8))) {
                String line = lines.readLine();
                while (!line.startsWith("data:")) {
                    line = lines.readLine();
                }
                assertTrue(line.contains("\"tier\":{\"id\":\"plus\",\"name\":\"Plus\",\"until\":\"2026-10-10\""), line);
                assertTrue(line.contains("\"measures\":{\"spend\":\"1500.00\"}"), line);
            }
        }
    }

    @Test
    void aPlainProgramHasNothingOfIt() {
        Api api = Api.with(5);
        read(api)
                .body("$", not(hasKey("tier")))
                .body("$", not(hasKey("progress")))
                .body("$", not(hasKey("gifts")))
                .header("ETag", org.hamcrest.Matchers.matchesPattern("W/\"1-[0-9a-f]{12}\""));
    }
}
