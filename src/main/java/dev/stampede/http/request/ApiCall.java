package dev.stampede.http.request;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A call of the API as it could be sent.
 *
 * @param method GET, POST, PUT or DELETE
 * @param template of the path, as the resource has it
 * @param values of the template's variables
 * @param parameters of the query
 * @param key the {@code Idempotency-Key}; null if there is none
 * @param body JSON; null if there is none
 */
public record ApiCall(
        String method,
        String template,
        Map<String, String> values,
        Map<String, String> parameters,
        @Nullable String key,
        @Nullable String body) {
    /** @param values of the template's variables, in their order */
    public static ApiCall get(String template, String... values) {
        return of("GET", template, values);
    }

    /** @param values of the template's variables, in their order */
    public static ApiCall of(String method, String template, String... values) {
        Map<String, String> named = new TreeMap<>();
        List<String> names = variables(template);
        for (int i = 0; i < names.size(); i++) {
            named.put(names.get(i), values[i]);
        }
        return new ApiCall(method, template, named, Map.of(), null, null);
    }

    /** The names of a template's variables, in their order. */
    public static List<String> variables(String template) {
        List<String> names = new ArrayList<>();
        for (String segment : template.split("/", -1)) {
            if (segment.startsWith("{")) {
                names.add(segment.substring(1, segment.length() - 1));
            }
        }
        return names;
    }

    /** The same with another parameter; without one if the value is null or empty. */
    public ApiCall with(String parameter, @Nullable String value) {
        if (value == null || value.isEmpty()) {
            return this;
        }
        Map<String, String> more = new TreeMap<>(parameters);
        more.put(parameter, value);
        return new ApiCall(method, template, values, more, key, body);
    }

    public ApiCall keyed(@Nullable String other) {
        return new ApiCall(method, template, values, parameters, other, body);
    }

    public ApiCall saying(@Nullable String json) {
        return new ApiCall(method, template, values, parameters, key, json);
    }

    /** Path and query, percent-encoded. */
    public String target() {
        StringBuilder target = new StringBuilder();
        for (String segment : template.substring(1).split("/", -1)) {
            String value = segment.startsWith("{")
                    ? encoded(values.getOrDefault(segment.substring(1, segment.length() - 1), ""))
                    : segment;
            target.append('/').append(value);
        }
        char separator = '?';
        for (Map.Entry<String, String> parameter : parameters.entrySet()) {
            target.append(separator).append(parameter.getKey()).append('=').append(encoded(parameter.getValue()));
            separator = '&';
        }
        return target.toString();
    }

    private static String encoded(String value) {
        return URLEncoder.encode(value, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
