package dev.stampede.http.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * What callers rely on in a description of the API: all of it but texts and examples. Of the examples of problems, the
 * codes stay.
 */
record Contract(JsonNode document) {
    private static final ObjectMapper JSON = new ObjectMapper();

    private static final Set<String> TEXTS =
            Set.of("info", "servers", "externalDocs", "title", "summary", "description", "example", "examples");

    /** Objects whose fields have names of the API, not of OpenAPI. */
    private static final Set<String> NAMED =
            Set.of("paths", "responses", "headers", "content", "schemas", "properties", "securitySchemes");

    static Contract of(JsonNode api) {
        return new Contract(withoutTexts(api, false));
    }

    private static JsonNode withoutTexts(JsonNode node, boolean named) {
        if (node.isArray()) {
            ArrayNode all = JsonNodeFactory.instance.arrayNode();
            node.forEach(one -> all.add(withoutTexts(one, false)));
            return all;
        }
        if (!node.isObject()) {
            return node;
        }
        Map<String, JsonNode> fields = new TreeMap<>();
        node.properties().forEach(field -> {
            if (named || !TEXTS.contains(field.getKey())) {
                fields.put(field.getKey(), withoutTexts(field.getValue(), !named && NAMED.contains(field.getKey())));
            }
        });
        if (!named && node.path("examples").isObject()) {
            Set<String> codes = new TreeSet<>();
            node.get("examples").properties().forEach(example -> {
                if (example.getValue().at("/value/code").asText().equals(example.getKey())) {
                    codes.add(example.getKey());
                }
            });
            if (!codes.isEmpty()) {
                fields.put("codes", JSON.valueToTree(codes));
            }
        }
        return new ObjectNode(JsonNodeFactory.instance, fields);
    }

    /**
     * What a caller of this contract would find broken in the next one, in words. New calls and optional fields of
     * requests break nothing, nor do new fields, codes and values in answers: a caller ignores what he does not know.
     * Any change that this method knows nothing of counts as a break.
     */
    List<String> brokenBy(Contract next) {
        Comparison comparison = new Comparison(document, next.document);
        comparison.run();
        return List.copyOf(comparison.breaks);
    }

    /** The same place in both documents; a missing node where one of them has nothing. */
    private record Place(String name, JsonNode before, JsonNode now) {
        Place get(String field) {
            return new Place(name, before.path(field), now.path(field));
        }

        Place as(String other) {
            return new Place(other, before, now);
        }

        /** Each that was there; its name is added to that of this place. */
        Stream<Place> fields(String separator) {
            return before.properties().stream()
                    .map(field ->
                            new Place(name + separator + field.getKey(), field.getValue(), now.path(field.getKey())));
        }
    }

    private enum Side {
        REQUESTS,
        ANSWERS
    }

    private static final class Comparison {
        private static final List<String> LEAST = List.of("minimum", "minLength", "minItems", "minProperties");
        private static final List<String> MOST = List.of("maximum", "maxLength", "maxItems", "maxProperties");

        private final Place root;
        private final Set<String> breaks = new LinkedHashSet<>();
        private final Set<String> compared = new HashSet<>();

        Comparison(JsonNode before, JsonNode now) {
            root = new Place("The document", before, now);
        }

        void run() {
            unchangedBut(root, "paths", "components", "tags");
            Place components = root.get("components");
            unchangedBut(components, "schemas", "securitySchemes");
            stillThere(components.get("securitySchemes").as("Security scheme").fields(" "), this::unchangedBut);
            stillThere(root.get("paths").as("").fields(""), path -> {
                Stream<Place> calls = path.fields(" ").map(call -> {
                    String[] words = call.name.split(" ");
                    return call.as(words[1].toUpperCase(Locale.ROOT) + " " + words[0]);
                });
                stillThere(calls, this::call);
            });
        }

        /** Compares those that are still there. */
        private void stillThere(Stream<Place> places, Consumer<Place> compare) {
            places.forEach(place -> {
                if (place.now.isMissingNode()) {
                    breaks.add(place.name + " is gone");
                } else {
                    compare.accept(place);
                }
            });
        }

        /** Each field but these has to be what it was. */
        private void unchangedBut(Place place, String... compared) {
            Set<String> fields = new TreeSet<>();
            place.before.fieldNames().forEachRemaining(fields::add);
            place.now.fieldNames().forEachRemaining(fields::add);
            List.of(compared).forEach(fields::remove);
            fields.remove("deprecated");
            fields.forEach(field -> unchanged(place, field));
        }

        private void unchanged(Place place, String field) {
            JsonNode was = place.before.path(field);
            JsonNode is = place.now.path(field);
            if (!was.equals(is)) {
                breaks.add(place.name + ": " + field + " was " + words(was) + " and is " + words(is));
            }
        }

        private static String words(JsonNode value) {
            return value.isMissingNode() ? "not given" : value.toString();
        }

        private void call(Place call) {
            unchangedBut(call, "security", "parameters", "requestBody", "responses");
            security(call);
            Place parameters =
                    new Place(call.name, byName(call.before.path("parameters")), byName(call.now.path("parameters")));
            stillThere(parameters.fields(", "), parameter -> {
                unchangedBut(parameter, "required", "schema");
                schema(parameter.get("schema"), Side.REQUESTS);
            });
            parameters
                    .now
                    .properties()
                    .forEach(parameter -> required(new Place(
                            call.name + ", " + parameter.getKey(),
                            parameters.before.path(parameter.getKey()),
                            parameter.getValue())));
            body(call.get("requestBody").as(call.name + ", the body"));
            stillThere(call.get("responses").fields(", "), this::answer);
        }

        private static ObjectNode byName(JsonNode parameters) {
            ObjectNode all = JsonNodeFactory.instance.objectNode();
            parameters.forEach(one ->
                    all.set(one.path("in").asText() + " " + one.path("name").asText(), one));
            return all;
        }

        /** Whoever was allowed to call is still allowed. */
        private void security(Place call) {
            JsonNode now = call.now.path("security");
            if (now.isEmpty()) {
                return;
            }
            if (call.before.path("security").isEmpty()) {
                breaks.add(call.name + " needs a credential now");
            }
            Set<JsonNode> allowed = new HashSet<>();
            now.forEach(allowed::add);
            call.before.path("security").forEach(one -> {
                if (!allowed.contains(one)) {
                    breaks.add(call.name + " is not allowed with " + one + " any more");
                }
            });
        }

        private void required(Place place) {
            if (place.now.path("required").asBoolean()
                    && !place.before.path("required").asBoolean()) {
                breaks.add(place.name + " is required now");
            }
        }

        private void body(Place body) {
            required(body);
            if (!body.before.isMissingNode()) {
                stillThere(Stream.of(body), there -> {
                    unchangedBut(there, "required", "content");
                    stillThere(there.get("content").fields(", "), media -> media(media, Side.REQUESTS));
                });
            }
        }

        private void answer(Place answer) {
            unchangedBut(answer, "headers", "content");
            stillThere(answer.get("headers").fields(", header "), header -> {
                unchangedBut(header, "schema");
                schema(header.get("schema"), Side.ANSWERS);
            });
            stillThere(answer.get("content").fields(", "), media -> media(media, Side.ANSWERS));
        }

        private void media(Place media, Side side) {
            unchangedBut(media, "schema", "codes");
            gone(media.get("codes"), "code");
            schema(media.get("schema"), side);
        }

        /** Values of a list that are missing now. */
        private void gone(Place list, String what) {
            missing(list.before, list.now).forEach(one -> breaks.add(list.name + ": " + what + " " + one + " is gone"));
        }

        private static Set<String> missing(JsonNode all, JsonNode in) {
            Set<String> missing = new LinkedHashSet<>();
            all.forEach(one -> missing.add(one.asText()));
            in.forEach(one -> missing.remove(one.asText()));
            return missing;
        }

        private void schema(Place schema, Side side) {
            if (schema.before.has("$ref")) {
                unchangedBut(schema);
                String name = schema.before.get("$ref").asText().replaceFirst(".*/", "");
                if (compared.add(side + name)) {
                    Place schemas = root.get("components").get("schemas");
                    schema(
                            schemas.get(name).as((side == Side.REQUESTS ? "In requests, " : "In answers, ") + name),
                            side);
                }
                return;
            }
            Set<String> knows = new TreeSet<>(LEAST);
            knows.addAll(MOST);
            knows.addAll(List.of("properties", "required", "items", "allOf", "enum", "nullable"));
            unchangedBut(schema, knows.toArray(String[]::new));

            stillThere(schema.get("properties").fields("."), field -> schema(field, side));
            fieldsRequired(schema, side);
            if (schema.before.has("items") || schema.now.has("items")) {
                schema(schema.get("items").as(schema.name + "[]"), side);
            }
            parts(schema, side);
            values(schema, side);
            if (schema.before.path("nullable").asBoolean()
                            != schema.now.path("nullable").asBoolean()
                    && schema.now.path("nullable").asBoolean() == (side == Side.ANSWERS)) {
                breaks.add(schema.name + (side == Side.ANSWERS ? " may be null now" : " may not be null any more"));
            }
            LEAST.forEach(bound -> bound(schema, bound, side, -1));
            MOST.forEach(bound -> bound(schema, bound, side, 1));
        }

        private void fieldsRequired(Place schema, Side side) {
            JsonNode before = schema.before.path("required");
            JsonNode now = schema.now.path("required");
            if (side == Side.REQUESTS) {
                missing(now, before).forEach(field -> breaks.add(schema.name + "." + field + " is required now"));
            } else {
                missing(before, now).stream()
                        .filter(schema.now.path("properties")::has)
                        .forEach(field -> breaks.add(schema.name + "." + field + " may be missing now"));
            }
        }

        private void parts(Place schema, Side side) {
            JsonNode before = schema.before.path("allOf");
            if (before.size() != schema.now.path("allOf").size()) {
                unchanged(schema, "allOf");
                return;
            }
            for (int i = 0; i < before.size(); i++) {
                schema(
                        new Place(
                                schema.name,
                                before.get(i),
                                schema.now.get("allOf").get(i)),
                        side);
            }
        }

        /** Of answers, any value may be a new one. */
        private void values(Place schema, Side side) {
            if (schema.before.has("enum") && schema.now.has("enum")) {
                gone(schema.get("enum"), "value");
            } else if (side == Side.REQUESTS && schema.now.has("enum")) {
                unchanged(schema, "enum");
            }
        }

        /** @param sign 1 of a bound above, -1 of one below */
        private void bound(Place schema, String bound, Side side, int sign) {
            BigDecimal was = reach(schema.before.path(bound), sign);
            BigDecimal is = reach(schema.now.path(bound), sign);
            int wider = is == null ? (was == null ? 0 : 1) : was == null ? -1 : is.compareTo(was);
            if (side == Side.REQUESTS ? wider < 0 : wider > 0) {
                unchanged(schema, bound);
            }
        }

        /** How far a bound lets values go; null if it is none. */
        private static BigDecimal reach(JsonNode bound, int sign) {
            return bound.isMissingNode() ? null : bound.decimalValue().multiply(BigDecimal.valueOf(sign));
        }
    }
}
