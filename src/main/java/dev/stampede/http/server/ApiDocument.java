package dev.stampede.http.server;

import dev.stampede.access.MemberTokens;
import dev.stampede.access.Scope;
import dev.stampede.http.AnswerHeaders;
import dev.stampede.http.ApiTag;
import dev.stampede.http.RequestId;
import dev.stampede.http.Resources;
import dev.stampede.http.problem.Problem;
import dev.stampede.http.problem.ProblemCode;
import dev.stampede.http.problem.Refuses;
import dev.stampede.http.request.CallReader;
import dev.stampede.http.request.IdempotencyKey;
import dev.stampede.http.request.RedemptionCode;
import io.quarkus.smallrye.openapi.OpenApiFilter;
import jakarta.enterprise.inject.Any;
import jakarta.enterprise.inject.spi.CDI;
import jakarta.ws.rs.Path;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.eclipse.microprofile.openapi.OASFactory;
import org.eclipse.microprofile.openapi.OASFilter;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.models.OpenAPI;
import org.eclipse.microprofile.openapi.models.PathItem.HttpMethod;
import org.eclipse.microprofile.openapi.models.headers.Header;
import org.eclipse.microprofile.openapi.models.media.Content;
import org.eclipse.microprofile.openapi.models.media.MediaType;
import org.eclipse.microprofile.openapi.models.media.Schema;
import org.eclipse.microprofile.openapi.models.parameters.Parameter;
import org.eclipse.microprofile.openapi.models.responses.APIResponse;
import org.eclipse.microprofile.openapi.models.responses.APIResponses;
import org.eclipse.microprofile.openapi.models.security.SecurityRequirement;
import org.eclipse.microprofile.openapi.models.security.SecurityScheme;
import org.eclipse.microprofile.openapi.models.tags.Tag;

/**
 * Completes the API's description. What all calls have in common (headers, path parameters, problems) is stated here
 * once and not at every call.
 */
@OpenApiFilter(stages = OpenApiFilter.RunStage.RUNTIME_STARTUP)
public class ApiDocument implements OASFilter {
    /** Security schemes of members; the others have the names of scopes. */
    private static final String MEMBER = "member";

    private static final String PAYING = "memberPaying";
    private static final String TICKET = "ticket";

    private static final String ABOUT =
            "A gateway for loyalty points. Every call carries a key, `Authorization: Bearer stk_...`, or a member's"
                    + " token; `security` names the scopes of which it must have one. Points are whole numbers."
                    + " Money is a decimal string with its currency. Times are RFC 3339, in UTC. A POST that moves"
                    + " points carries an `Idempotency-Key`; it takes effect once, however often it is sent with this"
                    + " key. A field that is null counts as missing. Errors are `application/problem+json`; programs"
                    + " should look only at their `code`.\n\nNew fields in"
                    + " answers, new enumeration values (of `type`, `state`, `outcome`) and new codes may appear"
                    + " without a new version of the API. A client must ignore those that it does not know. Generated"
                    + " clients need an option for this: `enumUnknownDefaultCase=true` of openapi-generator.";

    private static final String EXAMPLE_REQUEST_ID = "c30d3eb03259c751c58d8e55";
    private static final String EXAMPLE_ID = "019aa6c5-7a3c-7e5b-9b1f-9e788194395f";
    private static final Set<ProblemCode> OF_ALL = EnumSet.of(
            ProblemCode.UNAUTHENTICATED,
            ProblemCode.FORBIDDEN,
            ProblemCode.MISDIRECTED_REQUEST,
            ProblemCode.EXPECTATION_FAILED,
            ProblemCode.RATE_LIMITED,
            ProblemCode.NOT_ACCEPTABLE,
            ProblemCode.PROGRAM_NOT_FOUND,
            ProblemCode.MALFORMED,
            ProblemCode.UNAVAILABLE,
            ProblemCode.INTERNAL);
    private static final Set<ProblemCode> OF_CREDENTIALS =
            EnumSet.of(ProblemCode.UNAUTHENTICATED, ProblemCode.FORBIDDEN);
    private static final Set<ProblemCode> OF_WRITING = EnumSet.of(
            ProblemCode.REQUEST_TIMEOUT,
            ProblemCode.PAYLOAD_TOO_LARGE,
            ProblemCode.UNSUPPORTED_MEDIA_TYPE,
            ProblemCode.UNKNOWN_FIELD,
            ProblemCode.OVERLOADED,
            ProblemCode.OUTCOME_UNKNOWN);
    private static final Set<HttpMethod> WRITES = EnumSet.of(HttpMethod.POST, HttpMethod.PUT, HttpMethod.PATCH);
    private static final Set<ProblemCode> OF_POST = EnumSet.of(
            ProblemCode.IDEMPOTENCY_KEY_MISSING,
            ProblemCode.IDEMPOTENCY_KEY_REUSED,
            ProblemCode.ACCOUNT_FROZEN,
            ProblemCode.ACCOUNT_CLOSED,
            ProblemCode.VOIDED);
    /** The description of each path parameter, and an example. */
    private static final Map<String, String[]> PATH_PARAMETERS = Map.of(
            "program", new String[] {"The program's id: 1 to 64 of `A-Za-z0-9._-`", "demo"},
            "account", new String[] {"The account's id, chosen by the caller: 1 to 64 of `A-Za-z0-9._-`", "m-1"},
            "hold", new String[] {"The hold's id: the id of the operation that created the hold", EXAMPLE_ID},
            "operation", new String[] {"The operation's id", EXAMPLE_ID},
            "code", new String[] {"The code", "7K3M-9QXA-ZT2W-4HBN"},
            "key", new String[] {"The key's id: 12 of `0-9A-Za-z`", "7Kq3ZrT0aB9x"},
            "simulation", new String[] {"The simulation's id", EXAMPLE_ID},
            "version", new String[] {"The version's number, from 1", "1"});

    /** Java types that are strings in JSON: the format of each, and an example. */
    private static final Map<String, String[]> TEXTS = Map.of(
            "Instant", new String[] {"date-time", "2026-11-21T12:00:00Z"},
            "LocalDate", new String[] {"date", "2027-01-31"},
            "UUID", new String[] {"uuid", EXAMPLE_ID});

    @Override
    public void filterOpenAPI(OpenAPI api) {
        api.getInfo().description(ABOUT);
        api.servers(List.of(OASFactory.createServer().url("/").description("The gateway that serves this document")));
        api.tags(List.of(
                tag(ApiTag.ACCOUNTS, "Members and their balances"),
                tag(ApiTag.POINTS, "Calls that move points"),
                tag(ApiTag.HISTORY, "Past operations and their movements"),
                tag(ApiTag.PROGRAMS, "Programs, their versions, and publishing the next one"),
                tag(ApiTag.KEYS, "API keys: making, rotating and revoking them, and pairing tills"),
                tag(ApiTag.GATEWAYS, "How the gateways are, and what they do")));
        TEXTS.keySet().forEach(api.getComponents()::removeSchema);
        Map<String, Schema> schemas = api.getComponents().getSchemas();
        schemas.forEach((name, schema) -> {
            if (schema.getProperties() != null) {
                schema.getProperties().values().forEach(ApiDocument::inlineText);
                requireFields(name, schema);
            }
        });
        Schema dryHold = orDryRun(named("Hold", schemas));
        Schema dry = orDryRun(named("Operation", schemas));
        Map<String, Schema> fields = new LinkedHashMap<>(dry.getProperties());
        fields.put("hold", nullable("HoldOrDryRun").description("The hold that the operation created or would create"));
        api.getComponents().addSchema("HoldOrDryRun", dryHold).addSchema("OperationOrDryRun", dry.properties(fields));
        Map<String, Schema> all = api.getComponents().getSchemas();
        all.values().forEach(schema -> schema.example(example(schema, all)));
        api.getComponents().addSecurityScheme(MEMBER, memberScheme("A member's token"));
        api.getComponents().addSecurityScheme(PAYING, memberScheme("A member's token with the scope `points:redeem`"));
        api.getComponents()
                .addSecurityScheme(
                        TICKET,
                        OASFactory.createSecurityScheme()
                                .type(SecurityScheme.Type.APIKEY)
                                .in(SecurityScheme.In.QUERY)
                                .name(TICKET)
                                .description("A ticket for one stream of one account, instead of the header"));
        for (Scope scope : Scope.values()) {
            api.getComponents().addSecurityScheme(scope.code(), scheme(scope));
        }
        Map<String, Method> methods = methods();
        api.getPaths()
                .getPathItems()
                .forEach((template, path) -> path.getOperations().forEach((method, operation) -> {
                    Method called = methods.get(operation.getOperationId());
                    if (called != null) { // other operations are the framework's
                        complete(template, method, operation, refusals(called), Resources.need(called));
                        operation.security(security(called));
                    }
                }));
    }

    private static Tag tag(String name, String description) {
        return OASFactory.createTag().name(name).description(description);
    }

    /** The scanner makes a time a schema of its own and refers to it differently where it may be null; inlines it. */
    private static void inlineText(Schema field) {
        for (List<Schema> parts : Arrays.asList(field.getAllOf(), field.getAnyOf(), List.of(field))) {
            String[] text = parts == null ? null : TEXTS.get(simpleName(parts.get(0)));
            if (text != null) {
                field.ref(null).allOf(null).anyOf(null).format(text[0]).example(text[1]);
                if (field.getType() == null) {
                    field.addType(Schema.SchemaType.STRING);
                }
            }
        }
    }

    /** Marks all fields of answers as required, except those that may be null. */
    private static void requireFields(String name, Schema schema) {
        if (!name.endsWith("Request") && !name.equals("Item")) {
            schema.setRequired(schema.getProperties().entrySet().stream()
                    .filter(field -> !mayBeNull(field.getValue()))
                    .map(Map.Entry::getKey)
                    .sorted()
                    .toList());
        }
    }

    /** The same schema with an id that is null for a dry run. */
    private static Schema orDryRun(Schema schema) {
        Map<String, Schema> fields = new LinkedHashMap<>(schema.getProperties());
        fields.put(
                "id",
                string().addType(Schema.SchemaType.NULL)
                        .format("uuid")
                        .description("Null for a dry run")
                        .example(EXAMPLE_ID));
        return OASFactory.createSchema()
                .addType(Schema.SchemaType.OBJECT)
                .description(schema.getDescription() + " For a dry run: what the call would do.")
                .properties(fields)
                .required(schema.getRequired().stream()
                        .filter(field -> !field.equals("id"))
                        .toList());
    }

    private static Schema named(String name, Map<String, Schema> all) {
        return Objects.requireNonNull(all.get(name), name);
    }

    private static Schema nullable(String name) {
        return OASFactory.createSchema()
                .addType(Schema.SchemaType.OBJECT)
                .addType(Schema.SchemaType.NULL)
                .allOf(List.of(ref(name)));
    }

    /** An example composed of the examples of the fields. */
    private static Object example(Schema schema, Map<String, Schema> all) {
        if (schema.getRef() != null) {
            return example(named(simpleName(schema), all), all);
        }
        if (schema.getExample() != null) {
            return schema.getExample();
        }
        List<Schema> parts = schema.getAllOf() != null ? schema.getAllOf() : schema.getAnyOf();
        if (parts != null) {
            return example(parts.get(0), all);
        }
        if (schema.getItems() != null) {
            return List.of(example(schema.getItems(), all));
        }
        Map<String, Object> fields = new TreeMap<>();
        if (schema.getProperties() != null) {
            schema.getProperties().forEach((name, field) -> fields.put(name, example(field, all)));
        }
        return fields;
    }

    private static boolean mayBeNull(Schema schema) {
        return schema.getType() != null && schema.getType().contains(Schema.SchemaType.NULL);
    }

    private static String simpleName(Schema ref) {
        return ref.getRef() == null ? "" : ref.getRef().substring(ref.getRef().lastIndexOf('/') + 1);
    }

    /** The resources' methods, by the operation's id. */
    private static Map<String, Method> methods() {
        Map<String, Method> methods = new HashMap<>();
        for (var bean : CDI.current().getBeanManager().getBeans(Object.class, Any.Literal.INSTANCE)) {
            if (!bean.getBeanClass().isAnnotationPresent(Path.class)) {
                continue;
            }
            for (Method method : bean.getBeanClass().getMethods()) {
                if (method.isAnnotationPresent(Refuses.class)) {
                    methods.put(method.getAnnotation(Operation.class).operationId(), method);
                }
            }
        }
        return methods;
    }

    /** The codes that a method declares. */
    private static Set<ProblemCode> refusals(Method method) {
        Set<ProblemCode> codes = EnumSet.noneOf(ProblemCode.class);
        codes.addAll(List.of(method.getAnnotation(Refuses.class).value()));
        return codes;
    }

    /** One alternative for each scope that allows the call, and one for members. */
    private static List<SecurityRequirement> security(Method method) {
        Resources.Need need = Resources.need(method);
        List<String> schemes = new ArrayList<>(need.onlyMembers() ? List.of() : Scope.codes(need.scopes()));
        if (need.openToMembers() && (need.scopes() & MemberTokens.READING) != 0) {
            schemes.add(MEMBER);
        } else if (need.openToMembers() && (need.scopes() & MemberTokens.PAYING) != 0) {
            schemes.add(PAYING);
        }
        if (need.orTicket()) {
            schemes.add(TICKET);
        }
        return schemes.stream()
                .map(scope -> OASFactory.createSecurityRequirement().addScheme(scope))
                .toList();
    }

    private static SecurityScheme scheme(Scope scope) {
        return OASFactory.createSecurityScheme()
                .type(SecurityScheme.Type.HTTP)
                .scheme("bearer")
                .bearerFormat("stk_live_... or stk_test_...")
                .description("An API key with the scope `" + scope.code() + "`");
    }

    private static SecurityScheme memberScheme(String description) {
        return OASFactory.createSecurityScheme()
                .type(SecurityScheme.Type.HTTP)
                .scheme("bearer")
                .bearerFormat("JWT")
                .description(description + ", for his own account");
    }

    private static void complete(
            String template,
            HttpMethod method,
            org.eclipse.microprofile.openapi.models.Operation operation,
            Set<ProblemCode> own,
            Resources.Need need) {
        Set<ProblemCode> codes = EnumSet.copyOf(OF_ALL);
        if (!template.startsWith(CallReader.PROGRAMS + "/")) {
            codes.remove(ProblemCode.PROGRAM_NOT_FOUND);
        }
        if (need.nothing()) {
            codes.removeAll(OF_CREDENTIALS);
        }
        codes.addAll(own);
        if (ofAccount(template) && WRITES.contains(method)) {
            codes.addAll(OF_WRITING);
        }
        boolean ofAccount = ofAccount(template) && method == HttpMethod.POST;
        if (ofAccount) {
            codes.addAll(OF_POST);
        }
        if (codes.contains(ProblemCode.IDEMPOTENCY_KEY_MISSING)) {
            operation.addParameter(header(
                            IdempotencyKey.HEADER,
                            "Identifies the call: it takes effect once, however often it is sent with this key. 1 to"
                                    + " 255 visible ASCII characters."
                                    + (ofAccount ? " A dry run does not need it." : ""),
                            string().pattern(IdempotencyKey.PATTERN)
                                    .minLength(1)
                                    .maxLength(IdempotencyKey.MAX_LENGTH),
                            "till-3-0042")
                    .required(true));
        }
        operation.addParameter(header(
                RequestId.HEADER,
                "Identifies the request in the answer and in the gateway's log. The gateway generates a missing id",
                string().pattern("^[A-Za-z0-9._:+/=-]{1,64}$").maxLength(64),
                EXAMPLE_REQUEST_ID));
        describePath(template, operation);
        operation.setResponses(responses(template, method, operation, codes));
    }

    /** Whether it is a call on an account: other calls have no key, and nothing of theirs is replayed. */
    private static boolean ofAccount(String template) {
        return CallReader.isOperation(template);
    }

    /** Sorts the parameters by their position in the path; generated clients take them in this order. */
    private static void describePath(String template, org.eclipse.microprofile.openapi.models.Operation operation) {
        List<Parameter> parameters = new ArrayList<>(operation.getParameters());
        parameters.sort(Comparator.comparingInt(parameter -> parameter.getIn() == Parameter.In.PATH
                ? template.indexOf("{" + parameter.getName() + "}")
                : Integer.MAX_VALUE));
        for (Parameter parameter : parameters) {
            if (parameter.getIn() == Parameter.In.PATH) {
                String[] about = Objects.requireNonNull(PATH_PARAMETERS.get(parameter.getName()));
                boolean uuid = about[1].equals(EXAMPLE_ID);
                parameter
                        .description(about[0])
                        .example(about[1])
                        .schema(uuid ? string().format("uuid") : string().pattern(pattern(parameter.getName())));
            }
        }
        operation.setParameters(parameters);
    }

    private static String pattern(String parameter) {
        return switch (parameter) {
            case "version" -> "^[1-9][0-9]{0,8}$";
            case "key" -> "^[0-9A-Za-z]{12}$";
            case "code" -> RedemptionCode.PATTERN;
            default -> "^[A-Za-z0-9._-]{1,64}$";
        };
    }

    private static Parameter header(String name, String description, Schema schema, String example) {
        return OASFactory.createParameter()
                .name(name)
                .in(Parameter.In.HEADER)
                .description(description)
                .example(example)
                .schema(schema);
    }

    private static APIResponses responses(
            String template,
            HttpMethod method,
            org.eclipse.microprofile.openapi.models.Operation operation,
            Set<ProblemCode> codes) {
        APIResponses responses = OASFactory.createAPIResponses();
        if (ofAccount(template) && method == HttpMethod.POST) {
            boolean dryRun = operation.getParameters().stream()
                    .anyMatch(parameter -> parameter.getName().equals(CallReader.DRY_RUN));
            responses.addAPIResponse("201", done("Done", "Operation"));
            responses.addAPIResponse(
                    "200",
                    (dryRun
                                    ? done("Done earlier under this key, or a dry run", "OperationOrDryRun")
                                    : done("Done earlier under this key", "Operation"))
                            .addHeader(AnswerHeaders.REPLAYED, replayed()));
        } else {
            operation.getResponses().getAPIResponses().forEach(responses::addAPIResponse);
            if (codes.contains(ProblemCode.IDEMPOTENCY_KEY_MISSING)) {
                responses.getAPIResponse("200").addHeader(AnswerHeaders.REPLAYED, replayed());
            }
            responses.getAPIResponses().values().forEach(response -> {
                if (template.equals(CallReader.ACCOUNT)) {
                    response.addHeader(
                            "ETag",
                            header("Identifies this state of the account, for `If-None-Match` and `If-Match`", string())
                                    .example("W/\"17-9e788194395f\""));
                }
            });
        }
        Map<Integer, List<ProblemCode>> byStatus =
                codes.stream().collect(Collectors.groupingBy(ProblemCode::status, TreeMap::new, Collectors.toList()));
        byStatus.forEach((status, of) -> responses.addAPIResponse(
                status.toString(), refused(ofAccount(template) && method == HttpMethod.POST, of)));
        responses
                .getAPIResponses()
                .values()
                .forEach(response -> response.addHeader(
                                RequestId.HEADER, header("The request's id, as in the gateway's log", string()))
                        .addHeader(
                                AnswerHeaders.RATE_LIMIT_POLICY,
                                header("The limits of calls per second, of the `key`, `member` or `account`", string())
                                        .example("\"key\";q=100;w=1, \"account\";q=10;w=1"))
                        .addHeader(
                                AnswerHeaders.RATE_LIMIT,
                                header(
                                                "Calls `r` that a limit allows at once, and the seconds `t` until there"
                                                        + " are more",
                                                string())
                                        .example("\"key\";r=7;t=1")));
        return responses;
    }

    private static APIResponse done(String description, String schema) {
        return OASFactory.createAPIResponse()
                .description(description)
                .content(
                        content("application/json", OASFactory.createMediaType().schema(ref(schema))));
    }

    /** @param keyed whether the call has a key, so that a refusal may be a replay */
    private static APIResponse refused(boolean keyed, List<ProblemCode> codes) {
        MediaType problem = OASFactory.createMediaType().schema(ref("Problem"));
        for (ProblemCode code : codes) {
            Problem example = Problem.of(code, code.detail(), EXAMPLE_REQUEST_ID);
            Map<String, Object> value = new TreeMap<>();
            value.put("type", example.type());
            value.put("title", example.title());
            value.put("status", example.status());
            value.put("detail", example.detail());
            value.put("code", example.code());
            value.put("retryable", example.retryable());
            value.put("requestId", example.requestId());
            if (code == ProblemCode.RATE_LIMITED) {
                value.put("limit", Problem.Limit.ACCOUNT.label());
            }
            problem.addExample(code.code(), OASFactory.createExample().value(value));
        }
        APIResponse response = OASFactory.createAPIResponse()
                .description(codes.stream()
                        .map(code -> "`" + code.code() + "`: " + code.title())
                        .collect(Collectors.joining("; ")))
                .content(content(Problem.MEDIA_TYPE, problem));
        if (codes.stream().anyMatch(ProblemCode::retryable)) {
            response.addHeader(
                    "Retry-After",
                    header(
                            "Seconds to wait before the next attempt",
                            OASFactory.createSchema()
                                    .addType(Schema.SchemaType.INTEGER)
                                    .minimum(java.math.BigDecimal.ONE)));
        }
        int status = codes.get(0).status();
        if (keyed && (status == 409 || status == 410 || status == 422)) {
            response.addHeader(AnswerHeaders.REPLAYED, replayed());
        }
        return response;
    }

    private static Content content(String type, MediaType mediaType) {
        return OASFactory.createContent().addMediaType(type, mediaType);
    }

    private static Schema ref(String name) {
        return OASFactory.createSchema().ref("#/components/schemas/" + name);
    }

    private static Schema string() {
        return OASFactory.createSchema().addType(Schema.SchemaType.STRING);
    }

    private static Header replayed() {
        return header("`true` if the answer repeats that of an earlier call", string().addEnumeration("true"));
    }

    private static Header header(String description, Schema schema) {
        return OASFactory.createHeader().description(description).schema(schema);
    }
}
