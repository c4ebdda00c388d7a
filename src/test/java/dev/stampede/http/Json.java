package dev.stampede.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.restassured.response.Response;
import java.util.List;
import java.util.Map;

/**
 * A JSON text, for tests that look at many: REST Assured compiles a script for each look. Fields are named as there,
 * {@code a.b} for those within others.
 */
public final class Json {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final JsonNode root;

    private Json(JsonNode root) {
        this.root = root;
    }

    public static Json of(String text) {
        try {
            return new Json(MAPPER.readTree(text));
        } catch (JsonProcessingException e) {
            throw new AssertionError("no JSON: " + text, e);
        }
    }

    public static Json of(Response response) {
        return of(response.asString());
    }

    /** Null where there is none. */
    public JsonNode get(String field) {
        JsonNode value = root.at("/" + field.replace('.', '/'));
        return value.isMissingNode() || value.isNull() ? null : value;
    }

    private JsonNode there(String field) {
        JsonNode value = get(field);
        if (value == null) {
            throw new AssertionError("no " + field + " in " + root);
        }
        return value;
    }

    public long getLong(String field) {
        JsonNode value = there(field);
        if (!value.isIntegralNumber()) {
            throw new AssertionError(field + " is no number in " + root);
        }
        return value.longValue();
    }

    /** Null where there is none. */
    public String getString(String field) {
        JsonNode value = get(field);
        return value == null ? null : value.asText();
    }

    public List<Map<String, Object>> getList(String field) {
        return MAPPER.convertValue(there(field), new TypeReference<>() {});
    }
}
