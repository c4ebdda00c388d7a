package dev.stampede.program.reading;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a value may be, as the schema says. Only the part of JSON Schema that the programme's schema uses is known: a
 * keyword that nobody here reads must not look as if it were checked.
 */
sealed interface Shape {
    /** @param others the shape of all fields that are not named; null if there must be none */
    record Fields(
            Map<String, Shape> named,
            Set<String> required,
            @Nullable Shape others) implements Shape {}

    record Elements(Shape element, int min, int max) implements Shape {}

    record Text(TextForm form) implements Shape {}

    record Whole(long min, long max) implements Shape {}

    record Flag() implements Shape {}

    record Word(List<String> words) implements Shape {}

    /** Several, of which exactly one holds. */
    record Choice(List<Shape> alternatives) implements Shape {}

    /**
     * Reads a schema.
     *
     * @throws IllegalArgumentException if it says something that is not known here
     */
    static Shape of(Place schema) {
        if (schema.has("oneOf") || schema.has("anyOf")) {
            return new Choice(alternatives(schema));
        }
        if (schema.has("enum")) {
            only(schema, Set.of("enum"));
            return new Word(schema.list("enum").stream().map(Shape::text).toList());
        }
        String type = text(schema.at("type"));
        return switch (type) {
            case "object" -> fields(schema);
            case "array" -> {
                only(schema, Set.of("type", "items", "minItems", "maxItems"));
                yield new Elements(
                        of(schema.at("items")), (int) number(schema, "minItems"), (int) number(schema, "maxItems"));
            }
            case "string" -> new Text(TextForm.of(schema));
            case "integer" -> {
                only(schema, Set.of("type", "minimum", "maximum"));
                yield new Whole(number(schema, "minimum"), number(schema, "maximum"));
            }
            case "boolean" -> {
                only(schema, Set.of("type"));
                yield new Flag();
            }
            default -> throw new IllegalArgumentException(schema.pointer() + ": unknown type " + type);
        };
    }

    private static Shape fields(Place schema) {
        only(schema, Set.of("type", "properties", "required", "additionalProperties", "$schema", "$id", "title"));
        Map<String, Shape> named = new LinkedHashMap<>();
        Place properties = schema.field("properties");
        if (properties != null) {
            properties.entries().forEach(entry -> named.put(entry.name(), of(entry.value())));
        }
        Set<String> required = new LinkedHashSet<>();
        schema.list("required").forEach(name -> required.add(text(name)));
        Place others = schema.field("additionalProperties");
        if (others == null || (others.node() instanceof Node.Flag flag && flag.value())) {
            throw new IllegalArgumentException(schema.pointer() + ": lets in fields that nobody reads");
        }
        return new Fields(
                Collections.unmodifiableMap(named),
                Collections.unmodifiableSet(required),
                others.node() instanceof Node.Flag ? null : of(others));
    }

    /** A choice among choices is one choice. */
    private static List<Shape> alternatives(Place schema) {
        String keyword = schema.has("oneOf") ? "oneOf" : "anyOf";
        only(schema, Set.of(keyword));
        List<Shape> alternatives = new ArrayList<>();
        for (Place each : schema.list(keyword)) {
            Shape shape = of(each);
            if (shape instanceof Choice choice) {
                alternatives.addAll(choice.alternatives());
            } else {
                alternatives.add(shape);
            }
        }
        return List.copyOf(alternatives);
    }

    static void only(Place schema, Set<String> known) {
        for (Place.Entry keyword : schema.entries()) {
            if (!known.contains(keyword.name())) {
                throw new IllegalArgumentException(keyword.value().pointer() + ": unknown keyword");
            }
        }
    }

    static long number(Place schema, String keyword) {
        if (schema.at(keyword).node() instanceof Node.Numeral numeral) {
            return Long.parseLong(numeral.literal());
        }
        throw new IllegalArgumentException(schema.pointer() + ": no " + keyword);
    }

    static String text(Place place) {
        String text = place.text();
        if (text == null) {
            throw new IllegalArgumentException(place.pointer() + ": no text");
        }
        return text;
    }
}
