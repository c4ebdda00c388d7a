package dev.stampede.http;

import static io.restassured.RestAssured.given;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.restassured.response.Response;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Simulations of a sandbox, as a caller runs them. */
public final class Simulated {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private Simulated() {}

    /** @param what the body without the period; single quotes will do */
    public static Response start(Sandbox sandbox, Instant from, Instant to, String what) {
        String period = ",\"from\":\"" + from + "\",\"to\":\"" + to + "\"}";
        return given().contentType("application/json")
                .body("{" + what.replace('\'', '"') + period)
                .post(sandbox.path("simulations"));
    }

    /** The result of one, which must come to one. */
    public static JsonNode by(Sandbox sandbox, Instant from, Instant to, String what) throws Exception {
        Response started = start(sandbox, from, to, what);
        assertEquals(202, started.statusCode(), started::asString);
        JsonNode ended = ended(started.header("Location"));
        assertEquals("done", ended.path("state").asText(), ended::toString);
        return ended.path("result");
    }

    /** The simulation when it has ended. */
    public static JsonNode ended(String location) throws Exception {
        long began = System.nanoTime();
        while (true) {
            JsonNode now = JSON.readTree(given().get(location).asString());
            if (!now.path("state").asText().equals("running") || System.nanoTime() - began > PATIENCE.toNanos()) {
                return now;
            }
            Thread.sleep(20);
        }
    }

    /** All that is told of one of the two sides. */
    public static List<JsonNode> side(JsonNode result, boolean before) {
        String suffix = before ? "Before" : "After";
        List<JsonNode> all = new ArrayList<>();
        all.add(result.path(before ? "before" : "after"));
        result.path("rules").forEach(rule -> all.add(rule.path(before ? "before" : "after")));
        for (String list : List.of("tiers", "days", "budgets")) {
            result.path(list)
                    .forEach(row -> row.properties().stream()
                            .filter(field -> field.getKey().endsWith(suffix))
                            .forEach(field -> all.add(field.getValue())));
        }
        return all;
    }
}
