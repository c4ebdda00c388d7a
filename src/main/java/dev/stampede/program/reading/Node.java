package dev.stampede.program.reading;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A JSON value that knows where it stands in the text. */
sealed interface Node {
    Position at();

    /** @param fields in the order of the text */
    record Fields(Position at, Map<String, Field> fields) implements Node {
        public Fields {
            fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
        }
    }

    /** @param named where the name stands */
    record Field(Position named, Node value) {}

    record Elements(Position at, List<Node> elements) implements Node {
        public Elements {
            elements = List.copyOf(elements);
        }
    }

    record Text(Position at, String value) implements Node {}

    /** @param literal as it was written: a number may be longer than any type of Java's */
    record Numeral(Position at, String literal) implements Node {}

    record Flag(Position at, boolean value) implements Node {}

    record Null(Position at) implements Node {}
}
