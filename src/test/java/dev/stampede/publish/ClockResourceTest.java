package dev.stampede.publish;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasSize;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.stampede.http.Api;
import dev.stampede.support.Backends;
import dev.stampede.support.BackendsResource;
import dev.stampede.support.TestProgram;
import io.quarkus.test.common.TestResourceScope;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import io.restassured.response.ValidatableResponse;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@QuarkusTest
@WithTestResource(value = BackendsResource.class, scope = TestResourceScope.GLOBAL)
@Tag("servers")
class ClockResourceTest {
    private static final String THREE_EUROS = "{\"amount\":\"3.00\",\"currency\":\"EUR\"}";
    private static final List<String> MADE = new ArrayList<>();

    private static String fresh() {
        String id = "c-" + UUID.randomUUID();
        MADE.add(id);
        return id;
    }

    @AfterAll
    static void othersSeeNoneOfThem() throws SQLException {
        try (Connection owner =
                        DriverManager.getConnection(Backends.shared().postgres().jdbcUrl());
                var delete = owner.createStatement()) {
            for (String id : MADE) {
                delete.execute("DELETE FROM program_version WHERE program = '" + id + "'");
                delete.execute("DELETE FROM program_clock WHERE program = '" + id + "'");
            }
        }
    }

    @CanIgnoreReturnValue
    private static ValidatableResponse publish(String program, TestProgram document) {
        return publish(program, "", document);
    }

    private static ValidatableResponse publish(String program, String query, TestProgram document) {
        return given().contentType("application/json")
                .body(document.document())
                .post("/v1/programs/" + program + "/versions" + query)
                .then();
    }

    private static String sandbox(String begins) {
        String program = fresh();
        publish(program, TestProgram.of(program).sandbox(begins)).statusCode(201);
        return program;
    }

    private static Response set(String program, String now) {
        return given().contentType("application/json")
                .body("{\"now\":\"" + now + "\"}")
                .put("/v1/programs/" + program + "/clock");
    }

    @CanIgnoreReturnValue
    private static ValidatableResponse moved(String program, String now) {
        return set(program, now).then().statusCode(200).body("now", equalTo(now));
    }

    private static ValidatableResponse get(String program) {
        return given().get("/v1/programs/" + program + "/clock").then();
    }

    private static int points(Response earned) {
        return earned.then().statusCode(201).extract().path("points");
    }

    @Test
    void theClockGoesForwardsOnly() {
        String program = sandbox("2026-12-01T00:00:00Z");
        get(program).statusCode(200).body("now", equalTo("2026-12-01T00:00:00Z"));
        moved(program, "2027-01-01T05:00:00Z");
        moved(program, "2027-01-01T05:00:00Z");
        moved(program, "2027-01-01T05:00:00.123Z");
        set(program, "2027-01-01T04:59:59Z")
                .then()
                .statusCode(422)
                .body("code", equalTo("clock_goes_back"))
                .body("detail", containsString("2027-01-01T05:00:00.123Z"));
        get(program).statusCode(200).body("now", equalTo("2027-01-01T05:00:00.123Z"));
    }

    @Test
    void onlyASandboxHasAClock() {
        get("demo").statusCode(409).body("code", equalTo("not_a_sandbox"));
        set("demo", "2027-01-01T00:00:00Z").then().statusCode(409).body("code", equalTo("not_a_sandbox"));
        get("nowhere").statusCode(404).body("code", equalTo("program_not_found"));
        set("nowhere", "2027-01-01T00:00:00Z").then().statusCode(404).body("code", equalTo("program_not_found"));
        given().get("/v1/programs/demo").then().statusCode(200);
    }

    @Test
    void whatIsNoTimeIsMalformed() {
        String program = sandbox("2026-12-01T00:00:00Z");
        for (String body : List.of(
                "{}",
                "{\"now\":\"now\"}",
                "{\"now\":5}",
                "{\"now\":\"2027-01-01\"}",
                "{\"now\":\"1970-12-31T23:59:59Z\"}",
                "{\"now\":\"9000-01-01T00:00:01Z\"}")) {
            given().contentType("application/json")
                    .body(body)
                    .put("/v1/programs/" + program + "/clock")
                    .then()
                    .statusCode(400)
                    .body("code", equalTo("malformed"));
        }
        given().contentType("application/json")
                .body("{\"now\":\"2027-01-01T00:00:00Z\",\"then\":1}")
                .put("/v1/programs/" + program + "/clock")
                .then()
                .statusCode(400)
                .body("code", equalTo("unknown_field"));
        publish(program, TestProgram.of(fresh()).sandbox("1970-12-31T23:59:59Z"))
                .statusCode(422);
        String early = fresh();
        publish(early, TestProgram.of(early).sandbox("1970-12-31T23:59:59Z"))
                .statusCode(422)
                .body("findings[0].code", equalTo("out_of_range"))
                .body("findings[0].pointer", equalTo("/sandbox/now"));
    }

    /** A version takes effect by the sandbox's clock, and the next call goes by it. */
    @Test
    void aVersionTakesEffectByTheClock() {
        String program = sandbox("2026-12-01T00:00:00Z");
        Api api = Api.of(program, "m");
        assertEquals(3, points(api.post("earn", THREE_EUROS)));

        TestProgram second = TestProgram.of(program)
                .sandbox("2000-01-01T00:00:00Z") // it was fixed by the first version
                .basedOn(1)
                .with("earned", "2")
                .with("effectiveFrom", "\"2027-01-01T05:00:00Z\"");
        publish(program, "?dryRun=true", second).statusCode(200).body("effectiveFrom", equalTo("2027-01-01T05:00:00Z"));
        publish(program, second).statusCode(201).body("effectiveFrom", equalTo("2027-01-01T05:00:00Z"));
        assertEquals(3, points(api.post("earn", THREE_EUROS)));
        moved(program, "2027-01-01T04:59:59.999Z");
        assertEquals(3, points(api.post("earn", THREE_EUROS)));
        moved(program, "2027-01-01T05:00:00Z");
        assertEquals(6, points(api.post("earn", THREE_EUROS)));

        TestProgram third = TestProgram.of(program)
                .sandbox("2000-01-01T00:00:00Z")
                .basedOn(2)
                .with("earned", "3");
        for (String query : List.of("?dryRun=true", "")) {
            publish(program, query, third.with("effectiveFrom", "\"2027-01-01T04:59:59Z\""))
                    .statusCode(422)
                    .body("findings", hasSize(1))
                    .body("findings[0].code", equalTo("out_of_range"))
                    .body("findings[0].pointer", equalTo("/effectiveFrom"));
        }
        third.with("effectiveFrom", "\"now\"");
        publish(program, "?dryRun=true", third).statusCode(200).body("effectiveFrom", equalTo("2027-01-01T05:00:00Z"));
        publish(program, third).statusCode(201).body("effectiveFrom", equalTo("2027-01-01T05:00:00Z"));
        assertEquals(9, points(api.post("earn", THREE_EUROS)));
    }

    /** It has a clock before it has rules. */
    @Test
    void aFirstVersionMayTakeEffectLater() {
        String program = fresh();
        TestProgram document = TestProgram.of(program)
                .sandbox("2027-01-01T00:00:00Z")
                .with("effectiveFrom", "\"2027-02-01T00:00:00Z\"");
        publish(program, "?dryRun=true", document.with("effectiveFrom", "\"2026-12-31T00:00:00Z\""))
                .statusCode(422);
        publish(program, document.with("effectiveFrom", "\"2027-02-01T00:00:00Z\""))
                .statusCode(201);
        Api api = Api.of(program, "m");
        assertEquals(404, api.post("earn", THREE_EUROS).statusCode());
        get(program).statusCode(200).body("now", equalTo("2027-01-01T00:00:00Z"));
        moved(program, "2027-02-01T00:00:00Z");
        assertEquals(3, points(api.post("earn", THREE_EUROS)));
    }

    @Test
    void aSandboxStaysOneAndNothingElseBecomesOne() {
        String program = sandbox("now");
        for (String query : List.of("?dryRun=true", "")) {
            publish(program, query, TestProgram.of(program).basedOn(1))
                    .statusCode(422)
                    .body("code", equalTo("program_invalid"))
                    .body("findings[0].code", equalTo("missing"))
                    .body("findings[0].pointer", equalTo(""));
            publish("demo", query, TestProgram.of("demo").basedOn(1).sandbox("now"))
                    .statusCode(422)
                    .body("findings[0].code", equalTo("bad_value"))
                    .body("findings[0].pointer", equalTo("/sandbox"));
        }
        publish(program, TestProgram.of(program).basedOn(0)).statusCode(412);
    }

    /** New Year and the months after it: what a member sees, in the sandbox's time. */
    @Test
    void everythingThatIsToldIsInItsTime() {
        String program = fresh();
        publish(
                        program,
                        TestProgram.of(program)
                                .sandbox("2039-12-31T23:59:59Z")
                                .with("pendingDays", "1")
                                .with("expiry", "{\"type\": \"months\", \"months\": 1, \"end\": \"month\"}"))
                .statusCode(201);
        Api api = Api.of(program, "m");
        api.post("earn?dryRun=true", THREE_EUROS).then().statusCode(200);
        api.post("earn", "e", "{\"amount\":\"300.00\",\"currency\":\"EUR\"}")
                .then()
                .statusCode(201)
                .body("createdAt", equalTo("2039-12-31T23:59:59Z"))
                .body("balance.pending", equalTo(300))
                .body("balance.asOf", equalTo("2039-12-31T23:59:59Z"));
        moved(program, "2040-01-01T00:00:00Z");
        String tag = api.get()
                .then()
                .statusCode(200)
                .body("available", equalTo(300))
                .body("asOf", equalTo("2040-01-01T00:00:00Z"))
                .body("expiring[0].on", equalTo("2040-01-31"))
                .extract()
                .header("ETag");
        String hold = api.post("holds", "h", "{\"points\":100}")
                .then()
                .statusCode(201)
                .body("hold.expiresAt", equalTo("2040-01-01T00:02:00Z"))
                .extract()
                .path("id");
        moved(program, "2040-01-01T00:02:00Z");
        given().get(api.path("holds/" + hold)).then().statusCode(200).body("state", equalTo("expired"));
        given().get(api.path("holds")).then().statusCode(200).body("items[0].state", equalTo("expired"));
        api.post("holds/" + hold + "/capture", "{}").then().statusCode(410);
        moved(program, "2040-02-01T00:00:00Z");
        given().header("If-None-Match", tag)
                .get(api.path())
                .then()
                .statusCode(200)
                .body("available", equalTo(0));
        given().get(api.path("operations?from=2040-01-01T00:00:00Z"))
                .then()
                .statusCode(200)
                .body("items", hasSize(1))
                .body("items[0].type", equalTo("hold"))
                .body("items[0].createdAt", equalTo("2040-01-01T00:00:00Z"));
        api.post("earn", "e", "{\"amount\":\"300.00\",\"currency\":\"EUR\"}")
                .then()
                .statusCode(200);
    }
}
