package dev.stampede.http.server;

import static io.restassured.RestAssured.given;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.stampede.http.Api;
import dev.stampede.http.Json;
import dev.stampede.http.Sandbox;
import dev.stampede.http.Simulated;
import dev.stampede.support.Backends;
import dev.stampede.support.BackendsResource;
import dev.stampede.support.LedgerCheck;
import dev.stampede.support.TestKey;
import io.quarkus.test.common.TestResourceScope;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.restassured.response.Response;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Every operation of the served document, with bodies that its schemas allow, and with bodies, parameters and keys that
 * were changed in one place. Whatever is sent, the answer is one that the document has, and the ledger stays true. A
 * failure names its seed. Longer: {@code -Dstampede.mutations=2000}.
 */
@QuarkusTest
@WithTestResource(value = BackendsResource.class, scope = TestResourceScope.GLOBAL)
@Tag("servers")
class MutatedCallsResourceTest {
    private static final int FEW = Integer.getInteger("stampede.mutations", 12);
    private static final int MANY = 300;
    private static final long SEED = Long.getLong("stampede.seed", 20_261_130);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String HOLD = "{\"points\":1}";
    private static final String PROBLEM = "application/problem+json";

    /** What only a fault would tell. */
    private static final Pattern INTERNALS = Pattern.compile(
            "Exception|\\tat |\\bdev\\.stampede|\\bjava\\.|io\\.vertx|io\\.quarkus|SQLSTATE|org\\.hibernate|ERR ");

    /** Those that need a code that only another call has, or points of an account that wrong codes have frozen. */
    private static final int MOST_WITHOUT_SUCCESS = 10;

    private static final List<String> STRANGE = List.of(
            "",
            " ",
            "-1",
            "0",
            "x",
            "null",
            "true",
            "1e9",
            "\u0000",
            "\uD83D\uDE00",
            "a b",
            "9".repeat(30),
            "a".repeat(300));

    @TestHTTPResource(value = "/metrics", management = true)
    URI metrics;

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private Random random = new Random(SEED);
    private final Set<String> succeeded = new TreeSet<>();

    private record Operation(String id, String method, String path, JsonNode described) {
        JsonNode schema() {
            return described.at("/requestBody/content/application~1json/schema");
        }

        boolean hasBody() {
            return !schema().isMissingNode();
        }
    }

    private static List<Operation> operations(JsonNode api) {
        List<Operation> operations = new ArrayList<>();
        api.get("paths")
                .properties()
                .forEach(path -> path.getValue().properties().forEach(method -> {
                    if (method.getValue().has("operationId")) {
                        operations.add(new Operation(
                                method.getValue().get("operationId").asText(),
                                method.getKey().toUpperCase(Locale.ROOT),
                                path.getKey(),
                                method.getValue()));
                    }
                }));
        return operations;
    }

    @Test
    void eachIsAnsweredAsTheDocumentSays() throws Exception {
        eachIsAnswered(FEW, SEED);
    }

    @Test
    @Tag("long")
    void soAreManyOfEach() throws Exception {
        eachIsAnswered(MANY, ThreadLocalRandom.current().nextLong());
    }

    private void eachIsAnswered(int calls, long seed) throws Exception {
        random = new Random(seed);
        JsonNode api = JSON.readTree(given().get("/q/openapi?format=json").asString());
        List<Operation> operations = operations(api);
        MutatedBody bodies = new MutatedBody(api, random);
        try (Sandbox sandbox = Sandbox.of("demo", "2027-01-01T00:00:00Z").published();
                Sandbox clock = Sandbox.of("demo", "2027-01-01T00:00:00Z").published()) {
            Map<String, String> there = there(sandbox);
            for (Operation operation : operations) {
                Map<String, String> own = new HashMap<>(there);
                if (operation.id.equals("setClock")) {
                    own.put("program", clock.document().get("program").asText());
                } else if (operation.id.equals("voidHold")) {
                    own.put("hold", there.get("another"));
                } else if (operation.id.equals("closeAccount") || operation.id.endsWith("freezeAccount")) {
                    own.put("account", operation.id.equals("closeAccount") ? "closed" : "frozen");
                }
                try {
                    play(operation, calls, own, bodies, sandbox.document());
                } catch (AssertionError | IOException e) {
                    throw new AssertionError("-Dstampede.seed=" + seed + ": " + e.getMessage(), e);
                }
            }
        } finally {
            forgetFailedClaims();
        }
        Set<String> all = new TreeSet<>();
        operations.forEach(operation -> all.add(operation.id));
        all.removeAll(succeeded);
        assertTrue(all.size() <= MOST_WITHOUT_SUCCESS, () -> "never successful: " + all);
        assertEquals(0.0, inFlight());
        new LedgerCheck(Backends.shared().postgres().jdbcUrl()).consistent();
    }

    /** What the paths name: an account with points, a hold and an operation of it, and a key. */
    private static Map<String, String> there(Sandbox sandbox) {
        Api api = sandbox.account("m-1");
        String purchase = "{\"amount\":\"5000.00\",\"currency\":\"EUR\"}";
        String operation = made(api.post("earn", purchase));
        made(sandbox.account("closed").post("earn", purchase));
        made(sandbox.account("frozen").post("earn", purchase));
        String key = made(given().contentType("application/json")
                .body("{\"name\":\"of the mutations\",\"scopes\":[\"read\"]}")
                .post(sandbox.path("keys")));
        Map<String, String> there = new HashMap<>();
        there.put("program", sandbox.document().get("program").asText());
        there.put("account", "m-1");
        there.put("operation", operation);
        there.put("hold", made(api.post("holds", HOLD)));
        there.put("another", made(api.post("holds", HOLD)));
        there.put("key", key);
        there.put(
                "simulation",
                Json.of(Simulated.start(
                                        sandbox,
                                        Instant.parse("2026-12-31T00:00:00Z"),
                                        Instant.parse("2027-01-01T00:00:00Z"),
                                        "'version':1")
                                .then()
                                .statusCode(202)
                                .extract()
                                .response())
                        .getString("id"));
        there.put("version", "1");
        there.put("code", "7K3M-9QXA-ZT2W-4HBN");
        return there;
    }

    @CanIgnoreReturnValue
    private static String made(Response response) {
        return Json.of(response.then().statusCode(201).extract().response()).getString("id");
    }

    private void play(Operation operation, int calls, Map<String, String> there, MutatedBody bodies, JsonNode document)
            throws Exception {
        List<JsonNode> valid = new ArrayList<>();
        if (operation.id.equals("publishVersion")) {
            valid.add(document);
        } else if (operation.hasBody()) {
            JsonNode content = operation.described.at("/requestBody/content/application~1json");
            for (JsonNode example : content.path("examples")) {
                JsonNode value = example.get("value");
                valid.add(value.isTextual() ? JSON.readTree(value.asText()) : value);
            }
            for (int i = 0; i < 4; i++) {
                valid.add(bodies.valid(operation.schema()));
            }
        }
        for (JsonNode body : valid) {
            send(operation, there, false, body.toString());
        }
        if (valid.isEmpty()) {
            send(operation, there, false, null);
        }
        for (int i = 0; i < calls; i++) {
            boolean ofBody = !valid.isEmpty() && random.nextInt(6) > 0;
            String body = valid.isEmpty()
                    ? null
                    : bodies.mutated(valid.get(random.nextInt(valid.size())), operation.schema());
            send(
                    operation,
                    there,
                    !ofBody,
                    ofBody || body == null ? body : valid.get(0).toString());
        }
    }

    private void send(Operation operation, Map<String, String> there, boolean changed, String body)
            throws IOException, InterruptedException {
        String path = operation.path;
        StringBuilder query = new StringBuilder();
        HttpRequest.Builder request = HttpRequest.newBuilder().timeout(Duration.ofSeconds(20));
        JsonNode parameters = operation.described.path("parameters");
        int strange = changed && !parameters.isEmpty() ? random.nextInt(parameters.size()) : -1;
        for (int i = 0; i < parameters.size(); i++) {
            JsonNode parameter = parameters.get(i);
            String name = parameter.get("name").asText();
            String value = there.getOrDefault(name, parameter.path("example").asText());
            if (name.equals("Idempotency-Key")) {
                value = Api.key();
            }
            if (i == strange) {
                value = STRANGE.get(random.nextInt(STRANGE.size()));
            }
            switch (parameter.get("in").asText()) {
                case "path" -> path = path.replace("{" + name + "}", value.isEmpty() ? "x" : encoded(value));
                case "query" -> {
                    if (i == strange || random.nextInt(4) == 0) {
                        query.append(query.isEmpty() ? '?' : '&')
                                .append(name)
                                .append('=')
                                .append(encoded(value));
                    }
                }
                default -> {
                    if (name.equals("Idempotency-Key") || i == strange || random.nextInt(4) == 0) {
                        request.header(name, value.replaceAll("[^ -~]", "?"));
                    }
                }
            }
        }
        if (changed && random.nextInt(8) == 0) {
            query.append(query.isEmpty() ? '?' : '&').append("nonsense=1");
        }
        request.uri(URI.create(RestAssured.baseURI + ":" + RestAssured.port + path + query))
                .header(TestKey.HEADER, TestKey.BEARER)
                .method(
                        operation.method,
                        body == null
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofString(body, StandardCharsets.UTF_8));
        if (body != null) {
            request.header("Content-Type", "application/json");
        }
        HttpResponse<InputStream> response = http.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
        check(operation, path + query, body, response);
    }

    private static String encoded(String value) {
        return URLEncoder.encode(value, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private void check(Operation operation, String path, String body, HttpResponse<InputStream> response)
            throws IOException {
        String type = response.headers().firstValue("content-type").orElse("");
        String said;
        try (InputStream in = response.body()) {
            said = type.startsWith("text/event-stream") ? "" : new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
        int status = response.statusCode();
        String which = operation.method + " " + path + " " + (body == null ? "" : shortened(body)) + ": " + status + " "
                + shortened(said);
        JsonNode described = operation.described.get("responses").path(Integer.toString(status));
        assertTrue(status < 500 || status == 503, which);
        assertFalse(described.isMissingNode(), "not described: " + which);
        assertTrue(response.headers().firstValue("X-Request-Id").isPresent(), which);
        if (status < 400) {
            succeeded.add(operation.id);
            return;
        }
        assertEquals(PROBLEM, type.replaceFirst(";.*", ""), which);
        JsonNode problem = JSON.readTree(said);
        assertEquals(status, problem.path("status").asInt(), which);
        String code = problem.path("code").asText();
        assertTrue(described.path("content").path(PROBLEM).path("examples").has(code), "not described: " + which);
        assertFalse(INTERNALS.matcher(said).find(), which);
        if (status == 503) {
            assertTrue(response.headers().firstValue("Retry-After").isPresent(), which);
        }
    }

    private static String shortened(String text) {
        return text.length() <= 400 ? text : text.substring(0, 300) + "... (" + text.length() + ")";
    }

    private double inFlight() throws IOException, InterruptedException {
        return http.send(HttpRequest.newBuilder(metrics).build(), HttpResponse.BodyHandlers.ofString())
                .body()
                .lines()
                .filter(line -> line.startsWith("stampede_in_flight"))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    /** Codes of pairings that were guessed here would be counted against those that are typed elsewhere. */
    private static void forgetFailedClaims() throws SQLException {
        try (var postgres =
                        DriverManager.getConnection(Backends.shared().postgres().jdbcUrl());
                var sql = postgres.createStatement()) {
            sql.execute("UPDATE claim_failures SET latest = '{}', refused_until = NULL");
        }
    }
}
