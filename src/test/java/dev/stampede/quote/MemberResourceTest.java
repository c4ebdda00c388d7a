package dev.stampede.quote;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.hasKey;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.nullValue;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.stampede.http.Api;
import dev.stampede.http.Sandbox;
import dev.stampede.support.BackendsResource;
import io.quarkus.test.common.TestResourceScope;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.ValidatableResponse;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a member would get, what he can have, and why he got what he got. */
@QuarkusTest
@WithTestResource(value = BackendsResource.class, scope = TestResourceScope.GLOBAL)
@Tag("servers")
class MemberResourceTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    private static final String PROMOTIONS = """
            [{'id':'plus-day','when':{'tiers':['plus']},'give':{'points':50},
              'limits':[{'of':'uses','max':1,'per':'day'}]},
             {'id':'card','progress':{'type':'count','counts':'operations','target':3,'repeat':true},
              'give':{'reward':'mug','validDays':30}},
             {'id':'app','when':{'channels':['app']},'give':{'points':5},'group':'one'},
             {'id':'big','when':{'minimum':'100.00'},'give':{'points':7},'group':'one'},
             {'id':'winter','when':{'from':'2027-01-01T00:00'},'give':{'points':9}},
             {'id':'welcome','event':'enrol','give':{'points':10}},
             {'id':'risen','event':'tier:plus','give':{'points':100}}]""";

    private static final String REWARDS = """
            [{'id':'mug','name':'Mug','cost':40,'limits':[{'of':'uses','max':1,'per':'day'}]},
             {'id':'lounge','name':'Lounge','cost':200,'when':{'tiers':['plus','premium']}},
             {'id':'pin','name':'Pin','cost':5,'when':{'from':'2026-12-24T00:00'}},
             {'id':'thanks','name':'Thanks','cost':0,'grantOnly':true},
             {'id':'house','name':'House','cost':9000}]""";

    private static Sandbox sandbox() throws IOException {
        return Sandbox.of("cashback", "2026-11-02T10:00:00Z")
                .with("stacking", "{'groups':[{'id':'one','mode':'best'}]}")
                .with("promotions", PROMOTIONS)
                .with("rewards", REWARDS)
                .published();
    }

    private static ValidatableResponse quote(Sandbox sandbox, String account, String body) throws IOException {
        ObjectNode asked = (ObjectNode) JSON.readTree(body.replace('\'', '"'));
        return given().contentType("application/json")
                .body(asked.put("account", account).toString())
                .post(sandbox.path("quote"))
                .then();
    }

    @CanIgnoreReturnValue
    private static JsonNode earn(Api api, String body) throws IOException {
        return JSON.readTree(api.post("earn", body.replace('\'', '"'))
                .then()
                .statusCode(201)
                .extract()
                .asString());
    }

    private static ValidatableResponse explained(Api api, JsonNode operation) {
        return api.get("operations/" + operation.path("id").asText() + "/explanation")
                .then()
                .statusCode(200);
    }

    /** Of a rule, as the explanation has it. */
    private static String reason(String rule) {
        return "explanation.find { it.rule == '" + rule + "' }.reason";
    }

    private static String points(String rule) {
        return "explanation.find { it.rule == '" + rule + "' }.points";
    }

    @Test
    void aQuoteEqualsTheEarnRightAfterIt() throws Exception {
        try (Sandbox sandbox = sandbox()) {
            Api api = sandbox.account("m");
            for (String body : List.of(
                    "{'amount':'20.00','currency':'GBP'}",
                    "{'amount':'120.00','currency':'GBP','channel':'app'}",
                    "{'points':3}",
                    "{'amount':'1400.00','currency':'GBP'}",
                    "{'amount':'20.00','currency':'GBP'}",
                    "{'amount':'20.00','currency':'GBP'}",
                    "{'amount':'0.00','currency':'GBP'}")) {
                JsonNode quoted = JSON.readTree(
                        quote(sandbox, "m", body).statusCode(200).extract().asString());
                long version = Objects.requireNonNullElse(api.get().path("version"), 0);
                JsonNode earned = earn(api, body);
                assertEquals(version + 1, earned.path("balance").path("version").asLong());
                String what = body + quoted + earned;
                assertEquals(quoted.path("points"), earned.path("points"), what);
                assertEquals(
                        quoted.path("measures").path("spend").asText("0.00"),
                        earned.path("measures").path("spend").asText("0.00"),
                        what);
                int given = 0;
                for (JsonNode entry : earned.path("explanation")) {
                    assertEquals(quoted.path("explanation").path(given++), entry, what);
                }
                assertEquals(
                        quoted.path("reached").asText(),
                        api.get().path("tier.id").toString(),
                        what);
            }
            // the tier of the first quarter of 2027 is over on 10 April, at midnight
            quote(sandbox, "m", "{'amount':'9.00','currency':'GBP'}").body("tier", equalTo("plus"));
            sandbox.moveTo("2027-04-10T23:00:00Z");
            quote(sandbox, "m", "{'amount':'9.00','currency':'GBP'}").body("tier", equalTo("standard"));
        }
    }

    @Test
    void whomAQuoteIsFor() throws Exception {
        try (Sandbox sandbox = sandbox()) {
            quote(sandbox, "nobody", "{'points':3}")
                    .statusCode(200)
                    .body("points", equalTo(13))
                    .body("tier", equalTo("standard"));
            for (String body :
                    List.of("{'points':3,'tier':'plus'}", "{'points':3,'attributes':{}}", "{'enrol':true}")) {
                quote(sandbox, "m", body).statusCode(400).body("code", equalTo("malformed"));
            }
            quote(sandbox, "a b", "{'points':3}").statusCode(400);
            Api api = sandbox.account("m");
            earn(api, "{'points':3}");
            // the same member under another version
            sandbox.with("promotions", "[]").published();
            quote(sandbox, "m", "{'amount':'20.00','currency':'GBP','channel':'app','version':1}")
                    .statusCode(200)
                    .body("programVersion", equalTo(1))
                    .body("points", equalTo(25));
            quote(sandbox, "m", "{'amount':'20.00','currency':'GBP','channel':'app'}")
                    .statusCode(200)
                    .body("programVersion", equalTo(2))
                    .body("points", equalTo(20));
        }
        try (Sandbox closed = Sandbox.of("coalition", "2026-11-02T10:00:00Z").published()) {
            String fuel = "{'items':[{'amount':'9.00','categories':['fuel'],'attributes':{'litres':'4.000'}}],"
                    + "'partner':'fuel'}";
            quote(closed, "nobody", fuel).statusCode(404).body("code", equalTo("account_not_found"));
        }
    }

    private static ValidatableResponse rewards(Sandbox sandbox) {
        return given().get(sandbox.path("rewards?account=m")).then();
    }

    private static String of(String reward, String field) {
        return "items.find { it.id == '" + reward + "' }." + field;
    }

    @Test
    void whatAMemberCanHave() throws Exception {
        try (Sandbox sandbox = sandbox()) {
            rewards(sandbox).statusCode(404).body("code", equalTo("account_not_found"));
            given().get(sandbox.path("rewards?account=a%20b")).then().statusCode(400);
            Api api = sandbox.account("m");
            earn(api, "{'points':35}");
            rewards(sandbox)
                    .statusCode(200)
                    .body("items.id", contains("mug", "lounge", "pin", "house"))
                    .body(of("mug", "eligible"), equalTo(true))
                    .body(of("mug", "affordable"), equalTo(true))
                    .body(of("mug", "missing"), equalTo(0))
                    .body(of("mug", "points"), equalTo(40))
                    .body(of("mug", "gift"), equalTo(false))
                    .body(of("mug", "whyNot"), nullValue())
                    .body(of("lounge", "eligible"), equalTo(false))
                    .body(of("lounge", "whyNot"), equalTo("tiers"))
                    .body(of("pin", "whyNot"), equalTo("from"))
                    .body(of("pin", "available"), equalTo(false))
                    .body(of("pin", "affordable"), equalTo(true))
                    .body(of("house", "eligible"), equalTo(true))
                    .body(of("house", "affordable"), equalTo(false))
                    .body(of("house", "missing"), equalTo(9000 - 45));
            api.post("redeem", "{\"reward\":\"mug\"}").then().statusCode(201);
            rewards(sandbox).body(of("mug", "whyNot"), equalTo("limit")).body(of("mug", "eligible"), equalTo(false));
            api.post("redeem", "{\"reward\":\"mug\"}").then().statusCode(422).body("code", equalTo("limit_exceeded"));
            sandbox.moveTo("2026-12-24T00:00:00Z");
            rewards(sandbox)
                    .body(of("mug", "whyNot"), nullValue())
                    .body(of("mug", "missing"), equalTo(35))
                    .body(of("pin", "eligible"), equalTo(true));
            for (int i = 0; i < 3; i++) {
                earn(api, "{'amount':'0.00','currency':'GBP'}");
            }
            rewards(sandbox)
                    .body(of("mug", "gift"), equalTo(true))
                    .body(of("mug", "points"), equalTo(0))
                    .body(of("mug", "affordable"), equalTo(true))
                    .body(of("mug", "missing"), equalTo(0));
            given().get(sandbox.path("rewards"))
                    .then()
                    .statusCode(200)
                    .body("items[0]", not(hasKey("eligible")))
                    .body(of("pin", "available"), equalTo(true));
        }
    }

    @Test
    void whyAndWhyNot() throws Exception {
        try (Sandbox sandbox = sandbox()) {
            Api api = sandbox.account("m");
            JsonNode first = earn(api, "{'amount':'120.00','currency':'GBP','channel':'app'}");
            JsonNode rise = earn(api, "{'amount':'1400.00','currency':'GBP'}");
            JsonNode plus = earn(api, "{'amount':'1.00','currency':'GBP'}");
            JsonNode again = earn(api, "{'amount':'1.00','currency':'GBP'}");
            JsonNode stated = earn(api, "{'points':3}");
            // what is in force now does not matter, nor what the member has become
            sandbox.with("promotions", "[]").published();
            sandbox.moveTo("2027-06-01T00:00:00Z");

            explained(api, first)
                    .body("operation", equalTo(first.path("id").asText()))
                    .body("programVersion", equalTo(1))
                    .body("tier", equalTo("standard"))
                    .body("complete", equalTo(true))
                    .body(points("promotion:welcome"), equalTo(10))
                    .body(points("promotion:big"), equalTo(7))
                    .body(reason("promotion:app"), equalTo("stacking:big"))
                    .body("explanation.find { it.rule == 'promotion:app' }.wanted", equalTo(5))
                    .body(reason("promotion:plus-day"), equalTo("tiers"))
                    .body(reason("promotion:card"), equalTo("progress"))
                    .body(reason("promotion:winter"), equalTo("from"))
                    .body(reason("promotion:risen"), equalTo("event"));
            explained(api, rise)
                    .body("tier", equalTo("standard"))
                    .body(points("promotion:risen"), equalTo(100))
                    .body(reason("promotion:plus-day"), equalTo("tiers"))
                    .body(reason("promotion:welcome"), equalTo("event"))
                    .body(reason("promotion:app"), equalTo("channels"));
            explained(api, plus)
                    .body("tier", equalTo("plus"))
                    .body(points("promotion:plus-day"), equalTo(50))
                    .body("explanation.rule", hasItem("grant:mug"))
                    .body("explanation.findAll { it.rule == 'promotion:card' }.size()", equalTo(0))
                    .body(reason("promotion:big"), equalTo("minimum"));
            explained(api, again).body(reason("promotion:plus-day"), equalTo("limit"));
            explained(api, stated)
                    .body(points("stated"), equalTo(3))
                    .body("explanation.findAll { it.reason == 'event' }.size()", equalTo(10));

            // each rule once, and the sum is what was given
            JsonNode all = JSON.readTree(explained(api, first).extract().asString());
            long sum = 0;
            for (JsonNode entry : all.path("explanation")) {
                sum += entry.path("points").asLong();
            }
            assertEquals(first.path("points").asLong(), sum);
        }
    }

    /** Each redeem rule that did not say the price, and why: also where a hold fixed it, and where a tier decided. */
    @Test
    void ofAPaymentEachRuleIsExplained() throws Exception {
        String redeem = """
                [{'id':'shop','points':50,'value':'1.00','when':{'channels':['shop']}},
                 {'id':'plus','points':60,'value':'1.00','when':{'tiers':['plus']}},
                 {'id':'club','points':70,'value':'1.00','when':{'attributes':{'club':[true]}}},
                 {'id':'all','points':100,'value':'1.00'}]""";
        Sandbox made = Sandbox.of("cashback", "2026-11-02T10:00:00Z")
                .with("attributes", "[{'id':'club','type':'boolean'}]")
                .with("redeem", redeem)
                .with("promotions", "[]")
                .with("rewards", "[{'id':'mug','name':'Mug','cost':40}]")
                .published();
        try (Sandbox sandbox = made) {
            Api api = sandbox.account("m");
            earn(api, "{'points':1000}");
            String all = paid(api, "redeem", "{'points':100}");
            api.get("operations/" + all + "/explanation")
                    .then()
                    .body(points("redeem:all"), equalTo(100))
                    .body(reason("redeem:shop"), equalTo("channels"))
                    .body(reason("redeem:plus"), equalTo("tiers"))
                    .body(reason("redeem:club"), equalTo("attributes"))
                    .body("complete", equalTo(true));
            given().contentType("application/json")
                    .body("{\"attributes\":{\"club\":true}}")
                    .put(api.path())
                    .then()
                    .statusCode(200);
            String club = paid(api, "holds", "{'amount':'2.00','currency':'GBP'}");
            api.get("operations/" + club + "/explanation")
                    .then()
                    .body("explanation.rule", contains("redeem:club", "redeem:shop", "redeem:plus", "redeem:all"))
                    .body(points("redeem:club"), equalTo(140))
                    .body(reason("redeem:all"), equalTo("order"))
                    .body("complete", equalTo(true));
            String shop = paid(api, "redeem", "{'points':50,'channel':'shop'}");
            api.get("operations/" + shop + "/explanation")
                    .then()
                    .body(points("redeem:shop"), equalTo(50))
                    .body(reason("redeem:plus"), equalTo("tiers"))
                    .body(reason("redeem:club"), equalTo("order"))
                    .body("complete", equalTo(true));
            String mug = paid(api, "redeem", "{'reward':'mug'}");
            api.get("operations/" + mug + "/explanation")
                    .then()
                    .body("explanation.rule", contains("reward:mug"))
                    .body("complete", equalTo(true));
        }
    }

    private static String paid(Api api, String call, String body) {
        return api.post(call, body.replace('\'', '"'))
                .then()
                .statusCode(201)
                .extract()
                .path("id");
    }

    @Test
    void whatWasDoneIsExplained() throws Exception {
        try (Sandbox sandbox = sandbox()) {
            Api api = sandbox.account("m");
            String id = "01a1ffd8-9e3b-7453-a7d1-9e788194395f";
            api.get("operations/" + id + "/explanation")
                    .then()
                    .statusCode(404)
                    .body("code", equalTo("account_not_found"));
            api.put().then().statusCode(201);
            api.get("operations/" + id + "/explanation")
                    .then()
                    .statusCode(404)
                    .body("code", equalTo("operation_not_found"));
            String enrol = api.get("operations").then().extract().path("items[0].id");
            api.get("operations/" + enrol + "/explanation")
                    .then()
                    .statusCode(200)
                    .body(points("promotion:welcome"), equalTo(10))
                    .body(reason("promotion:app"), equalTo("event"));
            earn(api, "{'points':200}");
            String redeem = api.post("redeem", "{\"points\":100}")
                    .then()
                    .statusCode(201)
                    .extract()
                    .path("id");
            String reverse = api.post("operations/" + redeem + "/reverse", "{\"points\":40}")
                    .then()
                    .statusCode(201)
                    .extract()
                    .path("id");
            String adjust = api.post("adjust", "{\"points\":5,\"reason\":\"goodwill\"}")
                    .then()
                    .statusCode(201)
                    .extract()
                    .path("id");
            for (String done : List.of(reverse, adjust)) {
                List<Object> told =
                        api.get("operations/" + done).then().extract().path("explanation");
                api.get("operations/" + done + "/explanation")
                        .then()
                        .statusCode(200)
                        .body("operation", equalTo(done))
                        .body("explanation", equalTo(told))
                        .body("complete", equalTo(true))
                        .body("tier", nullValue());
            }
            api.get("operations/" + redeem + "/explanation")
                    .then()
                    .statusCode(200)
                    .body("explanation.rule", contains("redeem:standard", "redeem:slow-season"))
                    .body("explanation.points", contains(100, 0))
                    .body(reason("redeem:standard"), nullValue())
                    .body(reason("redeem:slow-season"), equalTo("from"))
                    .body("explanation[1].text", equalTo("slow-season does not apply: it has not begun."))
                    .body("tier", equalTo("standard"))
                    .body("complete", equalTo(true));
            String declined = api.post("redeem", "{\"points\":900}")
                    .then()
                    .statusCode(422)
                    .extract()
                    .path("operation");
            api.get("operations/" + declined + "/explanation")
                    .then()
                    .statusCode(404)
                    .body("code", equalTo("not_found"));
        }
        Api plain = Api.fresh();
        JsonNode earned = earn(plain, "{'amount':'42.50','currency':'EUR'}");
        explained(plain, earned)
                .body("explanation.rule", contains("base:base"))
                .body("explanation.points", contains(42))
                .body("complete", equalTo(true));
    }
}
