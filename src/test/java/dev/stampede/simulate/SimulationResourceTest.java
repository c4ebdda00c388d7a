package dev.stampede.simulate;

import static io.restassured.RestAssured.given;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.nullValue;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.stampede.account.Image;
import dev.stampede.document.ProgramDocument;
import dev.stampede.http.Json;
import dev.stampede.http.Sandbox;
import dev.stampede.http.Simulated;
import dev.stampede.program.Timeline;
import dev.stampede.program.reading.DocumentReader;
import dev.stampede.support.Backends;
import dev.stampede.support.BackendsResource;
import io.quarkus.test.common.TestResourceScope;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Drafts of the coffee programme on a history of two members. That random histories come to what was sealed is tested
 * by {@code InvariantsOverHttpTest}.
 */
@QuarkusTest
@WithTestResource(value = BackendsResource.class, scope = TestResourceScope.GLOBAL)
@Tag("servers")
class SimulationResourceTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Instant FROM = Instant.parse("2026-12-01T08:00:00Z");
    private static final Instant TO = Instant.parse("2026-12-20T08:00:00Z");

    private Sandbox coffee;

    /** 70 + 120 points of a, of which 100 are paid; 130 of b; then 70 of each. */
    @BeforeEach
    void history() throws Exception {
        coffee = Sandbox.of("coffee", FROM.toString()).published();
        buy("a", "10.00"); // 20, and 50 for the first time
        coffee.moveTo("2026-12-08T20:00:00Z"); // a day of double stars
        buy("a", "30.00"); // 60 + 60
        buy("b", "20.00"); // 40 + 40, and 50 for the first time
        coffee.account("a").post("redeem", "{\"reward\":\"brewed\"}").then().statusCode(201);
        coffee.moveTo("2026-12-11T20:00:00Z"); // holidays
        buy("a", "20.00"); // 40 + 30
        coffee.moveTo("2026-12-12T20:00:00Z");
        buy("b", "20.00"); // 40 + 30
        coffee.moveTo(TO.toString());
    }

    @AfterEach
    void forget() throws Exception {
        coffee.close();
    }

    private void buy(String member, String amount) {
        coffee.account(member)
                .post("earn", "{\"amount\":\"" + amount + "\",\"currency\":\"USD\"}")
                .then()
                .statusCode(201);
    }

    private JsonNode simulated(JsonNode draft) throws Exception {
        return Simulated.by(coffee, FROM, TO, "'document':" + draft);
    }

    private ObjectNode draft() {
        return coffee.document().deepCopy();
    }

    @Test
    void theVersionInForceGivesWhatWasSealed() throws Exception {
        JsonNode result = Simulated.by(coffee, FROM, TO, "'version':1");

        assertEquals(0, result.at("/notReproduced/count").asLong());
        assertEquals(Simulated.side(result, true), Simulated.side(result, false));
        assertEquals(460, result.at("/before/earned").asLong());
        assertEquals(100, result.at("/before/redeemed").asLong());
        assertEquals(360, result.at("/before/outstanding").asLong());
        assertEquals(6, result.at("/operations").asLong());
        assertEquals(2, result.at("/members/same").asLong());
        assertEquals(60, result.at("/budgets/0/usedAfter").asLong());
        assertEquals(
                coffee.account("a").available() + coffee.account("b").available(),
                result.at("/after/outstanding").asLong());
    }

    @Test
    void aDraftWithThreeInsteadOfTwoGivesAsMuchAgain() throws Exception {
        ObjectNode draft = draft();
        ((ObjectNode) draft.at("/promotions/0/give")).put("multiply", "3");

        JsonNode result = simulated(draft);

        assertEquals(460, result.at("/before/earned").asLong());
        assertEquals(560, result.at("/after/earned").asLong());
        assertEquals(460, result.at("/after/outstanding").asLong());
        assertEquals(2, result.at("/members/up").asLong());
        assertEquals(0, result.at("/members/down").asLong());
        assertEquals(
                JSON.readTree("[{\"account\":\"a\",\"before\":260,\"after\":320},"
                        + "{\"account\":\"b\",\"before\":200,\"after\":240}]"),
                result.at("/members/largestUp"));
        JsonNode promotion = row(result.path("rules"), "rule", "promotion:double-star-day");
        assertEquals(100, promotion.path("before").asLong());
        assertEquals(200, promotion.path("after").asLong());
        JsonNode day = row(result.path("days"), "on", "2026-12-08");
        assertEquals(250, day.path("earnedBefore").asLong());
        assertEquals(350, day.path("earnedAfter").asLong());
        assertEquals(100, day.path("redeemedAfter").asLong());
        JsonNode green = row(result.path("tiers"), "tier", "green");
        assertEquals(560, green.path("earnedAfter").asLong());
        assertEquals(2, green.path("membersAfter").asLong());
    }

    private static JsonNode row(JsonNode rows, String field, String value) {
        for (JsonNode row : rows) {
            if (row.path(field).asText().equals(value)) {
                return row;
            }
        }
        throw new AssertionError("no " + value + " in " + rows);
    }

    @Test
    void whatTheDraftCannotPayIsDeclined() throws Exception {
        ObjectNode draft = draft();
        ((ObjectNode) draft.at("/rewards/1")).put("cost", 1000);

        JsonNode result = simulated(draft);

        assertEquals(1, result.at("/declinedRedeems/count").asLong());
        assertEquals(100, result.at("/declinedRedeems/points").asLong());
        assertEquals(1, result.at("/declinedRedeems/codes/insufficient_points").asLong());
        assertEquals(100, result.at("/before/redeemed").asLong());
        assertEquals(0, result.at("/after/redeemed").asLong());
        assertEquals(460, result.at("/after/outstanding").asLong());
    }

    /** 40 are enough for the first, and for a third of the second. */
    @Test
    void aSmallerBudgetRunsOut() throws Exception {
        ObjectNode draft = draft();
        ((ObjectNode) draft.at("/budgets/0")).put("total", 40);

        JsonNode result = simulated(draft);

        JsonNode budget = result.at("/budgets/0");
        assertEquals(60, budget.path("usedBefore").asLong());
        assertEquals(40, budget.path("usedAfter").asLong());
        assertEquals(440, result.at("/after/earned").asLong());
        Instant ranOut = Instant.parse(budget.path("ranOutAfter").asText());
        assertEquals(
                0,
                Duration.between(ranOut, Instant.parse("2026-12-12T20:00:00Z")).toMinutes() / 5);
        assertEquals(0, result.at("/notReproduced/count").asLong());
    }

    @Test
    void anotherTierAndAnotherRateChangeTheRest() throws Exception {
        ObjectNode draft = draft();
        ((ObjectNode) draft.at("/tiers/levels/1/qualify/any/0")).put("atLeast", 70);

        JsonNode result = simulated(draft);

        // a reaches gold with 80 on the 8th: 8 for the 40 of the 11th; b with 80 on the 12th
        assertEquals(468, result.at("/after/earned").asLong());
        assertEquals(
                2,
                row(result.path("tiers"), "tier", "gold").path("membersAfter").asLong());
        assertEquals(
                0,
                row(result.path("tiers"), "tier", "gold").path("membersBefore").asLong());
    }

    @Test
    void aPeriodBeginsWithWhatMembersHad() throws Exception {
        JsonNode result = Simulated.by(coffee, Instant.parse("2026-12-10T00:00:00Z"), TO, "'version':1");

        assertEquals(0, result.at("/notReproduced/count").asLong());
        assertEquals(140, result.at("/after/earned").asLong()); // no second welcome
        assertEquals(360, result.at("/after/outstanding").asLong());
    }

    @Test
    void aDocumentWithErrorsIsRefusedAsByAPublication() {
        Simulated.start(coffee, FROM, TO, "'document':{'format':'x'}")
                .then()
                .statusCode(422)
                .body("code", equalTo("program_invalid"))
                .body("findings[0].pointer", not(nullValue()));
        Simulated.start(coffee, FROM, TO, "'document':" + draft().put("program", "other"))
                .then()
                .statusCode(422)
                .body("findings[0].pointer", equalTo("/program"));
        Simulated.start(coffee, FROM, TO, "'document':" + draft().put("currency", "EUR"))
                .then()
                .statusCode(422)
                .body("findings[0].pointer", equalTo("/currency"));
        Simulated.start(coffee, FROM, TO, "'version':7").then().statusCode(404).body("code", equalTo("not_found"));
    }

    @Test
    void aPeriodIsOverAndAtMostAYear() {
        for (List<Instant> period : List.of(
                List.of(TO, FROM), List.of(FROM, TO.plusMillis(1)), List.of(TO.minus(Duration.ofDays(367)), TO))) {
            Simulated.start(coffee, period.get(0), period.get(1), "'version':1")
                    .then()
                    .statusCode(400)
                    .body("code", equalTo("malformed"));
        }
        Simulated.start(coffee, FROM, TO, "'version':1,'document':{}").then().statusCode(400);
    }

    @Test
    void itBelongsToItsProgramAndNeedsTheScope() throws Exception {
        String location = Simulated.start(coffee, FROM, TO, "'version':1").header("Location");
        assertEquals("done", Simulated.ended(location).path("state").asText());
        String id = location.substring(location.lastIndexOf('/') + 1);
        given().get("/v1/programs/demo/simulations/" + id).then().statusCode(404);
        given().get(coffee.path("simulations/" + UUID.randomUUID())).then().statusCode(404);
        given().get(coffee.path("simulations/x")).then().statusCode(404);
        // it has ended, and stays as it is
        given().delete(location).then().statusCode(202).body("state", equalTo("done"));

        String reader = Json.of(given().contentType("application/json")
                        .body("{\"name\":\"reader\",\"scopes\":[\"read\"]}")
                        .post(coffee.path("keys"))
                        .then()
                        .statusCode(201)
                        .extract()
                        .response())
                .getString("key");
        given().header("Authorization", "Bearer " + reader)
                .get(location)
                .then()
                .statusCode(403)
                .body("code", equalTo("forbidden"));
    }

    private Simulation of(int perSecond, long most) {
        byte[] text = coffee.document().toString().getBytes(StandardCharsets.UTF_8);
        ProgramDocument document =
                Objects.requireNonNull(DocumentReader.read(text).document());
        SimulationConfig config = new SimulationConfig() {
            @Override
            public Optional<String> jdbcUrl() {
                return Optional.empty();
            }

            @Override
            public int operationsPerSecond() {
                return perSecond;
            }

            @Override
            public long maxOperations() {
                return most;
            }
        };
        return new Simulation(UUID.randomUUID(), document, List.of(), FROM, TO, TO, this::connect, config);
    }

    private Connection connect() throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("ApplicationName", "simulated");
        return DriverManager.getConnection(Backends.shared().postgres().jdbcUrl(), properties);
    }

    @CanIgnoreReturnValue
    private String sql(String statement) throws SQLException {
        try (Connection connection =
                        DriverManager.getConnection(Backends.shared().postgres().jdbcUrl());
                Statement sql = connection.createStatement()) {
            if (!sql.execute(statement.replace("$program", "'" + program() + "'"))) {
                return "";
            }
            try (ResultSet row = sql.getResultSet()) {
                return row.next() ? String.valueOf(row.getString(1)) : "";
            }
        }
    }

    private String program() {
        return coffee.document().path("program").asText();
    }

    @Test
    void itKeepsToItsRateAndCanBeCancelled() throws Exception {
        Simulation slow = of(1, 1000);
        Thread thread = new Thread(slow);
        thread.start();
        await().until(() -> slow.operations() > 0);
        assertEquals(
                "0",
                sql("SELECT count(xact_start) FROM pg_stat_activity WHERE application_name = 'simulated'"),
                "a snapshot is kept while it waits");

        slow.cancel();
        thread.join(Duration.ofSeconds(5).toMillis());

        assertEquals(Simulation.State.CANCELLED, slow.end().state());
        assertNull(slow.end().result());
    }

    @Test
    void aStatementThatRunsIsCancelledToo() throws Exception {
        Simulation blocked = of(1000, 1000);
        Thread thread = new Thread(blocked);
        try (Connection other =
                        DriverManager.getConnection(Backends.shared().postgres().jdbcUrl());
                Statement statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.execute("LOCK TABLE budget IN ACCESS EXCLUSIVE MODE");
            thread.start();
            await().until(() -> sql("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'simulated'"
                            + " AND wait_event_type = 'Lock'")
                    .equals("1"));

            long began = System.nanoTime();
            blocked.cancel();

            assertEquals(Simulation.State.CANCELLED, blocked.end().state());
            assertTrue(Duration.ofNanos(System.nanoTime() - began).toMillis() < 2500);
            other.rollback();
        }
        thread.join();
    }

    /** Counts what is read. */
    private static final class Counting implements LedgerReader.Reader {
        private long rows;
        private long operations;

        @Override
        public void account(String account, Image before, Branch.Memory atFirst, Branch.Memory now) {}

        @Override
        public void operation(Step step) {
            operations++;
        }

        @Override
        public void end() {}

        @Override
        public void read(long more) {
            rows += more;
        }

        @Override
        public void looked(int accounts, double share) {}
    }

    /** Of a: 20 and 120 points, and a payment; of b one purchase. */
    @Test
    void ofTheTimeBeforeOnlyWhatBudgetsNeedIsRead() throws Exception {
        try (LedgerReader ledger = new LedgerReader(
                connect(),
                program(),
                Instant.parse("2026-12-10T00:00:00Z").toEpochMilli(),
                Instant.parse("2026-12-12T00:00:00Z").toEpochMilli())) {
            Counting states = new Counting();
            ledger.read(100, states, null);
            Counting all = new Counting();
            Map<Integer, Long> used = new HashMap<>();
            ledger.read(100, all, used);

            assertEquals(1, states.operations);
            assertEquals(4, all.rows - states.rows);
            assertTrue(used.isEmpty(), used::toString);
            Counting small = new Counting();
            ledger.read(1, small, null); // a page for each account
            assertEquals(states.operations, small.operations);
        }
    }

    /** As behind a PgBouncer that gives each transaction another connection. */
    @Test
    void itLeavesNothingInItsConnection() throws Exception {
        try (Connection connection = connect();
                LedgerReader ledger = new LedgerReader(connection, program(), 0, 1)) {
            assertTrue(ledger.budgets().size() > 0);
            connection.setReadOnly(false);
            try (Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery("SELECT current_setting('role') || ' '"
                            + " || current_setting('statement_timeout') || ' ' || current_setting('enable_seqscan')"
                            + " || ' ' || current_setting('default_transaction_read_only')")) {
                assertTrue(row.next());
                assertEquals("none 0 on off", row.getString(1));
            }
            connection.rollback();
        }
    }

    /** A timeline of 80 kB for each shared total would be a lot for a program with much stock. */
    @Test
    void onlyTheDraftsBudgetsAreFollowed() throws Exception {
        coffee.with("/rewards/1/stock", "{'total':5}").published();
        coffee.account("a").post("redeem", "{\"reward\":\"brewed\"}").then().statusCode(201);
        long until = TO.toEpochMilli() + 1;
        ProgramDocument document = Objects.requireNonNull(
                DocumentReader.read(coffee.document().toString().getBytes(StandardCharsets.UTF_8))
                        .document());
        try (LedgerReader ledger = new LedgerReader(connect(), program(), FROM.toEpochMilli(), until)) {
            Map<String, Integer> numbers = ledger.budgets();
            Comparison comparison = new Comparison(
                    ledger.timeline(),
                    Timeline.draft(document),
                    FROM.toEpochMilli(),
                    until,
                    numbers,
                    Map.of(),
                    of(100_000, 1000));
            ledger.read(100, comparison, null);
            Set<Integer> budgets =
                    document.budgets().stream().map(comparison::number).collect(Collectors.toSet());

            assertEquals(budgets, comparison.usedBefore.keySet());
            assertEquals(budgets, comparison.usedAfter.keySet());
        }
    }

    @Test
    void whatWasPaidIsWhatWasSealed() throws Exception {
        sql("UPDATE operation SET reversible = 90 WHERE program = $program AND type = 'redeem'");

        JsonNode result = Simulated.by(coffee, FROM, TO, "'version':1");

        assertEquals(90, result.at("/before/redeemed").asLong());
        assertEquals(100, result.at("/after/redeemed").asLong());
    }

    @Test
    void whatALaterReleaseHasWrittenIsNotGuessed() throws Exception {
        for (String which : List.of("type = 'redeem'", "account = 'a' AND version = 1")) {
            sql("UPDATE operation SET format = format + 10 WHERE program = $program AND " + which);
            JsonNode ended =
                    Simulated.ended(Simulated.start(coffee, Instant.parse("2026-12-05T00:00:00Z"), TO, "'version':1")
                            .header("Location"));
            assertEquals("failed", ended.path("state").asText());
            assertEquals(
                    "An operation of the period was written by a later release of the gateway.",
                    ended.path("detail").asText());
            sql("UPDATE operation SET format = format - 10 WHERE program = $program AND " + which);
        }
    }

    @Test
    void aVersionInAnotherCurrencyHasNoPrices() throws Exception {
        coffee.with("currency", "'CAD'").published();
        Instant later = TO.plus(Duration.ofDays(2));
        coffee.moveTo(later.toString());

        JsonNode ended =
                Simulated.ended(Simulated.start(coffee, FROM, TO, "'version':2").header("Location"));

        assertEquals("failed", ended.path("state").asText());
        assertEquals(
                "The purchases of the period are in USD: a version in CAD has no price for them.",
                ended.path("detail").asText());
        // half of it is in the other one
        JsonNode result = Simulated.by(coffee, FROM, later, "'version':2");
        assertEquals(5, result.at("/notPriced/codes/currency_mismatch").asLong());
        assertEquals(460, result.at("/before/earned").asLong());
        assertEquals(0, result.at("/after/earned").asLong());
    }

    @Test
    void aStandbyThatLagsIsTold() {
        assertNull(Simulation.reached(null, TO));
        assertNull(Simulation.reached(TO.toEpochMilli(), TO));
        assertEquals(FROM, Simulation.reached(FROM.toEpochMilli(), TO));
    }

    @Test
    void itGivesUpWhereThereIsTooMuch() {
        Simulation small = of(1000, 2);

        small.run();

        assertEquals(Simulation.State.FAILED, small.end().state());
        assertEquals(
                "The period has more than 2 operations, or half of that where a budget runs out. Choose a shorter"
                        + " one.",
                small.end().why());
    }
}
