package dev.stampede.http.server;

import static dev.stampede.http.problem.ProblemCode.*;
import static io.restassured.RestAssured.given;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.stampede.gateway.Unavailable;
import dev.stampede.http.problem.Problem;
import dev.stampede.http.problem.ProblemCode;
import dev.stampede.http.request.BodyReader;
import dev.stampede.http.request.CallReader;
import dev.stampede.points.Refusal;
import dev.stampede.support.BackendsResource;
import io.quarkus.test.common.TestResourceScope;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.swagger.v3.parser.OpenAPIV3Parser;
import io.swagger.v3.parser.core.models.ParseOptions;
import io.swagger.v3.parser.core.models.SwaggerParseResult;
import jakarta.ws.rs.HttpMethod;
import jakarta.ws.rs.Path;
import java.io.File;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Holds the served description of the API against the code, in both directions. */
@QuarkusTest
@WithTestResource(value = BackendsResource.class, scope = TestResourceScope.GLOBAL)
@Tag("servers")
class ApiDocumentTest {
    /** What every call can answer, what every writing call can, and what every POST can. */
    private static final Set<ProblemCode> ALL = EnumSet.of(
            UNAUTHENTICATED,
            FORBIDDEN,
            PROGRAM_NOT_FOUND,
            MALFORMED,
            NOT_ACCEPTABLE,
            MISDIRECTED_REQUEST,
            EXPECTATION_FAILED,
            RATE_LIMITED,
            UNAVAILABLE,
            INTERNAL);

    private static final Set<ProblemCode> LIST = EnumSet.of(
            UNAUTHENTICATED,
            FORBIDDEN,
            MALFORMED,
            NOT_ACCEPTABLE,
            MISDIRECTED_REQUEST,
            EXPECTATION_FAILED,
            RATE_LIMITED,
            UNAVAILABLE,
            INTERNAL);

    private static final Set<ProblemCode> WRITING = with(
            ALL,
            REQUEST_TIMEOUT,
            PAYLOAD_TOO_LARGE,
            UNSUPPORTED_MEDIA_TYPE,
            UNKNOWN_FIELD,
            OVERLOADED,
            OUTCOME_UNKNOWN);
    private static final Set<ProblemCode> POST =
            with(WRITING, IDEMPOTENCY_KEY_MISSING, IDEMPOTENCY_KEY_REUSED, ACCOUNT_FROZEN, ACCOUNT_CLOSED, VOIDED);
    private static final Set<ProblemCode> KEYS = with(
            ALL,
            REQUEST_TIMEOUT,
            PAYLOAD_TOO_LARGE,
            UNSUPPORTED_MEDIA_TYPE,
            UNKNOWN_FIELD,
            OVERLOADED,
            OUTCOME_UNKNOWN);
    private static final Set<ProblemCode> OF_MEMBER_CODE = with(
            ALL,
            REQUEST_TIMEOUT,
            PAYLOAD_TOO_LARGE,
            UNSUPPORTED_MEDIA_TYPE,
            UNKNOWN_FIELD,
            OVERLOADED,
            MEMBER_CODE_INVALID,
            MEMBER_CODE_EXPIRED);
    private static final Map<String, Set<ProblemCode>> CODES = Map.ofEntries(
            Map.entry("listPrograms", LIST),
            Map.entry("getProgram", ALL),
            Map.entry("listRewards", with(ALL, ACCOUNT_NOT_FOUND)),
            Map.entry(
                    "quoteEarn",
                    with(
                            ALL,
                            REQUEST_TIMEOUT,
                            PAYLOAD_TOO_LARGE,
                            UNSUPPORTED_MEDIA_TYPE,
                            UNKNOWN_FIELD,
                            INVALID_AMOUNT,
                            UNKNOWN_ACTION,
                            PARTNER_UNKNOWN,
                            CURRENCY_MISMATCH,
                            PROGRAM_INVALID,
                            OCCURRED_AT_OUT_OF_RANGE,
                            UNKNOWN_ATTRIBUTE,
                            OVERLOADED,
                            NOT_FOUND,
                            ACCOUNT_NOT_FOUND,
                            ACCOUNT_FROZEN)),
            Map.entry("listBudgets", ALL),
            Map.entry("listVersions", with(ALL, OVERLOADED)),
            Map.entry("getVersion", with(ALL, NOT_FOUND, OVERLOADED)),
            Map.entry(
                    "publishVersion",
                    with(
                            ALL,
                            REQUEST_TIMEOUT,
                            PAYLOAD_TOO_LARGE,
                            UNSUPPORTED_MEDIA_TYPE,
                            PROGRAM_INVALID,
                            OVERLOADED,
                            OUTCOME_UNKNOWN,
                            VERSION_CONFLICT,
                            BUDGET_TOO_SMALL)),
            Map.entry(
                    "startSimulation",
                    with(
                            ALL,
                            REQUEST_TIMEOUT,
                            PAYLOAD_TOO_LARGE,
                            UNSUPPORTED_MEDIA_TYPE,
                            UNKNOWN_FIELD,
                            INVALID_AMOUNT,
                            PROGRAM_INVALID,
                            NOT_FOUND,
                            OVERLOADED)),
            Map.entry("getSimulation", with(ALL, NOT_FOUND)),
            Map.entry("cancelSimulation", with(ALL, NOT_FOUND)),
            Map.entry("getCode", with(ALL, OVERLOADED, CODE_NOT_FOUND)),
            Map.entry(
                    "useCode",
                    with(
                            ALL,
                            REQUEST_TIMEOUT,
                            PAYLOAD_TOO_LARGE,
                            UNSUPPORTED_MEDIA_TYPE,
                            IDEMPOTENCY_KEY_MISSING,
                            UNKNOWN_FIELD,
                            OVERLOADED,
                            OUTCOME_UNKNOWN,
                            CODE_NOT_FOUND,
                            IDEMPOTENCY_KEY_REUSED,
                            CODE_USED,
                            CODE_EXPIRED)),
            Map.entry("listKeys", with(ALL, OVERLOADED)),
            Map.entry("getKey", with(ALL, OVERLOADED, KEY_NOT_FOUND)),
            Map.entry("createKey", with(KEYS, INVALID_AMOUNT)),
            Map.entry("rotateKey", with(KEYS, INVALID_AMOUNT, KEY_NOT_FOUND, KEY_REVOKED, ROTATION_PENDING)),
            Map.entry("dropPreviousSecret", with(ALL, OVERLOADED, OUTCOME_UNKNOWN, KEY_NOT_FOUND)),
            Map.entry("revokeKey", with(ALL, OVERLOADED, OUTCOME_UNKNOWN, KEY_NOT_FOUND, LAST_KEY)),
            Map.entry("createPairing", with(KEYS, INVALID_AMOUNT)),
            Map.entry("searchProgram", with(ALL, OVERLOADED)),
            Map.entry("getStatus", LIST),
            Map.entry("getLiveHistory", LIST),
            Map.entry("streamLive", with(LIST, OVERLOADED)),
            Map.entry("listAudit", with(ALL, OVERLOADED)),
            Map.entry(
                    "claimPairing",
                    EnumSet.of(
                            MALFORMED,
                            NOT_ACCEPTABLE,
                            MISDIRECTED_REQUEST,
                            EXPECTATION_FAILED,
                            UNAVAILABLE,
                            INTERNAL,
                            REQUEST_TIMEOUT,
                            PAYLOAD_TOO_LARGE,
                            UNSUPPORTED_MEDIA_TYPE,
                            RATE_LIMITED,
                            UNKNOWN_FIELD,
                            OVERLOADED,
                            OUTCOME_UNKNOWN,
                            PAIRING_NOT_FOUND)),
            Map.entry("createMemberCode", with(ALL, REQUEST_TIMEOUT, PAYLOAD_TOO_LARGE, OVERLOADED)),
            Map.entry("identifyMember", OF_MEMBER_CODE),
            Map.entry("resolveMemberCode", OF_MEMBER_CODE),
            Map.entry("createStreamTicket", with(ALL, REQUEST_TIMEOUT, PAYLOAD_TOO_LARGE, OVERLOADED)),
            Map.entry("getClock", with(ALL, NOT_A_SANDBOX)),
            Map.entry(
                    "setClock",
                    with(
                            ALL,
                            REQUEST_TIMEOUT,
                            PAYLOAD_TOO_LARGE,
                            UNSUPPORTED_MEDIA_TYPE,
                            UNKNOWN_FIELD,
                            OVERLOADED,
                            OUTCOME_UNKNOWN,
                            NOT_A_SANDBOX,
                            CLOCK_GOES_BACK)),
            Map.entry(
                    "enrolAccount",
                    with(WRITING, UNKNOWN_ATTRIBUTE, PRECONDITION_FAILED, ACCOUNT_CLOSED, LIMIT_EXCEEDED)),
            Map.entry(
                    "updateAttributes",
                    with(
                            WRITING,
                            UNKNOWN_ATTRIBUTE,
                            ACCOUNT_NOT_FOUND,
                            PRECONDITION_FAILED,
                            IDEMPOTENCY_KEY_REUSED,
                            ACCOUNT_CLOSED,
                            VOIDED,
                            LIMIT_EXCEEDED)),
            Map.entry("listHolds", with(ALL, ACCOUNT_NOT_FOUND, OVERLOADED)),
            Map.entry("getHold", with(ALL, ACCOUNT_NOT_FOUND, HOLD_NOT_FOUND, OVERLOADED)),
            Map.entry("getAccount", with(ALL, ACCOUNT_NOT_FOUND)),
            Map.entry("listLots", with(ALL, ACCOUNT_NOT_FOUND)),
            Map.entry("explainOperation", with(ALL, ACCOUNT_NOT_FOUND, OPERATION_NOT_FOUND, NOT_FOUND, OVERLOADED)),
            Map.entry("streamBalances", with(ALL, ACCOUNT_NOT_FOUND, OVERLOADED)),
            Map.entry("listOperations", with(ALL, ACCOUNT_NOT_FOUND, OUTCOME_UNKNOWN)),
            Map.entry("getOperation", with(ALL, ACCOUNT_NOT_FOUND, OPERATION_NOT_FOUND)),
            Map.entry(
                    "earnPoints",
                    with(
                            POST,
                            INVALID_AMOUNT,
                            UNKNOWN_ACTION,
                            PARTNER_UNKNOWN,
                            CURRENCY_MISMATCH,
                            OCCURRED_AT_OUT_OF_RANGE,
                            UNKNOWN_ATTRIBUTE,
                            ACCOUNT_NOT_FOUND,
                            REFERENCE_USED,
                            LIMIT_EXCEEDED)),
            Map.entry(
                    "redeemPoints",
                    with(
                            POST,
                            INVALID_AMOUNT,
                            PARTNER_UNKNOWN,
                            REWARD_NOT_FOUND,
                            CURRENCY_MISMATCH,
                            MEMBER_CODE_REQUIRED,
                            MEMBER_CODE_INVALID,
                            MEMBER_CODE_EXPIRED,
                            ACCOUNT_NOT_FOUND,
                            MEMBER_CODE_USED,
                            REWARD_UNAVAILABLE,
                            NOT_REDEEMABLE_HERE,
                            BELOW_MINIMUM,
                            NOT_A_STEP,
                            LIMIT_EXCEEDED,
                            OUT_OF_STOCK,
                            INSUFFICIENT_POINTS)),
            Map.entry(
                    "holdPoints",
                    with(
                            POST,
                            INVALID_AMOUNT,
                            PARTNER_UNKNOWN,
                            REWARD_NOT_FOUND,
                            CURRENCY_MISMATCH,
                            MEMBER_CODE_REQUIRED,
                            MEMBER_CODE_INVALID,
                            MEMBER_CODE_EXPIRED,
                            ACCOUNT_NOT_FOUND,
                            MEMBER_CODE_USED,
                            REWARD_UNAVAILABLE,
                            NOT_REDEEMABLE_HERE,
                            BELOW_MINIMUM,
                            NOT_A_STEP,
                            LIMIT_EXCEEDED,
                            OUT_OF_STOCK,
                            INSUFFICIENT_POINTS)),
            Map.entry(
                    "adjustPoints", with(POST, INVALID_AMOUNT, ACCOUNT_NOT_FOUND, LIMIT_EXCEEDED, INSUFFICIENT_POINTS)),
            Map.entry("freezeAccount", with(POST, ACCOUNT_NOT_FOUND)),
            Map.entry("unfreezeAccount", with(POST, ACCOUNT_NOT_FOUND)),
            Map.entry("closeAccount", with(POST, ACCOUNT_NOT_FOUND, POINTS_LEFT)),
            Map.entry("grantTier", with(POST, ACCOUNT_NOT_FOUND, LIMIT_EXCEEDED)),
            Map.entry(
                    "captureHold",
                    with(
                            POST,
                            INVALID_AMOUNT,
                            ACCOUNT_NOT_FOUND,
                            HOLD_NOT_FOUND,
                            HOLD_CAPTURED,
                            HOLD_VOIDED,
                            HOLD_EXPIRED,
                            NOT_A_STEP,
                            INSUFFICIENT_POINTS)),
            Map.entry(
                    "voidHold",
                    with(POST, ACCOUNT_NOT_FOUND, HOLD_NOT_FOUND, HOLD_CAPTURED, HOLD_VOIDED, HOLD_EXPIRED)),
            Map.entry(
                    "reverseOperation",
                    with(
                            POST,
                            INVALID_AMOUNT,
                            CURRENCY_MISMATCH,
                            ACCOUNT_NOT_FOUND,
                            OPERATION_NOT_FOUND,
                            ALREADY_REVERSED,
                            REVERSE_EXCEEDS_ORIGINAL,
                            REVERSE_KIND_MIXED,
                            LIMIT_EXCEEDED)),
            Map.entry("voidCall", with(POST, HOLD_CAPTURED, ALREADY_REVERSED, LIMIT_EXCEEDED)));

    private JsonNode api;

    private static Set<ProblemCode> with(Set<ProblemCode> codes, ProblemCode... more) {
        Set<ProblemCode> all = EnumSet.copyOf(codes);
        all.addAll(List.of(more));
        return all;
    }

    /** A POST on an account that moves no points. */
    private static boolean isTicket(String call) {
        return call.endsWith(CallReader.STREAM_TICKETS) || call.endsWith(CallReader.MEMBER_CODES);
    }

    @BeforeEach
    void read() throws Exception {
        api = new ObjectMapper()
                .readTree(given().get("/q/openapi?format=json")
                        .then()
                        .statusCode(200)
                        .extract()
                        .asString());
    }

    private Map<String, JsonNode> operations() {
        Map<String, JsonNode> operations = new TreeMap<>();
        api.get("paths")
                .properties()
                .forEach(path -> path.getValue().properties().forEach(method -> {
                    if (method.getValue().has("responses")) {
                        operations.put(
                                method.getKey().toUpperCase(Locale.ROOT) + " " + path.getKey(), method.getValue());
                    }
                }));
        return operations;
    }

    private static List<Class<?>> classes() throws IOException, ClassNotFoundException {
        java.nio.file.Path root = java.nio.file.Path.of("target", "classes");
        List<Class<?>> classes = new ArrayList<>();
        try (Stream<java.nio.file.Path> files = Files.walk(root.resolve("dev"))) {
            for (String file : files.map(path -> root.relativize(path).toString())
                    .filter(path -> path.endsWith(".class"))
                    .toList()) {
                Class<?> type = Class.forName(
                        file.replaceFirst("\\.class$", "").replace(File.separatorChar, '.'),
                        false,
                        Thread.currentThread().getContextClassLoader());
                if (type.isAnnotationPresent(Path.class) || type.isAnnotationPresent(Schema.class)) {
                    classes.add(type);
                }
            }
        }
        return classes;
    }

    @Test
    void everyCallIsDescribed() throws Exception {
        Set<String> calls = new TreeSet<>();
        for (Class<?> resource : classes()) {
            Path root = resource.getAnnotation(Path.class);
            if (root != null && resource.getPackageName().equals("dev.stampede.console")) {
                continue; // pages for people
            }
            for (var method : resource.getDeclaredMethods()) {
                for (var annotation : method.getAnnotations()) {
                    HttpMethod verb = annotation.annotationType().getAnnotation(HttpMethod.class);
                    if (root != null && verb != null) {
                        Path path = method.getAnnotation(Path.class);
                        calls.add(verb.value() + " " + root.value() + (path == null ? "" : path.value()));
                    }
                }
            }
        }

        assertEquals(calls, operations().keySet());
        assertEquals(54, calls.size());
    }

    @Test
    void everyCodeIsDescribedWhereItCanOccur() {
        operations().forEach((call, operation) -> {
            Map<String, Integer> described = new TreeMap<>();
            operation.get("responses").properties().forEach(response -> {
                JsonNode problem = response.getValue().path("content").path(Problem.MEDIA_TYPE);
                problem.path("examples").properties().forEach(example -> {
                    JsonNode value = example.getValue().get("value");
                    assertEquals(example.getKey(), value.get("code").asText());
                    assertEquals(response.getKey(), value.get("status").asText());
                    described.put(example.getKey(), Integer.valueOf(response.getKey()));
                });
            });
            Map<String, Integer> expected = new TreeMap<>();
            CODES.get(operation.get("operationId").asText()).forEach(code -> expected.put(code.code(), code.status()));
            assertEquals(expected, described, call);
        });
    }

    @Test
    void noCodeIsMissing() {
        Set<ProblemCode> described = EnumSet.noneOf(ProblemCode.class);
        CODES.values().forEach(described::addAll);
        // of methods that are no calls
        assertEquals(EnumSet.complementOf(EnumSet.of(METHOD_NOT_ALLOWED)), described);

        for (Refusal refusal : Refusal.values()) {
            assertEquals(refusal.code(), ProblemCode.of(refusal).code());
            assertFalse(ProblemCode.of(refusal).retryable());
        }
        for (Unavailable.Code code : Unavailable.Code.values()) {
            assertEquals(503, ProblemCode.of(code).status());
            assertTrue(ProblemCode.of(code).retryable());
        }
    }

    @Test
    void refusalsHaveTheirPublishedOrder() {
        List<Refusal> inOrder = new ArrayList<>();
        for (ProblemCode code : ProblemCode.values()) {
            Arrays.stream(Refusal.values())
                    .filter(refusal -> refusal.name().equals(code.name()))
                    .forEach(inOrder::add);
        }

        assertEquals(List.of(Refusal.values()), inOrder);
    }

    @Test
    void everyFieldIsDescribed() throws Exception {
        Map<String, Set<String>> ours = new TreeMap<>();
        for (Class<?> type : classes()) {
            if (type.isRecord()) {
                Set<String> fields = new TreeSet<>();
                for (RecordComponent component : type.getRecordComponents()) {
                    if (component
                            .getAccessor()
                            .isAnnotationPresent(com.fasterxml.jackson.annotation.JsonUnwrapped.class)) {
                        for (RecordComponent inner : component.getType().getRecordComponents()) {
                            fields.add(inner.getName());
                        }
                    } else {
                        fields.add(component.getName());
                    }
                }
                ours.put(type.getAnnotation(Schema.class).name(), fields);
            }
        }
        Map<String, Set<String>> described = new TreeMap<>();
        api.get("components").get("schemas").properties().forEach(schema -> {
            Set<String> fields = new TreeSet<>();
            assertTrue(schema.getValue().has("description"), schema.getKey());
            schema.getValue().path("properties").properties().forEach(field -> {
                fields.add(field.getKey());
                assertTrue(field.getValue().has("description"), schema.getKey() + "." + field.getKey());
                if (field.getValue().path("type").asText().equals("integer")
                        && !schema.getKey().matches("Entry|Lot|Explanation")) {
                    assertTrue(field.getValue().has("minimum"), schema.getKey() + "." + field.getKey());
                }
            });
            described.put(schema.getKey(), fields);
        });
        // what would be has the fields of what is
        assertEquals(ours.get("Operation"), described.remove("OperationOrDryRun"));
        assertEquals(ours.get("Hold"), described.remove("HoldOrDryRun"));

        assertEquals(ours, described);
    }

    @Test
    void examplesAreReadAsTheyStand() throws Exception {
        Map<String, Class<? extends Record>> requests = new HashMap<>();
        for (Class<?> type : classes()) {
            if (type.isRecord()) {
                requests.put(type.getAnnotation(Schema.class).name(), type.asSubclass(Record.class));
            }
        }
        int[] examples = {0};
        operations().forEach((call, operation) -> {
            JsonNode body = operation.path("requestBody").path("content").path("application/json");
            assertEquals(call.matches("(POST|PUT|PATCH) .*") && !isTicket(call), !body.isMissingNode(), call);
            String schema = body.path("schema").path("$ref").asText().replaceFirst(".*/", "");
            body.path("examples").properties().forEach(example -> {
                JsonNode value = example.getValue().get("value");
                String text = value.isTextual() ? value.asText() : value.toString();
                assertNotNull(BodyReader.of(requests.get(schema)).required(text.getBytes(StandardCharsets.UTF_8)));
                examples[0]++;
            });
        });

        assertTrue(examples[0] >= 8, "found " + examples[0]);
    }

    @Test
    void headersAndParametersAreDescribed() {
        operations().forEach((call, operation) -> {
            Map<String, JsonNode> parameters = new HashMap<>();
            operation.get("parameters").forEach(parameter -> {
                parameters.put(parameter.get("name").asText(), parameter);
                assertTrue(parameter.has("description"), call + " " + parameter.get("name"));
            });
            boolean keyed = call.startsWith("POST " + CallReader.ACCOUNT) && !isTicket(call);
            boolean isUse = call.endsWith("/codes/{code}/use"); // its refusals are not recorded
            assertEquals(keyed || isUse || call.startsWith("PATCH"), parameters.containsKey("Idempotency-Key"), call);
            assertTrue(parameters.containsKey("X-Request-Id"), call);
            operation.get("responses").properties().forEach(response -> {
                JsonNode headers = response.getValue().path("headers");
                String status = response.getKey();
                assertTrue(headers.has("X-Request-Id"), call + " " + status);
                assertEquals(
                        Set.of("408", "429", "503").contains(status), headers.has("Retry-After"), call + " " + status);
                if (keyed) {
                    assertEquals(
                            Set.of("200", "409", "410", "422").contains(status),
                            headers.has("Idempotency-Replayed"),
                            call + " " + status);
                }
                assertEquals(
                        isUse && status.equals("200"),
                        !keyed && headers.has("Idempotency-Replayed"),
                        call + " " + status);
                boolean tagged = call.endsWith("/accounts/{account}") && Integer.parseInt(status) < 400;
                assertEquals(tagged, headers.has("ETag"), call + " " + status);
            });
        });
        assertTrue(operations().get("GET " + CallReader.ACCOUNT).toString().contains("If-None-Match"));
        assertTrue(operations()
                .get("GET " + CallReader.ACCOUNT + "/events")
                .toString()
                .contains("Last-Event-ID"));
    }

    @Test
    void generatorsOfClientsReadIt() throws Exception {
        ParseOptions options = new ParseOptions();
        options.setResolve(true);
        options.setResolveFully(true);
        SwaggerParseResult read = new OpenAPIV3Parser().readContents(api.toString(), null, options);

        assertEquals(List.of(), read.getMessages());
        assertEquals(
                operations().size(),
                read.getOpenAPI().getPaths().values().stream()
                        .mapToInt(path -> path.readOperations().size())
                        .sum());
    }

    @Test
    void everySchemaAndParameterHasAnExample() {
        api.get("components").get("schemas").properties().forEach(schema -> {
            JsonNode example = schema.getValue().path("example");
            assertTrue(example.isObject(), schema.getKey());
            schema.getValue().get("properties").properties().forEach(field -> {
                JsonNode one = example.path(field.getKey());
                String name = schema.getKey() + "." + field.getKey();
                switch (field.getValue().path("type").asText()) {
                    case "integer" -> assertTrue(one.isIntegralNumber(), name);
                    case "number" -> assertTrue(one.isNumber(), name);
                    case "boolean" -> assertTrue(one.isBoolean(), name);
                    case "array" -> assertTrue(one.isArray() && one.size() == 1, name);
                    case "string" -> assertTrue(one.isTextual(), name);
                    case "" -> // another schema, or a number or a text
                        assertTrue(
                                field.getValue().has("example") ? one.isValueNode() : one.isObject() && !one.isEmpty(),
                                name);
                    default -> assertTrue(one.isObject() && !one.isEmpty(), name);
                }
            });
        });
        operations()
                .forEach((call, operation) -> operation
                        .get("parameters")
                        .forEach(
                                parameter -> assertTrue(parameter.has("example"), call + " " + parameter.get("name"))));
    }

    @Test
    void callsAreNamedAndSorted() {
        List<String> tags = new ArrayList<>();
        api.get("tags").forEach(tag -> tags.add(tag.get("name").asText()));
        assertEquals(List.of("Accounts", "Points", "History", "Programs", "Keys", "Gateways"), tags);
        assertEquals("/", api.at("/servers/0/url").asText());
        assertTrue(api.at("/info/description").asText().contains("does not know"));
        operations().forEach((call, operation) -> {
            assertTrue(operation.get("operationId").asText().matches("[a-z]+[A-Z][A-Za-z]+"), call);
            assertEquals(1, operation.get("tags").size(), call);
            assertTrue(tags.contains(operation.get("tags").get(0).asText()), call);
            StringBuilder inOrder = new StringBuilder();
            operation.get("parameters").forEach(parameter -> {
                if (parameter.get("in").asText().equals("path")) {
                    inOrder.append(".*\\{")
                            .append(parameter.get("name").asText())
                            .append("\\}");
                }
            });
            assertTrue(call.matches(inOrder + "[^{]*"), call + " has " + inOrder);
        });
    }

    /** An operation has an id, and only what would be has none. */
    @Test
    void idsAreNotNull() {
        JsonNode schemas = api.get("components").get("schemas");
        for (String name : List.of("Operation", "Hold")) {
            JsonNode id = schemas.get(name).get("properties").get("id");
            assertEquals("uuid", id.path("format").asText());
            assertFalse(id.path("nullable").asBoolean(), name);
            assertTrue(schemas.get(name).get("required").toString().contains("\"id\""), name);
            assertTrue(schemas.get(name + "OrDryRun")
                    .get("properties")
                    .get("id")
                    .path("nullable")
                    .asBoolean());
        }
        operations().forEach((call, operation) -> {
            if (call.startsWith("POST " + CallReader.ACCOUNT) && !isTicket(call)) {
                String ok = operation
                        .at("/responses/200/content/application~1json/schema/$ref")
                        .asText();
                assertEquals(operation.toString().contains("\"dryRun\""), ok.endsWith("OrDryRun"), call);
                String created = operation
                        .at("/responses/201/content/application~1json/schema/$ref")
                        .asText();
                assertTrue(created.endsWith("/Operation"), call);
            }
        });
    }

    @Test
    void attributesAreAnyValuesByName() {
        for (String name : List.of("Account", "EnrolRequest")) {
            JsonNode attributes = api.at("/components/schemas/" + name + "/properties/attributes");
            assertEquals("object", attributes.path("type").asText());
            assertTrue(attributes.path("additionalProperties").asBoolean(), name);
        }
    }

    /** Generated Kotlin clients don't compile with them. */
    @Test
    void nothingIsOneOfSeveral() {
        assertFalse(api.toString().contains("\"oneOf\""));
        assertFalse(api.toString().contains("\"anyOf\""));
    }

    /** The contract may only grow, and what it has grown by is held from then on. A break is told in the changelog. */
    @Test
    void theContractOnlyGrows() throws Exception {
        java.nio.file.Path file = java.nio.file.Path.of("docs", "openapi.yaml");
        String renew = "mvn test -Dtest=ApiDocumentTest -Dstampede.contract=";
        String accepted = System.getProperty("stampede.contract", "");
        String text = given().get("/q/openapi").then().statusCode(200).extract().asString();
        JsonNode served = new YAMLMapper().readTree(text);
        JsonNode published = new YAMLMapper().readTree(Files.readString(file));
        List<String> breaks = Contract.of(published).brokenBy(Contract.of(served));
        String changelog = Files.readString(java.nio.file.Path.of("CHANGELOG.md"));
        List<String> untold = breaks.stream()
                .filter(each -> !changelog.contains("- " + each + "\n"))
                .toList();
        if (accepted.equals("broken") && untold.isEmpty() || accepted.equals("grown") && breaks.isEmpty()) {
            Files.writeString(file, text);
            return;
        }

        assertTrue(
                breaks.isEmpty(),
                () -> "This breaks callers:\n- " + String.join("\n- ", breaks)
                        + "\nKeep what they rely on, and add beside it. If the break is meant, and no release has had"
                        + " the contract, put these lines into CHANGELOG.md as they are, and renew " + file
                        + " with\n  " + renew + "broken");
        assertTrue(
                served.equals(published),
                () -> file + " is not what is served. So that what is new is held from now on, renew it with\n  "
                        + renew + "grown");
    }

    @Test
    void thePageThatShowsItIsThere() {
        given().get("/q/swagger-ui/").then().statusCode(200);
    }
}
