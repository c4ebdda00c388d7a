package dev.stampede.story;

import static io.restassured.RestAssured.given;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.account.AccountId;
import dev.stampede.gateway.Gateway;
import dev.stampede.gateway.Sweep;
import dev.stampede.http.Api;
import dev.stampede.http.Json;
import dev.stampede.http.problem.ProblemCode;
import io.restassured.response.Response;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Does what a story says, line by line, and looks at what came of it. */
final class Teller {
    private static final List<String> BALANCES = List.of("available", "held", "pending", "debt", "lifetime");

    private final Story story;
    private final Gateway gateway;
    private final String currency;
    private Api api;
    private final Map<String, Call> calls = new HashMap<>();

    /** A call that was named: what was sent, and the operation that came of it. */
    private record Call(String path, String key, String body, String operation) {}

    /** The beginning of a body. */
    private static final String BY_HAND = "{\"reason\":\"story\"";

    Teller(Story story, Gateway gateway) {
        this.story = story;
        this.gateway = gateway;
        this.currency = Json.of(Programs.of(story)).getString("currency");
        this.api = Api.of(story.program(), "member");
    }

    void tell() {
        given().contentType("application/json")
                .body(Programs.of(story))
                .post("/v1/programs/" + story.program() + "/versions")
                .then()
                .statusCode(201);
        for (Story.Line line : story.lines()) {
            try {
                expect(line.expected(), act(line.words()));
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError(
                        story.name() + ".story:" + line.number() + ": " + String.join(" ", line.words()) + ": "
                                + e.getMessage(),
                        e);
            }
        }
    }

    // What is done ---------------------------------------------------------------------------------

    /** The answer, or null where nobody answers. */
    private Response act(List<String> words) {
        Words rest = new Words(words);
        return switch (rest.next()) {
            case "on" -> time(story.time(rest.next()));
            case "after" -> time(now().plus(seconds(rest.next())));
            case "enrol" -> api.put();
            case "earn" -> call("earn", "{" + amount(rest) + "}", rest);
            case "buy" -> {
                String body = "{" + Basket.read(rest, currency, story);
                yield call("earn", body + partner(rest) + "}", rest);
            }
            case "redeem" -> {
                String what = rest.skip("reward") ? "\"reward\":\"" + rest.next() + '"' : amount(rest);
                yield call("redeem", "{" + what + partner(rest) + "}", rest);
            }
            case "hold" -> {
                String amount = amount(rest);
                String ttl = rest.skip("for")
                        ? ",\"ttlSeconds\":" + seconds(rest.next()).toSeconds()
                        : "";
                yield call("holds", "{" + amount + ttl + "}", rest);
            }
            case "capture" -> {
                String path = "holds/" + operation(rest.next()) + "/capture";
                yield call(path, rest.number() ? "{" + amount(rest) + "}" : "{}", rest);
            }
            case "void" -> {
                if (rest.skip("key")) {
                    assertTrue(rest.skip("of"), "of?");
                    yield call("voids", "{\"key\":\"" + key(rest.next()) + "\"}", rest);
                }
                yield call("holds/" + operation(rest.next()) + "/void", "{}", rest);
            }
            case "reverse" -> {
                String path = "operations/" + operation(rest.next()) + "/reverse";
                yield call(path, rest.number() ? "{" + amount(rest) + "}" : "{}", rest);
            }
            case "return" -> {
                String quantity = rest.next();
                assertTrue(rest.skip("of"), "of?");
                String path = "operations/" + operation(rest.next()) + "/reverse";
                yield call(path, "{\"items\":[{\"line\":0,\"quantity\":\"" + quantity + "\"}]}", rest);
            }
            case "member" -> {
                api = Api.of(story.program(), rest.next());
                yield null;
            }
            case "set" -> set(rest.next(), rest.next());
            case "tier" -> {
                String tier = rest.next();
                assertTrue(rest.skip("to"), "to?");
                yield grant(tier, rest.next());
            }
            case "again" -> {
                Call call = calls.get(rest.next());
                yield api.post(call.path, call.key, call.body);
            }
            case "sweep" -> {
                Sweep.now(gateway);
                yield null;
            }
            case "freeze" -> call("freeze", BY_HAND + "}", rest);
            case "unfreeze" -> call("unfreeze", BY_HAND + "}", rest);
            case "close" -> call("close", BY_HAND + (rest.skip("forfeit") ? ",\"forfeit\":true}" : "}"), rest);
            case "adjust" -> {
                String points = ",\"points\":" + Long.parseLong(rest.next());
                yield call("adjust", BY_HAND + points + (rest.skip("debt") ? ",\"allowDebt\":true}" : "}"), rest);
            }
            case "balance" -> api.get();
            default -> throw new IllegalArgumentException("what is to be done?");
        };
    }

    private Response time(Instant now) {
        given().contentType("application/json")
                .body("{\"now\":\"" + now + "\"}")
                .put("/v1/programs/" + story.program() + "/clock")
                .then()
                .statusCode(200);
        return null;
    }

    private Instant now() {
        return Instant.ofEpochMilli(gateway.nowMs(account()));
    }

    private AccountId account() {
        return AccountId.of(story.program(), api.account());
    }

    private static Duration seconds(String text) {
        return Duration.parse("PT" + text);
    }

    /** {@code 100} points, or {@code 12.50 EUR}. */
    private String amount(Words rest) {
        String amount = rest.next();
        return rest.skip(currency)
                ? "\"amount\":\"" + amount + "\",\"currency\":\"" + currency + '"'
                : "\"points\":" + Long.parseLong(amount);
    }

    private static String partner(Words rest) {
        return rest.skip("at") ? ",\"partner\":\"" + rest.next() + '"' : "";
    }

    private Response set(String attribute, String value) {
        enrolled();
        return given().contentType("application/json")
                .header("If-Match", api.get().header("ETag"))
                .header("Idempotency-Key", Api.key())
                .body("{\"attributes\":{\"" + attribute + "\":\"" + value + "\"}}")
                .patch(api.path());
    }

    private Response grant(String tier, String until) {
        enrolled();
        return api.post("tier", "{\"tier\":\"" + tier + "\",\"until\":\"" + until + "\",\"reason\":\"a story\"}");
    }

    private void enrolled() {
        if (api.get().statusCode() == 404) {
            api.put().then().statusCode(201);
        }
    }

    private Response call(String path, String body, Words rest) {
        String name = rest.skip("as") ? rest.next() : null;
        rest.end();
        String key = name == null ? Api.key() : key(name);
        Response response = api.post(path, key, body);
        if (name != null) {
            String operation = response.statusCode() == 201
                    ? Json.of(response).getString("id")
                    : Json.of(response).getString("operation");
            calls.putIfAbsent(name, new Call(path, key, body, operation));
        }
        return response;
    }

    private String key(String name) {
        return story.program() + "/" + name;
    }

    /** The operation of that name; where there is none, an id that nothing has. */
    private String operation(String name) {
        Call call = calls.get(name);
        if (call == null && !name.equals("nothing")) {
            throw new IllegalArgumentException("there is no " + name);
        }
        return call == null ? "00000000-0000-7000-8000-000000000000" : call.operation;
    }

    // What is expected -----------------------------------------------------------------------------

    private void expect(List<String> expected, Response answer) {
        boolean refusal = expected.stream().anyMatch(Teller::isCode);
        if (answer != null) {
            assertEquals(refusal, answer.statusCode() >= 400, answer::asString);
        }
        Response there = api.get();
        Json balance = Json.of(there);
        if (answer != null && answer.statusCode() == 201 && there.statusCode() == 200) {
            String prefix = Json.of(answer).get("balance") == null ? "" : "balance.";
            for (String bucket : List.of("available", "held", "pending", "debt", "lifetimeEarned", "expiring")) {
                assertEquals(balance.get(bucket), Json.of(answer).get(prefix + bucket), "answered " + bucket);
            }
        }
        for (String what : expected) {
            Words words = new Words(List.of(what.split("\\s+")));
            String first = words.next();
            if (BALANCES.contains(first)) {
                String field = first.equals("lifetime") ? "lifetimeEarned" : first;
                assertEquals(Long.parseLong(words.next()), balance.getLong(field), first);
                words.end();
                continue;
            }
            switch (first) {
                case "lots" -> assertEquals(what, "lots " + lots(balance));
                case "did" -> assertEquals(what, "did " + entries(Json.of(answer)));
                case "moved" -> assertEquals(what, "moved " + Json.of(answer).getLong("points"));
                case "hold" -> assertEquals(what, "hold " + hold(Json.of(answer)));
                case "gives" -> assertEquals(what, "gives " + gave(Json.of(answer)));
                case "takes" -> assertEquals(what, "takes " + -gave(Json.of(answer)));
                case "why" -> assertEquals(what, "why " + why(Json.of(answer)));
                case "worth" -> assertEquals(what, "worth " + Json.of(answer).getString("value"));
                case "rate" -> assertEquals(what, "rate " + Json.of(answer).getString("rate"));
                case "tier" -> assertEquals(what, "tier " + balance.getString("tier.id"));
                case "until" -> assertEquals(what, "until " + balance.getString("tier.until"));
                case "measure" -> {
                    String measure = words.next();
                    assertEquals(words.next(), balance.getString("measures." + measure), what);
                }
                case "progress" ->
                    assertEquals(what, "progress " + words.next() + " " + progress(balance, what.split("\\s+")[1]));
                case "gifts" -> assertEquals(what, "gifts " + gifts(balance));
                case "replayed" -> assertEquals("true", answer.header("Idempotency-Replayed"));
                case "created" -> assertEquals(201, answer.statusCode());
                default -> assertEquals(first, Json.of(answer).getString("code"), answer.asString());
            }
        }
    }

    private static boolean isCode(String expectation) {
        return Arrays.stream(ProblemCode.values()).anyMatch(code -> code.code().equals(expectation));
    }

    private static String lots(Json balance) {
        List<Map<String, Object>> lots = balance.getList("expiring");
        return lots.isEmpty()
                ? "none"
                : lots.stream()
                        .map(lot -> lot.get("points") + " to " + lot.get("on"))
                        .collect(Collectors.joining(" and "));
    }

    /** Each entry, with what it did to the first bucket that it touched. */
    private static String entries(Json answer) {
        List<Map<String, Object>> entries = answer.getList("entries");
        return entries.isEmpty()
                ? "nothing"
                : entries.stream()
                        .map(entry -> entry.get("type") + " " + moved(entry))
                        .collect(Collectors.joining(" and "));
    }

    /** All that was given or taken, also what is pending or owed. */
    private static long gave(Json answer) {
        return answer.getList("entries").stream()
                .mapToLong(entry -> number(entry, "points")
                        + number(entry, "held")
                        + number(entry, "pending")
                        - number(entry, "debt"))
                .sum();
    }

    private static long number(Map<String, Object> of, String field) {
        return ((Number) of.get(field)).longValue();
    }

    private static String why(Json answer) {
        List<Map<String, Object>> rules = answer.getList("explanation");
        return rules.isEmpty()
                ? "nothing"
                : rules.stream()
                        .map(rule -> rule.get("rule").toString().replaceFirst("^.*:", "")
                                + (rule.get("count") == null ? " " + rule.get("points") : " x" + rule.get("count"))
                                + (rule.get("reason") == null ? "" : " " + rule.get("reason")))
                        .collect(Collectors.joining(" and "));
    }

    private static long progress(Json account, String promotion) {
        return account.getList("progress").stream()
                .filter(card -> card.get("promotion").equals(promotion))
                .mapToLong(card -> number(card, "count"))
                .sum();
    }

    private static String gifts(Json account) {
        List<Map<String, Object>> gifts = account.get("gifts") == null ? List.of() : account.getList("gifts");
        return gifts.isEmpty()
                ? "none"
                : gifts.stream()
                        .map(gift -> gift.get("reward") + " " + gift.get("count"))
                        .collect(Collectors.joining(" and "));
    }

    private static Object moved(Map<String, Object> entry) {
        for (String bucket : List.of("points", "held", "pending", "debt")) {
            if (((Number) entry.get(bucket)).longValue() != 0) {
                return entry.get(bucket);
            }
        }
        return 0;
    }

    private static String hold(Json answer) {
        String state = answer.getString("hold.state");
        return state.equals("captured") ? state + " " + answer.getLong("hold.captured") : state;
    }
}
