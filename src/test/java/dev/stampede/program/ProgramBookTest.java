package dev.stampede.program;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.notNullValue;
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
import jakarta.inject.Inject;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@QuarkusTest
@WithTestResource(value = BackendsResource.class, scope = TestResourceScope.GLOBAL)
@Tag("servers")
class ProgramBookTest {
    private static final String THREE_EUROS = "{\"amount\":\"3.00\",\"currency\":\"EUR\"}";

    @Inject
    ProgramBook book;

    private static Connection owner() throws SQLException {
        return DriverManager.getConnection(Backends.shared().postgres().jdbcUrl());
    }

    @CanIgnoreReturnValue
    private static boolean sql(String statement) throws SQLException {
        try (Connection connection = owner();
                var sql = connection.createStatement()) {
            return sql.execute(statement);
        }
    }

    private static void insert(TestProgram program, int version) throws SQLException {
        try (Connection connection = owner()) {
            program.insert(connection, version);
        }
    }

    private static ConditionFactory soon() {
        return Awaitility.await().atMost(Duration.ofSeconds(10));
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
        sql("DELETE FROM program_version WHERE program IN ('unreadable', 'readable')");
        soon().until(() -> unreadable() == 0 && enrol("readable") == 404);
    }

    @Test
    void aDocumentThatMakesNoSenseHurtsItsOwnProgramOnly() throws Exception {
        insert(TestProgram.of("unreadable").with("currency", "\"ZZZ\""), 1);
        soon().until(() -> unreadable() == 1);
        insert(TestProgram.of("readable"), 1);
        soon().until(() -> enrol("readable") == 201);
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
        given().get("/v1/programs/unreadable").then().statusCode(503);
        Api.of("nowhere", "m").get().then().statusCode(404);

        insert(TestProgram.of("unreadable"), 2);
        soon().until(() -> unreadable() == 0);
        assertEquals(201, earn("unreadable"));
    }

    /** Such as too much that an account could have to remember: the version was accepted, and prices. */
    @Test
    void aVersionThatWouldNotBeAcceptedTodayStaysInForce() throws Exception {
        String limit = "{\"id\": \"l%d\", \"on\": \"earn\", \"of\": \"uses\", \"max\": 9, \"per\": \"day\"}";
        String text = "{\"id\": \"t%d\", \"type\": \"text\", \"maxLength\": 200}";
        TestProgram program =
                TestProgram.of("readable").with("limits", many(16, limit)).with("attributes", many(5, text));
        given().contentType("application/json")
                .body(program.document())
                .post("/v1/programs/readable/versions?dryRun=true")
                .then()
                .statusCode(422)
                .body("findings.code", hasItem("state_too_big"));
        insert(program, 1);
        soon().until(() -> enrol("readable") == 201);

        Api api = Api.of("readable", Api.fresh().account());
        String earn = api.post("earn", THREE_EUROS)
                .then()
                .statusCode(201)
                .body("points", equalTo(3))
                .extract()
                .path("id");
        // the first question to the history of a process takes longer on a slow machine
        soon().untilAsserted(() -> api.get("operations/" + earn + "/explanation")
                .then()
                .statusCode(200)
                .body("complete", equalTo(true)));
        given().contentType("application/json")
                .body("{\"amount\":\"3.00\",\"currency\":\"EUR\",\"version\":1}")
                .post("/v1/programs/readable/quote")
                .then()
                .statusCode(200)
                .body("points", equalTo(3));
    }

    private static String many(int number, String format) {
        return IntStream.range(0, number).mapToObj(format::formatted).collect(Collectors.joining(",", "[", "]"));
    }

    /** What was answered once is answered so for ever, whatever the rules have become. */
    @Test
    void aRetryIsAnsweredBeforeTheRulesOfTodayAre() throws Exception {
        insert(TestProgram.of("readable"), 1);
        soon().until(() -> enrol("readable") == 201);
        Api api = Api.of("readable", Api.fresh().account());
        String earn = "{\"amount\":\"30.50\",\"currency\":\"EUR\"}";
        String redeem = "{\"amount\":\"0.05\",\"currency\":\"EUR\"}";
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

        insert(TestProgram.of("readable").with("currency", "\"JPY\""), 2);
        soon().until(() -> api.post("earn", Api.key(), earn).statusCode() == 422);
        replayed(api.post("earn", "k", earn), id);
        replayed(api.post("redeem", "r", redeem), spent);
        replayed(api.post("holds", "h", redeem), held);
        api.post("earn", "k", redeem).then().statusCode(422).body("code", equalTo("idempotency_key_reused"));
        api.post("earn", Api.key(), earn).then().statusCode(422).body("code", equalTo("currency_mismatch"));

        sql("DELETE FROM program_version WHERE program = 'readable'");
        soon().until(() -> api.get().statusCode() == 404);
        replayed(api.post("earn", "k", earn), id);
        replayed(api.post("operations/" + spent + "/reverse", "v", "{}"), given);
        api.post("earn", Api.key(), earn).then().statusCode(404).body("code", equalTo("program_not_found"));
        api.post("earn", "k", "{").then().statusCode(400);
    }

    private static void replayed(Response answer, String id) {
        answer.then().statusCode(200).header("Idempotency-Replayed", "true").body("id", equalTo(id));
    }

    /** A version that takes effect tomorrow stops nothing today, and what was not there is not missed. */
    @Test
    void aVersionCountsFromItsTimeOn() throws Exception {
        insert(TestProgram.of("readable"), 1);
        sql("INSERT INTO program_version (program, version, document, effective_from, published_at)"
                + " VALUES ('readable', 2, '{}', now() + interval '1 day', now())");
        soon().until(() -> unreadable() == 1);
        assertEquals(201, earn("readable"));
        sql("UPDATE program_version SET effective_from = now() + interval '2 days', published_at = now()"
                + " WHERE program = 'readable' AND version = 1");
        soon().until(() -> earn("readable") == 404);
        given().get("/v1/programs/readable").then().statusCode(404);
    }

    /** Somebody may be publishing: what is priced now could be priced otherwise elsewhere. */
    @Test
    void withoutAConfirmedListNothingIsPricedAndAllIsReplayed() throws Exception {
        Api api = Api.fresh();
        String id = api.post("earn", "k", THREE_EUROS)
                .then()
                .statusCode(201)
                .extract()
                .path("id");
        try (Connection publisher = owner();
                var lock = publisher.createStatement()) {
            publisher.setAutoCommit(false);
            lock.execute("SELECT pg_advisory_xact_lock(6, 1)");

            soon().until(() -> api.post("earn", Api.key(), THREE_EUROS).statusCode() == 503);
            api.post("earn", Api.key(), "{\"points\":1}")
                    .then()
                    .statusCode(503)
                    .body("code", equalTo("unavailable"))
                    .body("retryable", equalTo(true));
            replayed(api.post("earn", "k", THREE_EUROS), id);
            api.get().then().statusCode(200);
            given().get("/v1/programs/demo").then().statusCode(200).body("version", equalTo(1));
        }
        soon().until(() -> api.post("earn", Api.key(), THREE_EUROS).statusCode() == 201);
    }

    /** Whoever comes when nothing is confirmed for a moment is not refused, but served as soon as the list was read. */
    @Test
    void aCallWaitsForTheListToBeConfirmed() {
        Api api = Api.fresh();
        // a slow machine may take longer to confirm than the call waits
        Awaitility.await()
                .atMost(Duration.ofMinutes(1))
                .until(() -> sentWhileUnconfirmed(api).join() == 201);
        soon().until(() -> book.waiting() == 0);
    }

    private CompletableFuture<Integer> sentWhileUnconfirmed(Api api) throws SQLException {
        try (Connection publisher = owner();
                var lock = publisher.createStatement()) {
            publisher.setAutoCommit(false);
            lock.execute("SELECT pg_advisory_xact_lock(6, 1)");
            soon().until(() ->
                    book.confirmed("demo", System.currentTimeMillis()).found() == InForce.Not.CONFIRMED);
            var sent = CompletableFuture.supplyAsync(
                    () -> api.post("earn", Api.key(), THREE_EUROS).statusCode());
            soon().until(() -> book.waiting() > 0 || sent.isDone());
            return sent;
        }
    }
}
