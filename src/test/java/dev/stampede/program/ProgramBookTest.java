package dev.stampede.program;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.notNullValue;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.stampede.http.Api;
import dev.stampede.support.Backends;
import dev.stampede.support.BackendsResource;
import io.quarkus.test.common.TestResourceScope;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import jakarta.inject.Inject;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@QuarkusTest
@WithTestResource(value = BackendsResource.class, scope = TestResourceScope.GLOBAL)
@Tag("servers")
class ProgramBookTest {
    private static final String INSERT =
            "INSERT INTO program (id, currency, earn_rate, redeem_rate) VALUES ('%s', '%s', 1, 1)";

    @Inject
    ProgramBook book;

    @CanIgnoreReturnValue
    private static boolean sql(String statement) throws SQLException {
        try (var connection =
                        DriverManager.getConnection(Backends.shared().postgres().jdbcUrl());
                var sql = connection.createStatement()) {
            return sql.execute(statement);
        }
    }

    private int unreadable() {
        return book.unreadable();
    }

    private static int enrol(String program) {
        return Api.of(program, Api.fresh().account()).put().statusCode();
    }

    private static int earn(String program) {
        return Api.of(program, Api.fresh().account())
                .post("earn", "{\"points\":1}")
                .statusCode();
    }

    @AfterEach
    void asBefore() throws SQLException {
        sql("DELETE FROM program WHERE id IN ('unreadable', 'readable')");
        Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> unreadable() == 0);
    }

    /** The CHECK lets it in, and there is no such currency. */
    @Test
    void aRowThatMakesNoSenseHurtsItsOwnProgramOnly() throws Exception {
        sql(INSERT.formatted("unreadable", "ZZZ"));
        Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> unreadable() == 1);
        sql(INSERT.formatted("readable", "EUR"));
        Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> enrol("readable") == 201);
        assertEquals(201, earn("demo"));

        given().contentType("application/json")
                .header("Idempotency-Key", "k")
                .body("{\"points\":1}")
                .post(Api.of("unreadable", "m").path("earn"))
                .then()
                .statusCode(503)
                .header("Retry-After", notNullValue())
                .body("code", equalTo("unavailable"))
                .body("retryable", equalTo(true));
        Api.of("nowhere", "m").get().then().statusCode(404);
    }

    /** What was answered once is answered so for ever, whatever the rules have become. */
    @Test
    void aRetryIsAnsweredBeforeTheRulesOfTodayAre() throws Exception {
        sql(INSERT.formatted("readable", "EUR"));
        Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> enrol("readable") == 201);
        Api api = Api.of("readable", Api.fresh().account());
        String earn = "{\"amount\":\"30.50\",\"currency\":\"EUR\"}";
        String redeem = "{\"amount\":\"5.00\",\"currency\":\"EUR\"}";
        String id = api.post("earn", "k", earn).then().statusCode(201).extract().path("id");
        String spent =
                api.post("redeem", "r", redeem).then().statusCode(201).extract().path("id");
        String held =
                api.post("holds", "h", redeem).then().statusCode(201).extract().path("id");
        String given = api.post("operations/" + spent + "/reverse", "v", "{}")
                .then()
                .statusCode(201)
                .extract()
                .path("id");

        sql("UPDATE program SET currency = 'JPY' WHERE id = 'readable'");
        Awaitility.await()
                .atMost(Duration.ofSeconds(10))
                .until(() -> api.post("earn", Api.key(), earn).statusCode() == 422);
        replayed(api.post("earn", "k", earn), id);
        replayed(api.post("redeem", "r", redeem), spent);
        replayed(api.post("holds", "h", redeem), held);
        api.post("earn", "k", redeem).then().statusCode(422).body("code", equalTo("idempotency_key_reused"));
        api.post("earn", Api.key(), earn).then().statusCode(422).body("code", equalTo("currency_mismatch"));

        sql("DELETE FROM program WHERE id = 'readable'");
        Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> api.get().statusCode() == 404);
        replayed(api.post("earn", "k", earn), id);
        replayed(api.post("operations/" + spent + "/reverse", "v", "{}"), given);
        api.post("earn", Api.key(), earn).then().statusCode(404).body("code", equalTo("program_not_found"));
        api.post("earn", "k", "{").then().statusCode(400);
    }

    private static void replayed(Response answer, String id) {
        answer.then().statusCode(200).header("Idempotency-Replayed", "true").body("id", equalTo(id));
    }

    @Test
    void theLastRulesThatMadeSenseGoOnCounting() throws Exception {
        sql(INSERT.formatted("readable", "EUR"));
        Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> enrol("readable") == 201);
        sql("UPDATE program SET currency = 'ZZZ' WHERE id = 'readable'");
        Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> unreadable() == 1);
        Api.of("readable", "m")
                .post("earn", "{\"amount\":\"3.00\",\"currency\":\"EUR\"}")
                .then()
                .statusCode(201)
                .body("points", equalTo(3));

        sql("UPDATE program SET currency = 'EUR', earn_rate = 2 WHERE id = 'readable'");
        Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> unreadable() == 0);
        Api.of("readable", "m")
                .post("earn", "{\"amount\":\"3.00\",\"currency\":\"EUR\"}")
                .then()
                .statusCode(201)
                .body("points", equalTo(6));
    }
}
