package dev.stampede.keys;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.stampede.http.Api;
import dev.stampede.http.Json;
import dev.stampede.support.Backends;
import dev.stampede.support.BackendsResource;
import dev.stampede.support.TestKey;
import dev.stampede.support.TestProgram;
import io.quarkus.test.common.TestResourceScope;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.ValidatableResponse;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.HexFormat;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@QuarkusTest
@WithTestResource(value = BackendsResource.class, scope = TestResourceScope.GLOBAL)
@Tag("servers")
class AuditResourceTest {
    private static final String BY = "OfTheTests01";
    /** But for those of all programs. */
    private static final String ACTIONS = "items.findAll { it.program != null }.action";

    private final String program = "audited-" + UUID.randomUUID();

    @AfterEach
    void othersDoNotSeeIt() throws SQLException {
        try (var owner =
                        DriverManager.getConnection(Backends.shared().postgres().jdbcUrl());
                var delete = owner.createStatement()) {
            delete.execute("DELETE FROM program_version WHERE program = '" + program + "'");
            delete.execute("DELETE FROM program_clock WHERE program = '" + program + "'");
        }
    }

    private String path(String below) {
        return "/v1/programs/" + program + below;
    }

    private ValidatableResponse audit(String query) {
        return given().get(path("/audit") + query).then().statusCode(200);
    }

    private void publish(String document) {
        given().header("X-Request-Id", "of-" + program)
                .contentType("application/json")
                .body(document)
                .post(path("/versions"))
                .then()
                .statusCode(201);
    }

    @CanIgnoreReturnValue
    private String sandbox() {
        String document =
                TestProgram.of(program).sandbox("2027-01-01T05:00:00Z").document();
        publish(document);
        return document;
    }

    private static String sha256(String text) throws NoSuchAlgorithmException {
        byte[] hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        return HexFormat.of().formatHex(hash);
    }

    private void move(String now, int status) {
        given().contentType("application/json")
                .body("{\"now\":\"" + now + "\"}")
                .put(path("/clock"))
                .then()
                .statusCode(status);
    }

    @Test
    void versionsAndClocks() throws NoSuchAlgorithmException {
        String document = sandbox();
        move("2027-01-02T05:00:00Z", 200);
        move("2027-01-02T05:00:00Z", 200); // nothing is changed
        move("2027-01-01T05:00:00Z", 422);
        given().contentType("application/json")
                .body(document)
                .queryParam("dryRun", true)
                .post(path("/versions"))
                .then()
                .statusCode(412);

        audit("")
                .body(ACTIONS, contains("program.clock", "program.publish"))
                .body("items[1].principal", equalTo(BY))
                .body("items[1].program", equalTo(program))
                .body("items[0].target", equalTo(program))
                .body("items[0].before.now", notNullValue())
                .body("items[0].after.now", notNullValue())
                .body("items[1].target", equalTo("1"))
                .body("items[1].before", nullValue())
                .body("items[1].after.sha256", equalTo(sha256(document)))
                .body("items[1].requestId", equalTo("of-" + program))
                .body("cursor", nullValue());
        given().get(path("/versions")).then().body("items[0].publishedBy", equalTo(BY));
    }

    /** Declined ones have changed nothing; those that move points are in the history. */
    @Test
    void operationsOfAdministration() {
        sandbox();
        Api api = Api.of(program, "m-1");
        api.post("earn", "{\"points\":10}").then().statusCode(201);
        api.post("adjust", "{\"points\":-20,\"reason\":\"r\"}").then().statusCode(422);
        String adjusted = Json.of(api.post("adjust", "{\"points\":5,\"reason\":\"goodwill\"}")
                        .then()
                        .statusCode(201)
                        .extract()
                        .response())
                .getString("id");
        String key = Api.key();
        for (int i = 0; i < 2; i++) { // the second one is a replay
            api.post("freeze", key, "{\"reason\":\"fraud\"}").then().statusCode(i == 0 ? 201 : 200);
        }
        api.post("redeem", "{\"points\":1}").then().statusCode(409);
        api.post("unfreeze", "{\"reason\":\"cleared\"}").then().statusCode(201);
        api.post("close", "{\"reason\":\"asked for\",\"forfeit\":true}").then().statusCode(201);

        audit("")
                .body(
                        ACTIONS,
                        contains(
                                "account.close",
                                "account.unfreeze",
                                "account.freeze",
                                "points.adjust",
                                "program.publish"))
                .body("items[2].principal", equalTo(BY))
                .body("items[2].target", equalTo("m-1"))
                .body("items[2].after.detail.reason", equalTo("fraud"))
                .body("items[3].after.operation", equalTo(adjusted))
                .body("items[3].after.points", equalTo(5));
    }

    @Test
    void pages() {
        sandbox();
        for (int day = 2; day <= 4; day++) {
            move("2027-01-0" + day + "T05:00:00Z", 200);
        }
        String all = String.join(" ", audit("").extract().jsonPath().getList("items.id", String.class));
        StringBuilder paged = new StringBuilder();
        String query = "?limit=3";
        while (query != null) {
            var page = audit(query).extract().jsonPath();
            paged.append(String.join(" ", page.getList("items.id", String.class)))
                    .append(' ');
            String cursor = page.getString("cursor");
            query = cursor == null ? null : "?limit=3&cursor=" + cursor;
        }
        assertEquals(all, paged.toString().trim());
        given().get(path("/audit?limit=0")).then().statusCode(400).body("code", equalTo("malformed"));
        given().get(path("/audit?x=1")).then().statusCode(400).body("code", equalTo("malformed"));
    }

    /** It is for the scope `keys`, of the program; what is of all programs for a key that is so. */
    @Test
    void whoSeesIt() {
        sandbox();
        Json own = Json.of(given().contentType("application/json")
                .body("{\"name\":\"n\",\"scopes\":[\"keys\",\"read\"]}")
                .post(path("/keys"))
                .then()
                .statusCode(201)
                .extract()
                .response());
        String bearer = "Bearer " + own.getString("key");
        ValidatableResponse seen = given().header(TestKey.HEADER, bearer)
                .get(path("/audit"))
                .then()
                .statusCode(200)
                .body("items.action", contains("key.create", "program.publish"));
        assertFalse(seen.extract().asString().contains(own.getString("key").split("_")[3]));
        given().header(TestKey.HEADER, bearer)
                .get("/v1/programs/demo/audit")
                .then()
                .statusCode(404)
                .body("code", equalTo("program_not_found"));
        given().get("/v1/programs/nowhere/audit").then().statusCode(404).body("code", equalTo("program_not_found"));
        audit("?limit=200").body("items.findAll { it.program == null }", not(empty()));
    }
}
