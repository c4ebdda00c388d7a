package dev.stampede.publish;

import static io.restassured.RestAssured.given;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.nullValue;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.stampede.http.Api;
import dev.stampede.support.Backends;
import dev.stampede.support.BackendsResource;
import dev.stampede.support.LedgerCheck;
import dev.stampede.support.TestProgram;
import io.quarkus.test.common.TestResourceScope;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import io.restassured.response.ValidatableResponse;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Budgets of promotions and the stock of rewards, over HTTP. */
@QuarkusTest
@WithTestResource(value = BackendsResource.class, scope = TestResourceScope.GLOBAL)
@Tag("servers")
class BudgetsResourceTest {
    private static final String NOW = "2026-12-01T12:00:00Z";

    private String program;
    private int version;

    @BeforeEach
    void fresh() {
        program = "b-" + UUID.randomUUID();
        version = 0;
    }

    @AfterAll
    static void theLedgerIsConsistent() {
        new LedgerCheck(Backends.shared().postgres().jdbcUrl()).consistent();
    }

    private ValidatableResponse publish(TestProgram document) {
        return given().contentType("application/json")
                .body(document.with("basedOn", "" + version).sandbox(NOW).document())
                .post("/v1/programs/" + program + "/versions")
                .then();
    }

    @CanIgnoreReturnValue
    private ValidatableResponse published(TestProgram document) {
        ValidatableResponse published = publish(document).statusCode(201);
        version++;
        return published;
    }

    private TestProgram budget(String of, long total, String exhausted, boolean returns, long points) {
        return TestProgram.of(program)
                .with(
                        "budgets",
                        ("[{\"id\":\"b\",\"of\":\"%s\",\"total\":%d,\"exhausted\":\"%s\",\"returns\":%s}]")
                                .formatted(of, total, exhausted, returns))
                .with("promotions", "[{\"id\":\"p\",\"budget\":\"b\",\"give\":{\"points\":" + points + "}}]");
    }

    private TestProgram stock(long total, String reward) {
        return TestProgram.of(program)
                .with("rewards", "[{\"id\":\"pan\",\"stock\":{\"total\":" + total + "}," + reward + "}]");
    }

    private Api member(String id) {
        return Api.of(program, id);
    }

    private Response earn(String id) {
        return member(id).post("earn", "{\"amount\":\"40.00\",\"currency\":\"EUR\"}");
    }

    private int bonus(String id) {
        return earn(id).then()
                .statusCode(201)
                .extract()
                .jsonPath()
                .getInt("explanation.findAll { it.rule == 'promotion:p' && it.reason == null }.points.sum() ?: 0");
    }

    private void left(long used, long left) {
        given().get("/v1/programs/" + program + "/budgets")
                .then()
                .statusCode(200)
                .body("items[0].used", equalTo((int) used))
                .body("items[0].left", equalTo((int) left));
    }

    @Test
    void aBudgetOfPointsGivesWhatIsLeft() {
        published(budget("points", 50, "partial", true, 30));
        assertEquals(30, bonus("a"));
        assertEquals(20, bonus("b"));
        assertEquals(0, bonus("c"));
        left(50, 0);
        earn("d").then().statusCode(201).body("explanation.text.join()", containsString("budget exhausted"));
    }

    @Test
    void aBudgetOfUsesGivesTheLastOne() {
        published(budget("uses", 2, "nothing", true, 30));
        String first = earn("a").then().statusCode(201).extract().path("id");
        assertEquals(30, bonus("b"));
        assertEquals(0, bonus("c"));
        member("a")
                .post("operations/" + first + "/reverse", "{\"points\":1}")
                .then()
                .statusCode(201);
        left(2, 0);
        member("a").post("operations/" + first + "/reverse", "{}").then().statusCode(201);
        left(1, 1);
        assertEquals(30, bonus("d"));
        left(2, 0);
    }

    @Test
    void whatDoesNotReturnStaysUsed() {
        published(budget("points", 50, "partial", false, 30));
        String first = earn("a").then().statusCode(201).extract().path("id");
        member("a").post("operations/" + first + "/reverse", "{}").then().statusCode(201);
        left(30, 20);
    }

    @Test
    void theNextVersionHasAnotherTotalAtOnce() {
        published(budget("points", 50, "partial", true, 30));
        assertEquals(30, bonus("a"));
        publish(budget("points", 29, "partial", true, 30))
                .statusCode(409)
                .body("code", equalTo("budget_too_small"))
                .body("detail", containsString("30"));
        published(budget("points", 31, "partial", true, 30));
        left(30, 1);
        assertEquals(1, bonus("b"));
        published(budget("points", 100, "partial", true, 30));
        assertEquals(30, bonus("c"));
        left(61, 39);
    }

    @Test
    void theLastPieceIsGivenOnce() {
        published(stock(1, "\"cost\":10"));
        earn("a").then().statusCode(201);
        earn("b").then().statusCode(201);
        String redeemed = redeem("a", "k").then().statusCode(201).extract().path("id");
        redeem("b", "k").then().statusCode(409).body("code", equalTo("out_of_stock"));
        redeem("b", "k").then().statusCode(409).body("code", equalTo("out_of_stock"));
        left(1, 0);
        member("a").post("operations/" + redeemed + "/reverse", "{}").then().statusCode(201);
        left(0, 1);
        redeem("b", "k").then().statusCode(409).body("code", equalTo("out_of_stock"));
        redeem("b", "k2").then().statusCode(201);
        left(1, 0);
    }

    private Response redeem(String id, String key) {
        return given().contentType("application/json")
                .header("Idempotency-Key", key)
                .body("{\"reward\":\"pan\"}")
                .post(member(id).path() + "/redeem");
    }

    @Test
    void aHoldKeepsAPieceUntilItEnds() {
        published(stock(1, "\"cost\":10"));
        for (String id : new String[] {"a", "b"}) {
            earn(id).then().statusCode(201);
        }
        String hold = hold("a").then().statusCode(201).extract().path("hold.id");
        hold("b").then().statusCode(409).body("code", equalTo("out_of_stock"));
        member("a").post("holds/" + hold + "/void", "{}").then().statusCode(201);
        left(0, 1);
        String second = hold("b").then().statusCode(201).extract().path("hold.id");
        String captured = member("b")
                .post("holds/" + second + "/capture", "{}")
                .then()
                .statusCode(201)
                .extract()
                .path("id");
        left(1, 0);
        member("b").post("operations/" + captured + "/reverse", "{}").then().statusCode(201);
        left(0, 1);
        hold("a").then().statusCode(201);
        given().contentType("application/json")
                .body("{\"now\":\"2026-12-02T12:00:00Z\"}")
                .put("/v1/programs/" + program + "/clock")
                .then()
                .statusCode(200);
        earn("a").then().statusCode(201);
        left(0, 1);
    }

    private Response hold(String id) {
        return member(id).post("holds", "{\"reward\":\"pan\"}");
    }

    private ValidatableResponse rewards(String query) {
        return given().get("/v1/programs/" + program + "/rewards" + query)
                .then()
                .statusCode(200);
    }

    private ValidatableResponse quote(String body) {
        return given().contentType("application/json")
                .body(body)
                .post("/v1/programs/" + program + "/quote")
                .then()
                .statusCode(200);
    }

    /** What is said is a hint: here nobody else pays. */
    @Test
    void theCatalogueTellsTheStock() {
        published(stock(2, "\"cost\":10"));
        earn("a").then().statusCode(201);
        rewards("")
                .body("items[0].available", equalTo(true))
                .body("items[0].whyNot", nullValue())
                .body("items[0].stock.total", equalTo(2))
                .body("items[0].stock.left", equalTo(2))
                .body("items[0].stock.state", equalTo("available"));
        dryRedeem("a").then().statusCode(200).body("stock", equalTo("available"));
        redeem("a", "k1").then().statusCode(201).body("stock", nullValue());
        redeem("a", "k2").then().statusCode(201);
        for (String query : new String[] {"", "?account=a"}) {
            rewards(query)
                    .body("items[0].available", equalTo(false))
                    .body("items[0].whyNot", equalTo("stock"))
                    .body("items[0].stock.left", equalTo(0))
                    .body("items[0].stock.state", equalTo("exhausted"));
        }
        rewards("?account=a").body("items[0].eligible", equalTo(true)).body("items[0].affordable", equalTo(true));
        dryRedeem("a").then().statusCode(409).body("code", equalTo("out_of_stock"));
        published(stock(50, "\"cost\":10"));
        rewards("").body("items[0].stock.left", equalTo(48)).body("items[0].whyNot", nullValue());
    }

    /** What his hold took that has run out is there for him before it is recorded. */
    @Test
    void whatAMembersOwnHoldGivesBackIsThereForHim() {
        published(stock(1, "\"cost\":50"));
        earn("a").then().statusCode(201);
        earn("a").then().statusCode(201);
        hold("a").then().statusCode(201);
        await().untilAsserted(() -> rewards("?account=a").body("items[0].whyNot", equalTo("stock")));
        given().contentType("application/json")
                .body("{\"now\":\"2026-12-02T12:00:00Z\"}")
                .put("/v1/programs/" + program + "/clock")
                .then()
                .statusCode(200);
        rewards("?account=a")
                .body("items[0].available", equalTo(true))
                .body("items[0].whyNot", nullValue())
                .body("items[0].stock.left", equalTo(1));
        dryRedeem("a").then().statusCode(200).body("stock", equalTo("available"));
        redeem("a", "k").then().statusCode(201);
        left(1, 0);
    }

    /** The dearer one is the next, as long as nothing is left of the cheaper one. */
    @Test
    void theNextRewardIsOneThatIsLeft() {
        published(TestProgram.of(program)
                .with(
                        "rewards",
                        "[{\"id\":\"cup\",\"cost\":60,\"stock\":{\"total\":1}},{\"id\":\"pan\",\"cost\":90}]"));
        for (String id : new String[] {"a", "b"}) {
            earn(id).then().statusCode(201);
        }
        member("a").get().then().body("nextReward.reward", equalTo("cup"));
        earn("b").then().statusCode(201);
        String paid = member("b")
                .post("redeem", "{\"reward\":\"cup\"}")
                .then()
                .statusCode(201)
                .extract()
                .path("id");
        await().untilAsserted(() -> member("a").get().then().body("nextReward.reward", equalTo("pan")));
        member("b").post("operations/" + paid + "/reverse", "{}").then().statusCode(201);
        await().untilAsserted(() -> member("a").get().then().body("nextReward.reward", equalTo("cup")));
    }

    @Test
    void aRewardWithoutStockHasNone() {
        published(TestProgram.of(program)
                .with("rewards", "[{\"id\":\"pan\",\"cost\":10,\"when\":{\"to\":\"2026-01-01T00:00\"}}]"));
        rewards("").body("items[0].stock", nullValue()).body("items[0].whyNot", equalTo("to"));
        published(stock(1, "\"cost\":10,\"when\":{\"to\":\"2026-01-01T00:00\"}"));
        rewards("").body("items[0].stock.left", equalTo(1)).body("items[0].whyNot", equalTo("to"));
    }

    private Response dryRedeem(String id) {
        return given().contentType("application/json")
                .body("{\"reward\":\"pan\"}")
                .post(member(id).path() + "/redeem?dryRun=true");
    }

    private Response dryEarn(String id) {
        return given().contentType("application/json")
                .body("{\"amount\":\"40.00\",\"currency\":\"EUR\"}")
                .post(member(id).path() + "/earn?dryRun=true");
    }

    @Test
    void quotesAndDryRunsTellHowMuchIsLeft() {
        String bought = "{\"amount\":\"40.00\",\"currency\":\"EUR\"}";
        published(budget("points", 40, "partial", true, 38));
        quote(bought)
                .body("budgets[0].promotion", equalTo("p"))
                .body("budgets[0].budget", equalTo("b"))
                .body("budgets[0].state", equalTo("available"));
        assertEquals(38, bonus("a"));
        quote(bought).body("budgets.state", equalTo(List.of("nearly exhausted")));
        dryEarn("a").then().statusCode(200).body("budgets.state", equalTo(List.of("nearly exhausted")));
        assertEquals(2, bonus("a"));
        quote(bought).body("budgets.state", equalTo(List.of("exhausted"))).body("points", equalTo(40));
        dryEarn("a").then().statusCode(200).body("budgets.state", equalTo(List.of("exhausted")));
        earn("a").then().statusCode(201).body("budgets", nullValue());
        String another =
                budget("points", 9, "nothing", true, 3).with("basedOn", "1").document();
        quote("{\"amount\":\"40.00\",\"currency\":\"EUR\",\"document\":" + another + "}")
                .body("budgets.state", equalTo(List.of("exhausted")));
        quote("{\"action\":\"nothing-of-the-kind\",\"document\":"
                        + budget("points", 9, "nothing", true, 3)
                                .with(
                                        "promotions",
                                        "[{\"id\":\"q\",\"event\":\"action:nothing-of-the-kind\","
                                                + "\"give\":{\"points\":1}}]")
                                .with("budgets", "[]")
                                .document()
                        + "}")
                .body("budgets", equalTo(List.of()));
    }
}
