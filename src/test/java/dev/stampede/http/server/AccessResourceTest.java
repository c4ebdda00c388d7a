package dev.stampede.http.server;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.startsWith;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.stampede.access.KeyText;
import dev.stampede.access.Scope;
import dev.stampede.http.CredentialMeter;
import dev.stampede.http.Json;
import dev.stampede.http.Sandbox;
import dev.stampede.support.Backends;
import dev.stampede.support.BackendsResource;
import dev.stampede.support.TestIssuer;
import dev.stampede.support.TestKey;
import io.quarkus.test.common.TestResourceScope;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.jose4j.jwt.NumericDate;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Every operation of the served document, with every kind of credential: what becomes of a call follows from the
 * document's {@code security} alone. However a call that is refused is written, the refusal is the same.
 */
@QuarkusTest
@WithTestResource(value = BackendsResource.class, scope = TestResourceScope.GLOBAL)
@Tag("servers")
class AccessResourceTest {
    private static final String KEYS = "/v1/programs/demo/keys";
    private static final String ACCOUNT = "of-the-matrix";
    private static final String OTHER_PROGRAM = "program_not_found";
    private static final Map<String, String> PARAMETERS = Map.of(
            "program", "demo",
            "account", ACCOUNT,
            "hold", "019aa6c5-7a3c-7e5b-9b1f-9e788194395f",
            "operation", "019aa6c5-7a3c-7e5b-9b1f-9e788194395f",
            "code", "7K3M-9QXA-ZT2W-4HBN",
            "version", "1",
            "simulation", "019aa6c5-7a3c-7e5b-9b1f-9e788194395f",
            "key", "000000000000");

    /** Their answers are of all programs: a key of one program does not see them. */
    private static final Set<String> OF_ALL_PROGRAMS = Set.of("streamLive", "getLiveHistory");

    @TestHTTPResource(value = "/metrics", management = true)
    URI metrics;

    private final HttpClient http = HttpClient.newHttpClient();

    /** @param scopes of which one allows it */
    private record Call(String id, String method, String path, Set<String> scopes) {}

    /** @param code of the refusal; null for none */
    private record Answer(int status, String code) {}

    /** Those that need a credential. */
    private static List<Call> calls() throws IOException {
        return all().stream().filter(call -> !call.scopes.isEmpty()).toList();
    }

    private static List<Call> all() throws IOException {
        JsonNode api = new ObjectMapper()
                .readTree(given().get("/q/openapi?format=json").asString());
        List<Call> calls = new ArrayList<>();
        api.get("paths")
                .properties()
                .forEach(path -> path.getValue().properties().forEach(method -> {
                    if (method.getValue().has("operationId")) {
                        Set<String> scopes = new TreeSet<>();
                        method.getValue()
                                .path("security")
                                .forEach(either -> either.fieldNames().forEachRemaining(scopes::add));
                        String filled = path.getKey();
                        for (var parameter : PARAMETERS.entrySet()) {
                            filled = filled.replace("{" + parameter.getKey() + "}", parameter.getValue());
                        }
                        calls.add(new Call(
                                method.getValue().get("operationId").asText(),
                                method.getKey().toUpperCase(Locale.ROOT),
                                filled,
                                scopes));
                    }
                }));
        return calls;
    }

    private static Json made(String path, String fields) {
        return Json.of(given().contentType("application/json")
                .body("{\"name\":\"of the matrix\"," + fields + "}")
                .post(path)
                .then()
                .statusCode(201)
                .extract()
                .response());
    }

    @CanIgnoreReturnValue
    private static String rotated(String id, int overlapSeconds) {
        return given().contentType("application/json")
                .body("{\"overlapSeconds\":" + overlapSeconds + "}")
                .post(KEYS + "/" + id + "/rotate")
                .then()
                .statusCode(201)
                .extract()
                .path("key");
    }

    /** The values of the header that are no credentials, by what is wrong with them; null: there is no header. */
    private static Map<String, String> invalid() throws InterruptedException {
        String all = "\"scopes\":[\"read\",\"earn\",\"redeem\",\"hold\",\"reverse\",\"adjust\",\"program\",\"keys\"]";
        Json there = made(KEYS, all);
        Json revoked = made(KEYS, all);
        given().delete(KEYS + "/" + revoked.getString("id")).then().statusCode(204);
        Json rotated = made(KEYS, all);
        rotated(rotated.getString("id"), 1);
        Json dropped = made(KEYS, all);
        rotated(dropped.getString("id"), 600);
        given().delete(KEYS + "/" + dropped.getString("id") + "/previous")
                .then()
                .statusCode(204);
        Json expired = made(KEYS, all + ",\"expiresAt\":\"" + Instant.now().plusMillis(800) + "\"");
        Thread.sleep(1200);
        String text = there.getString("key");
        Map<String, String> invalid = new LinkedHashMap<>();
        invalid.put("none", null);
        invalid.put("basic", "Basic dXNlcjpwYXNzd29yZA==");
        invalid.put("no scheme", text);
        invalid.put("garbage", "Bearer \"'<>%00");
        invalid.put("unsigned JWT", "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJtLTEifQ.");
        invalid.put(
                "wrong checksum", "Bearer " + text.substring(0, text.length() - 1) + (text.endsWith("0") ? "1" : "0"));
        invalid.put("unknown id", "Bearer " + KeyText.fresh(false, new Random()).text());
        invalid.put(
                "wrong secret",
                "Bearer "
                        + KeyText.with(false, there.getString("id"), new Random())
                                .text());
        invalid.put("expired", "Bearer " + expired.getString("key"));
        invalid.put("revoked", "Bearer " + revoked.getString("key"));
        invalid.put("previous after its overlap", "Bearer " + rotated.getString("key"));
        invalid.put("previous that was dropped", "Bearer " + dropped.getString("key"));
        String member = TestIssuer.member(ACCOUNT);
        invalid.put("changed JWT", member.substring(0, member.length() - 8) + "AAAAAAAA");
        invalid.put("half a JWT", member.substring(0, member.lastIndexOf('.')));
        invalid.put("expired JWT", TestIssuer.member(ACCOUNT, claims -> {
            claims.setIssuedAt(NumericDate.fromSeconds(1_700_000_000));
            claims.setExpirationTime(NumericDate.fromSeconds(1_700_000_600));
        }));
        invalid.put(
                "JWT of another issuer", TestIssuer.member(ACCOUNT, claims -> claims.setIssuer("https://x.example")));
        invalid.put("JWT for others", TestIssuer.member(ACCOUNT, claims -> claims.setAudience("shop")));
        invalid.put("JWT without an account", TestIssuer.member(ACCOUNT, claims -> claims.unsetClaim("sub")));
        invalid.put("long JWT", TestIssuer.member(ACCOUNT, claims -> claims.setClaim("x", "x".repeat(4096))));
        return invalid;
    }

    @Test
    void withoutACredentialNothingIsTold() throws Exception {
        List<Call> calls = calls();
        long before = operations();
        for (var credential : invalid().entrySet()) {
            for (Call call : calls) {
                refusedHoweverWritten(
                        call, credential.getKey(), credential.getValue(), new Answer(401, "unauthenticated"));
            }
        }
        assertEquals(before, operations());
        assertEquals(0.0, inFlight());
    }

    @Test
    void oneScopeAllowsWhatTheDocumentSays() throws Exception {
        List<Call> calls = calls();
        for (Scope scope : Scope.values()) {
            String key = "Bearer "
                    + made(KEYS, "\"scopes\":[\"" + scope.code() + "\"]").getString("key");
            long before = operations();
            for (Call call : calls) {
                if (!call.scopes.contains(scope.code())) {
                    refusedHoweverWritten(call, scope.code(), key, new Answer(403, "forbidden"));
                }
            }
            assertEquals(before, operations());
            for (Call call : calls) {
                if (call.scopes.contains(scope.code()) && OF_ALL_PROGRAMS.contains(call.id)) {
                    assertEquals(new Answer(403, "forbidden"), send(call.method, call.path, key, null), call.id);
                    assertEquals(200, send(call.method, call.path, TestKey.BEARER, null).status, call.id);
                } else if (call.scopes.contains(scope.code())) {
                    Answer answer = send(call.method, call.path, key, "{}");
                    assertTrue(
                            answer.status != 401 && answer.status != 403 && answer.status != 500,
                            () -> call + " with " + scope + ": " + answer);
                }
            }
        }
        assertEquals(0.0, inFlight());
    }

    @Test
    void anotherProgramIsNotThere() throws Exception {
        List<Call> calls = calls();
        try (Sandbox sandbox = Sandbox.of("coffee", "2027-01-01T00:00:00Z").published()) {
            String all =
                    "\"scopes\":[\"read\",\"earn\",\"redeem\",\"hold\",\"reverse\",\"adjust\",\"program\",\"keys\"]";
            String key = "Bearer " + made(sandbox.path("keys"), all).getString("key");
            String nothing = "Bearer "
                    + made(sandbox.path("keys"), "\"scopes\":[\"keys\"]").getString("key");
            long before = operations();
            for (Call call : calls) {
                if (call.path.startsWith("/v1/programs/demo")) {
                    refusedHoweverWritten(call, "other program", key, new Answer(404, OTHER_PROGRAM));
                    refusedHoweverWritten(call, "other program, no scope", nothing, new Answer(404, OTHER_PROGRAM));
                }
            }
            assertEquals(before, operations());
        }
    }

    /** A member reads his own account, and pays if his token says so; nobody else's account is there. */
    @Test
    void aMemberHasOneAccount() throws Exception {
        List<Call> calls = calls();
        long before = operations();
        for (Map.Entry<String, Set<String>> member : Map.of(
                        TestIssuer.member(ACCOUNT), Set.of("member"),
                        TestIssuer.paying(ACCOUNT), Set.of("member", "memberPaying"))
                .entrySet()) {
            for (Call call : calls) {
                if (call.scopes.stream().noneMatch(member.getValue()::contains)) {
                    refusedHoweverWritten(call, "member", member.getKey(), new Answer(403, "forbidden"));
                } else {
                    Answer answer = send(call.method, call.path, member.getKey(), "{}");
                    assertTrue(
                            answer.status != 401 && answer.status != 403 && answer.status != 500,
                            () -> call + " of " + member + ": " + answer);
                }
            }
        }
        String another = TestIssuer.paying("another");
        for (Call call : calls) {
            if (call.path.contains(ACCOUNT)) {
                refusedHoweverWritten(call, "another member", another, new Answer(404, "account_not_found"));
            }
        }
        assertEquals(before, operations());
        Answer notHis = new Answer(404, "account_not_found");
        assertEquals(notHis, send("GET", "/v1/programs/demo/rewards?account=" + ACCOUNT, another, null));
        String quote = "/v1/programs/demo/quote";
        String euro = "\"amount\":\"1.00\",\"currency\":\"EUR\"";
        assertEquals(notHis, send("POST", quote, another, "{" + euro + ",\"account\":\"" + ACCOUNT + "\"}"));
        assertEquals(new Answer(403, "forbidden"), send("POST", quote, another, "{" + euro + ",\"version\":1}"));
        assertEquals(new Answer(200, null), send("POST", quote, another, "{" + euro + "}"));
    }

    /** A till that has no key yet asks for one. */
    @Test
    void onlyAClaimNeedsNoCredential() throws Exception {
        assertEquals(
                List.of("claimPairing"),
                all().stream()
                        .filter(call -> call.scopes.isEmpty())
                        .map(Call::id)
                        .toList());
        for (String credential : new String[] {null, "Bearer x", TestKey.BEARER}) {
            assertEquals(
                    new Answer(400, "malformed"), send("POST", "/v1/pairings/claim", credential, "{}"), credential);
        }
        for (String path : List.of("/v1/pairings", "/v1/pairings/claim", "/v1/pairings/claim/x")) {
            assertEquals(new Answer(401, "unauthenticated"), send("GET", path, null, null), path);
        }
    }

    /** What nobody has described is refused, too, before it is told that it is not there. */
    @Test
    void whatIsNotThereNeedsACredentialToo() throws Exception {
        for (String path :
                List.of("/", "/v1", "/v1/programs/demo/nothing", "/v2", "/favicon.ico", "/v1/../q/openapi")) {
            assertEquals(new Answer(401, "unauthenticated"), send("GET", path, null, null), path);
        }
        for (String path : List.of("/q/openapi", "/q/../v1/programs", "/q/..%2fv1/programs", "/q/;/../v1/programs")) {
            Answer answer = send("GET", path, null, null);
            assertEquals(
                    path.equals("/q/openapi") ? new Answer(200, null) : new Answer(400, "malformed"), answer, path);
        }
    }

    private void refusedHoweverWritten(Call call, String credential, String authorization, Answer expected)
            throws Exception {
        String path = call.path;
        int last = path.lastIndexOf('/');
        List<String> written = List.of(
                path,
                path + ";x",
                path.substring(0, last) + "/" + path.substring(last),
                path.substring(0, last) + "/x/%2e%2e" + path.substring(last),
                path.substring(0, 3) + "/./" + path.substring(4));
        for (String each : written) {
            assertEquals(
                    expected, send(call.method, each, authorization, "{}"), () -> each + " " + call + " " + credential);
        }
        assertEquals(
                expected, send(call.method, path, authorization, null), () -> "no body: " + call + " " + credential);
        if (call.method.equals("GET")) {
            assertEquals(
                    expected.status,
                    send("HEAD", path, authorization, null).status,
                    () -> "HEAD " + call + " " + credential);
        }
    }

    private Answer send(String method, String path, String authorization, String body) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://localhost:" + RestAssured.port + path))
                .timeout(Duration.ofSeconds(20))
                .header("Idempotency-Key", "k")
                .method(
                        method,
                        body == null || method.equals("GET")
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofString(body));
        if (body != null) {
            request.header("Content-Type", "application/json");
        }
        if (authorization != null) {
            request.header(TestKey.HEADER, authorization);
        }
        HttpResponse<InputStream> response = http.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
        try (InputStream in = response.body()) {
            boolean problem =
                    response.headers().firstValue("Content-Type").orElse("").startsWith("application/problem+json");
            String text =
                    problem && !method.equals("HEAD") ? new String(in.readAllBytes(), StandardCharsets.UTF_8) : null;
            return new Answer(
                    response.statusCode(), text == null ? null : Json.of(text).getString("code"));
        }
    }

    private static long operations() throws SQLException {
        try (var postgres =
                        DriverManager.getConnection(Backends.shared().postgres().jdbcUrl());
                var sql = postgres.createStatement();
                var rows = sql.executeQuery("SELECT count(*) FROM operation WHERE account = '" + ACCOUNT + "'")) {
            rows.next();
            return rows.getLong(1);
        }
    }

    @Test
    void whatBecameOfCredentialsIsCounted() throws Exception {
        String all = "\"scopes\":[\"read\"]";
        Json reads = made(KEYS, all);
        Json revoked = made(KEYS, all);
        given().delete(KEYS + "/" + revoked.getString("id")).then().statusCode(204);
        String account = "/v1/programs/demo/accounts/" + ACCOUNT;
        Map<String, Runnable> calls = new LinkedHashMap<>();
        calls.put("kind=\"key\",result=\"missing\"", () -> sent(account, null));
        calls.put("kind=\"key\",result=\"malformed\"", () -> sent(account, "Basic eDp5"));
        calls.put(
                "kind=\"key\",result=\"unknown\"",
                () -> sent(
                        account, "Bearer " + KeyText.fresh(false, new Random()).text()));
        calls.put("kind=\"key\",result=\"revoked\"", () -> sent(account, "Bearer " + revoked.getString("key")));
        calls.put("kind=\"key\",result=\"forbidden\"", () -> sent(KEYS, "Bearer " + reads.getString("key")));
        calls.put(
                "kind=\"key\",result=\"other_program\"",
                () -> sent("/v1/programs/coffee", "Bearer " + reads.getString("key")));
        calls.put("kind=\"key\",result=\"ok\"", () -> sent(account, TestKey.BEARER));
        calls.put("kind=\"member\",result=\"other_account\"", () -> sent(account, TestIssuer.member("another")));
        calls.put("kind=\"member\",result=\"ok\"", () -> sent(account, TestIssuer.member(ACCOUNT)));
        for (Map.Entry<String, Runnable> call : calls.entrySet()) {
            String metric = "stampede_auth_total{" + call.getKey() + "}";
            double before = metric(metric);
            call.getValue().run();
            assertEquals(before + 1, metric(metric), metric);
        }
    }

    /** Whoever watches the log finds a key that was stolen; nobody finds its secret there. */
    @Test
    void theLogNamesAKeyThatIsRefused() throws Exception {
        String reads = "\"scopes\":[\"read\"]";
        Json forbidden = made(KEYS, reads);
        Json revoked = made(KEYS, reads);
        given().delete(KEYS + "/" + revoked.getString("id")).then().statusCode(204);
        Json expired = made(KEYS, reads + ",\"expiresAt\":\"" + Instant.now().plusMillis(800) + "\"");
        Json certificate = made(KEYS, reads + ",\"certificateSha256\":\"" + "ab".repeat(32) + "\"");
        String wrong =
                KeyText.with(false, forbidden.getString("id"), new Random()).text();
        Thread.sleep(1200);
        List<String> lines = new CopyOnWriteArrayList<>();
        Handler handler = new Handler() {
            @Override
            public void publish(LogRecord line) {
                lines.add(line.getMessage());
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        Logger log = Logger.getLogger(CredentialMeter.class.getName());
        log.addHandler(handler);
        try {
            for (Json key : List.of(forbidden, revoked, expired, certificate)) {
                sent(KEYS, "Bearer " + key.getString("key"));
            }
            sent("/v1/programs/coffee", "Bearer " + forbidden.getString("key"));
            sent(KEYS, "Bearer " + wrong);
            sent(KEYS, TestIssuer.member(ACCOUNT));
        } finally {
            log.removeHandler(handler);
        }
        List<String> expected = List.of(
                "(forbidden), key " + forbidden.getString("id"),
                "(revoked), key " + revoked.getString("id"),
                "(expired), key " + expired.getString("id"),
                "(certificate), key " + certificate.getString("id"),
                "(other_program), key " + forbidden.getString("id"),
                "(unknown), key unknown",
                "(forbidden), key unknown");
        assertEquals(expected.size(), lines.size(), lines::toString);
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            assertTrue(line.endsWith(expected.get(i)), line);
            for (Json key : List.of(forbidden, revoked, expired, certificate)) {
                assertFalse(line.contains(key.getString("key").substring(22, 65)), line);
            }
        }
    }

    private static void sent(String path, String credential) {
        given().header(TestKey.HEADER, credential == null ? "" : credential)
                .get(path)
                .then()
                .contentType(startsWith("application/"));
    }

    private double inFlight() {
        return metric("stampede_in_flight");
    }

    private double metric(String name) {
        return given().get(metrics)
                .asString()
                .lines()
                .filter(line -> line.startsWith(name))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }
}
