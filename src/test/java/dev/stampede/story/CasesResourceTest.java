package dev.stampede.story;

import static io.restassured.RestAssured.given;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stampede.http.Api;
import dev.stampede.support.Backends;
import dev.stampede.support.BackendsResource;
import dev.stampede.support.LedgerCheck;
import dev.stampede.support.WorkedCase;
import io.quarkus.test.common.TestResourceScope;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The worked examples of the contract, over HTTP: each in a sandbox of its own, at the times that it names. */
@QuarkusTest
@WithTestResource(value = BackendsResource.class, scope = TestResourceScope.GLOBAL)
@Tag("servers")
@Tag("long")
class CasesResourceTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    private static final Map<String, String> STEPS_LATER = Map.of("statement", "what partners owe each other");

    /** Of what is expected: nothing tells it, but what a later step gives depends on it. */
    private static final Set<String> BY_TIME = Set.of("release", "mature", "expire", "payoff");

    private static final Set<String> NOT_TOLD = Set.of("counters");

    static Stream<WorkedCase> cases() {
        return WorkedCase.all().stream();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void comesOutAsWorked(WorkedCase worked) {
        new Run(worked).play();
    }

    @Test
    void noneIsForgotten() {
        assertEquals(24, WorkedCase.all().size());
    }

    @AfterAll
    static void theLedgerIsConsistent() {
        new LedgerCheck(Backends.shared().postgres().jdbcUrl()).consistent();
    }

    private static final class Run {
        private final WorkedCase worked;
        private final ObjectNode document;
        private final String program;
        private final String currency;
        private final Map<String, String> operations = new HashMap<>();
        private Instant now;

        Run(WorkedCase worked) {
            this.worked = worked;
            this.program = "case-" + worked.id();
            this.document = worked.document().put("program", program);
            this.currency = document.path("currency").asText();
            this.now = Instant.parse(document.path("sandbox").path("now").asText());
        }

        Response publish() {
            return given().contentType("application/json")
                    .body(document.toString())
                    .post("/v1/programs/" + program + "/versions");
        }

        void play() {
            Response published = publish();
            assertEquals(201, published.statusCode(), published.asString());
            // a clock only goes forwards, and members do not see each other
            List<JsonNode> steps = new ArrayList<>();
            worked.steps().forEach(steps::add);
            steps.sort(
                    Comparator.comparing(step -> Instant.parse(step.path("at").asText())));
            for (JsonNode step : steps) {
                if (STEPS_LATER.keySet().stream().noneMatch(step::has)) {
                    moveTo(Instant.parse(step.path("at").asText()));
                    if (step.has("budget")) {
                        checkBudget(step);
                    } else {
                        check(step);
                    }
                }
            }
        }

        private void moveTo(Instant at) {
            if (at.isAfter(now)) {
                given().contentType("application/json")
                        .body("{\"now\":\"" + at + "\"}")
                        .put("/v1/programs/" + program + "/clock")
                        .then()
                        .statusCode(200);
                now = at;
            }
        }

        private void checkBudget(JsonNode step) {
            Response budgets = given().get("/v1/programs/" + program + "/budgets");
            assertEquals(200, budgets.statusCode(), budgets.asString());
            for (JsonNode budget : json(budgets).path("items")) {
                if (budget.path("id").equals(step.path("budget"))) {
                    assertEquals(step.path("expect").path("used"), budget.path("used"), step + "\n" + budget);
                    assertEquals(
                            budget.path("total").asLong(),
                            budget.path("used").asLong() + budget.path("left").asLong());
                    return;
                }
            }
            throw new AssertionError(step + "\n" + budgets.asString());
        }

        private void check(JsonNode step) {
            Api api = Api.of(program, step.path("who").asText());
            Response response = act(api, step);
            JsonNode answer = json(response);
            String what = step + "\n" + response.asString();
            JsonNode expect = step.path("expect");
            if (expect.has("refused")) {
                assertEquals(expect.path("refused"), answer.path("code"), what);
                return;
            }
            assertTrue(response.statusCode() < 300, what);
            if (step.has("as")) {
                operations.put(step.path("as").asText(), answer.path("id").asText());
            }
            JsonNode account = step.has("quote") ? answer : json(api.get());
            expect.fields().forEachRemaining(each -> {
                if (!NOT_TOLD.contains(each.getKey())) {
                    compare(each.getKey(), each.getValue(), answer, account, what + "\n" + account);
                }
            });
        }

        private static JsonNode json(Response response) {
            try {
                return JSON.readTree(response.asString());
            } catch (JsonProcessingException e) {
                throw new AssertionError(response.asString(), e);
            }
        }

        private Response act(Api api, JsonNode step) {
            String kind = Stream.of("earn", "redeem", "quote", "reverse", "reverseRedeem", "enrol", "attributes")
                    .filter(step::has)
                    .findFirst()
                    .orElse(step.has("grantTier") ? "grantTier" : "view");
            String operation = "operations/" + operations.get(step.path("op").asText()) + "/reverse";
            return switch (kind) {
                case "earn", "redeem" -> api.post(kind, body(step.path(kind)));
                case "quote" ->
                    given().contentType("application/json")
                            .body(WorkedCase.body(step.path(kind), currency)
                                    .put("account", api.account())
                                    .toString())
                            .post("/v1/programs/" + program + "/quote");
                case "reverse" -> api.post(operation, body(step.path(kind)));
                case "reverseRedeem" -> api.post(operation, "{}");
                case "enrol" -> api.put();
                case "attributes" -> {
                    api.put().then().statusCode(201);
                    yield given().contentType("application/json")
                            .header("If-Match", api.get().header("ETag"))
                            .header("Idempotency-Key", Api.key())
                            .body("{\"attributes\":" + step.path(kind) + "}")
                            .patch(api.path());
                }
                case "grantTier" -> {
                    api.put().then().statusCode(201);
                    yield api.post(
                            "tier",
                            "{\"tier\":\"%s\",\"until\":\"%s\",\"reason\":\"a case\"}"
                                    .formatted(
                                            step.path(kind).asText(),
                                            step.path("until").asText()));
                }
                default -> api.get();
            };
        }

        private String body(JsonNode written) {
            return WorkedCase.body(written, currency).toString();
        }

        private static void compare(String field, JsonNode expected, JsonNode answer, JsonNode account, String what) {
            switch (field) {
                case "points" -> assertEquals(expected.asLong(), points(answer), what);
                case "value" -> assertEquals(expected.asLong(), minor(answer.path("value")), what);
                case "rate" -> assertEquals(expected, answer.path("rate"), what);
                case "explanation" -> {
                    List<JsonNode> left = new ArrayList<>();
                    answer.path("explanation").forEach(left::add);
                    expected.forEach(entry -> {
                        JsonNode found = left.stream()
                                .filter(told -> says(told, entry))
                                .findFirst()
                                .orElseThrow(() -> new AssertionError(what));
                        left.remove(found);
                    });
                    assertEquals(List.of(), left, what);
                }
                case "available", "pending", "debt" ->
                    assertEquals(expected.asLong(), account.path(field).asLong(), what);
                case "tier" -> assertEquals(expected, account.path("tier").path("id"), what);
                case "tierUntil" -> assertEquals(expected, account.path("tier").path("until"), what);
                case "measures" ->
                    expected.fields()
                            .forEachRemaining(each -> assertEquals(
                                    each.getValue().asLong(),
                                    minor(account.path(field).path(each.getKey())),
                                    what));
                case "progress" ->
                    expected.fields()
                            .forEachRemaining(each -> assertEquals(
                                    Map.of(each.getKey(), each.getValue().asLong()),
                                    sums(account.path(field), "promotion", each.getKey()),
                                    what));
                case "grants" -> {
                    Map<String, Long> gifts = new TreeMap<>();
                    expected.fields()
                            .forEachRemaining(each ->
                                    gifts.put(each.getKey(), each.getValue().asLong()));
                    assertEquals(gifts, sums(account.path("gifts"), "reward", ""), what);
                }
                default -> throw new AssertionError("what is " + field + "?");
            }
        }

        /**
         * All that was given or taken, also what is pending or owed; {@code points} is only what became available. What
         * time had done before comes first, and does not count.
         */
        private static long points(JsonNode answer) {
            if (!answer.has("entries")) {
                return answer.path("points").asLong();
            }
            long sum = 0;
            boolean isOwn = false;
            for (JsonNode entry : answer.path("entries")) {
                isOwn |= !BY_TIME.contains(entry.path("type").asText());
                sum += !isOwn
                        ? 0
                        : entry.path("points").asLong()
                                + entry.path("held").asLong()
                                + entry.path("pending").asLong()
                                - entry.path("debt").asLong();
            }
            return sum;
        }

        /** @param only its count; empty for those of all */
        private static Map<String, Long> sums(JsonNode list, String id, String only) {
            Map<String, Long> sums = new TreeMap<>();
            list.forEach(each -> {
                if (only.isEmpty() || each.path(id).asText().equals(only)) {
                    sums.merge(each.path(id).asText(), each.path("count").asLong(), Long::sum);
                }
            });
            return sums;
        }

        private static boolean says(JsonNode told, JsonNode expected) {
            return Stream.of("rule", "points", "count", "reason")
                    .filter(expected::has)
                    .allMatch(field -> told.path(field).equals(expected.path(field)));
        }

        /** Money is told as a decimal in quotes. */
        private static long minor(JsonNode told) {
            return told.isTextual()
                    ? new BigDecimal(told.asText()).movePointRight(2).longValueExact()
                    : told.asLong(-1);
        }
    }
}
