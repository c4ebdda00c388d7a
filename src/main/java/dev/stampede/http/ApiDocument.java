package dev.stampede.http;

import io.quarkus.smallrye.openapi.OpenApiFilter;
import jakarta.enterprise.inject.Any;
import jakarta.enterprise.inject.spi.CDI;
import jakarta.ws.rs.Path;
import java.lang.reflect.Method;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.eclipse.microprofile.openapi.OASFactory;
import org.eclipse.microprofile.openapi.OASFilter;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.models.OpenAPI;
import org.eclipse.microprofile.openapi.models.PathItem;
import org.eclipse.microprofile.openapi.models.PathItem.HttpMethod;
import org.eclipse.microprofile.openapi.models.headers.Header;
import org.eclipse.microprofile.openapi.models.media.Content;
import org.eclipse.microprofile.openapi.models.media.MediaType;
import org.eclipse.microprofile.openapi.models.media.Schema;
import org.eclipse.microprofile.openapi.models.parameters.Parameter;
import org.eclipse.microprofile.openapi.models.responses.APIResponse;
import org.eclipse.microprofile.openapi.models.responses.APIResponses;

/**
 * Completes the API's description: what all calls have in common (headers, path parameters, problems) is said here once,
 * and not on each of them.
 */
@OpenApiFilter(stages = OpenApiFilter.RunStage.RUNTIME_STARTUP)
public class ApiDocument implements OASFilter {
    private static final String EXAMPLE_REQUEST_ID = "c30d3eb03259c751c58d8e55";
    private static final Set<ProblemCode> OF_ALL = EnumSet.of(
            ProblemCode.MISDIRECTED_REQUEST,
            ProblemCode.EXPECTATION_FAILED,
            ProblemCode.NOT_ACCEPTABLE,
            ProblemCode.PROGRAM_NOT_FOUND,
            ProblemCode.MALFORMED,
            ProblemCode.UNAVAILABLE,
            ProblemCode.INTERNAL);
    private static final Set<ProblemCode> OF_WRITING = EnumSet.of(
            ProblemCode.REQUEST_TIMEOUT,
            ProblemCode.PAYLOAD_TOO_LARGE,
            ProblemCode.UNSUPPORTED_MEDIA_TYPE,
            ProblemCode.RATE_LIMITED,
            ProblemCode.UNKNOWN_FIELD,
            ProblemCode.OVERLOADED,
            ProblemCode.OUTCOME_UNKNOWN);
    private static final Set<ProblemCode> OF_POST = EnumSet.of(
            ProblemCode.IDEMPOTENCY_KEY_MISSING,
            ProblemCode.IDEMPOTENCY_KEY_REUSED,
            ProblemCode.ACCOUNT_FROZEN,
            ProblemCode.VOIDED);
    private static final Map<String, String> PATH_PARAMETERS = Map.of(
            "program", "The program's id: 1 to 64 of `A-Za-z0-9._-`",
            "account", "The account's id, chosen by the caller: 1 to 64 of `A-Za-z0-9._-`",
            "hold", "The hold's id: that of the operation that made it, a UUID",
            "operation", "The operation's id, a UUID");

    private static final Map<String, String> FORMATS =
            Map.of("Instant", "date-time", "LocalDate", "date", "UUID", "uuid");

    @Override
    public void filterOpenAPI(OpenAPI api) {
        FORMATS.keySet().forEach(api.getComponents()::removeSchema);
        describeSchemas(api.getComponents().getSchemas());
        Map<String, Set<ProblemCode>> own = refusals();
        api.getPaths()
                .getPathItems()
                .values()
                .forEach(path -> path.getOperations()
                        .forEach((method, operation) ->
                                complete(path, method, operation, own.get(operation.getOperationId()))));
    }

    /**
     * Says of each schema what the scanner can't know: that a time is a string with a format and not a type of its own,
     * and that answers have all their fields but those that may be null.
     */
    private static void describeSchemas(Map<String, Schema> schemas) {
        schemas.forEach((name, schema) -> {
            if (schema.getProperties() == null) {
                return;
            }
            schema.getProperties().forEach((field, property) -> {
                List<Schema> all = property.getAllOf();
                String format = all == null || all.isEmpty() ? null : FORMATS.get(simpleName(all.get(0)));
                if (format != null) {
                    property.setAllOf(null);
                    property.setFormat(format);
                }
            });
            if (!name.endsWith("Request")) {
                schema.setRequired(schema.getProperties().entrySet().stream()
                        .filter(field -> !mayBeNull(field.getValue()))
                        .map(Map.Entry::getKey)
                        .sorted()
                        .toList());
            }
        });
    }

    private static boolean mayBeNull(Schema schema) {
        return schema.getType() != null && schema.getType().contains(Schema.SchemaType.NULL);
    }

    private static String simpleName(Schema ref) {
        return ref.getRef() == null ? "" : ref.getRef().substring(ref.getRef().lastIndexOf('/') + 1);
    }

    /** What the resources' methods refuse, by the id of the operation. */
    private static Map<String, Set<ProblemCode>> refusals() {
        Map<String, Set<ProblemCode>> refusals = new HashMap<>();
        for (var bean : CDI.current().getBeanManager().getBeans(Object.class, Any.Literal.INSTANCE)) {
            if (!bean.getBeanClass().isAnnotationPresent(Path.class)) {
                continue;
            }
            for (Method method : bean.getBeanClass().getMethods()) {
                Refuses refuses = method.getAnnotation(Refuses.class);
                if (refuses != null) {
                    Set<ProblemCode> codes = EnumSet.noneOf(ProblemCode.class);
                    codes.addAll(List.of(refuses.value()));
                    refusals.put(method.getAnnotation(Operation.class).operationId(), codes);
                }
            }
        }
        return refusals;
    }

    private static void complete(
            PathItem path,
            HttpMethod method,
            org.eclipse.microprofile.openapi.models.Operation operation,
            Set<ProblemCode> own) {
        if (own == null) {
            return; // not one of ours
        }
        Set<ProblemCode> codes = EnumSet.copyOf(OF_ALL);
        codes.addAll(own);
        if (method == HttpMethod.POST || method == HttpMethod.PUT) {
            codes.addAll(OF_WRITING);
        }
        if (method == HttpMethod.POST) {
            codes.addAll(OF_POST);
            operation.addParameter(header(
                            IdempotencyKey.HEADER,
                            "Names the call: it takes effect once, however often it is sent with this key. 1 to 255"
                                    + " visible ASCII characters. May be left out for a dry run.",
                            string().pattern("^[!-~]{1,255}$").minLength(1).maxLength(255))
                    .required(true));
        }
        operation.addParameter(header(
                RequestId.HEADER,
                "Names the request in the answer and in the gateway's log; one is made up where there is none",
                string().pattern("^[A-Za-z0-9._:+/=-]{1,64}$").maxLength(64)));
        describePath(path.getParameters());
        describePath(operation.getParameters());
        operation.setResponses(responses(method, operation, codes));
    }

    private static void describePath(List<Parameter> parameters) {
        if (parameters != null) {
            for (Parameter parameter : parameters) {
                if (parameter.getIn() == Parameter.In.PATH) {
                    parameter.setDescription(PATH_PARAMETERS.get(parameter.getName()));
                }
            }
        }
    }

    private static Parameter header(String name, String description, Schema schema) {
        return OASFactory.createParameter()
                .name(name)
                .in(Parameter.In.HEADER)
                .description(description)
                .schema(schema);
    }

    private static APIResponses responses(
            HttpMethod method, org.eclipse.microprofile.openapi.models.Operation operation, Set<ProblemCode> codes) {
        APIResponses responses = OASFactory.createAPIResponses();
        if (method == HttpMethod.POST) {
            responses.addAPIResponse("201", done("Done"));
            responses.addAPIResponse(
                    "200",
                    done("Done before under this key, or a dry run").addHeader(IdempotencyKey.REPLAYED, replayed()));
        } else {
            operation.getResponses().getAPIResponses().forEach(responses::addAPIResponse);
            responses.getAPIResponses().values().forEach(response -> {
                if (!operation.getOperationId().startsWith("operation")
                        && !operation.getOperationId().equals("events")) {
                    response.addHeader(
                            "ETag",
                            header("Names this state of the account, for `If-None-Match`", string())
                                    .example("W/\"17-9e788194395f\""));
                }
            });
        }
        Map<Integer, List<ProblemCode>> byStatus =
                codes.stream().collect(Collectors.groupingBy(ProblemCode::status, TreeMap::new, Collectors.toList()));
        byStatus.forEach((status, of) -> responses.addAPIResponse(status.toString(), refused(method, of)));
        responses
                .getAPIResponses()
                .values()
                .forEach(response -> response.addHeader(
                        RequestId.HEADER, header("The request's id, as in the gateway's log", string())));
        return responses;
    }

    private static APIResponse done(String description) {
        return OASFactory.createAPIResponse()
                .description(description)
                .content(
                        content("application/json", OASFactory.createMediaType().schema(ref("Operation"))));
    }

    private static APIResponse refused(HttpMethod method, List<ProblemCode> codes) {
        MediaType problem = OASFactory.createMediaType().schema(ref("Problem"));
        for (ProblemCode code : codes) {
            Problem example = Problem.of(code, code.title(), EXAMPLE_REQUEST_ID);
            Map<String, Object> value = new TreeMap<>();
            value.put("type", example.type());
            value.put("title", example.title());
            value.put("status", example.status());
            value.put("detail", example.detail());
            value.put("code", example.code());
            value.put("retryable", example.retryable());
            value.put("requestId", example.requestId());
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
                            "Seconds to wait",
                            OASFactory.createSchema()
                                    .addType(Schema.SchemaType.INTEGER)
                                    .minimum(java.math.BigDecimal.ONE)));
        }
        int status = codes.get(0).status();
        if (method == HttpMethod.POST && (status == 409 || status == 410 || status == 422)) {
            response.addHeader(IdempotencyKey.REPLAYED, replayed());
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
        return header("`true` where the answer is that of an earlier call", string().addEnumeration("true"));
    }

    private static Header header(String description, Schema schema) {
        return OASFactory.createHeader().description(description).schema(schema);
    }
}
