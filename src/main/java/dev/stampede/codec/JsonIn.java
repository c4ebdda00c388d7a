package dev.stampede.codec;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A value of a JSON text that was written by {@link JsonOut} or by Lua. What is not there is a value as well, see
 * {@link #isMissing}. A value of another kind than is asked for is an {@code IllegalArgumentException}.
 */
final class JsonIn {
    /** It is read by recursion, and nothing that is written is nested as deep as its bound. */
    private static final JsonFactory FACTORY = JsonFactory.builder()
            .streamReadConstraints(
                    StreamReadConstraints.builder().maxNestingDepth(16).build())
            .build();

    private static final JsonIn MISSING = new JsonIn(null);
    private static final JsonIn TRUE = new JsonIn(true);

    /** Items, fields, a string, a number, true, or null. */
    private final @Nullable Object value;

    private JsonIn(@Nullable Object value) {
        this.value = value;
    }

    /** @throws IllegalArgumentException if the text is no JSON, or none that can be read so */
    static <T> T read(String text, Function<JsonIn, T> reader) {
        try {
            return reader.apply(of(text));
        } catch (IndexOutOfBoundsException e) {
            throw new IllegalArgumentException("something is missing in " + text, e);
        }
    }

    private static JsonIn of(String text) {
        try (JsonParser json = FACTORY.createParser(text)) {
            JsonIn read = value(json, json.nextToken());
            if (json.nextToken() != null) {
                throw new IllegalArgumentException("text after the end of " + text);
            }
            return read;
        } catch (IOException e) {
            throw new IllegalArgumentException("not readable: " + text, e);
        }
    }

    private static JsonIn value(JsonParser json, @Nullable JsonToken token) throws IOException {
        if (token == JsonToken.VALUE_NUMBER_INT) {
            return new JsonIn(json.getLongValue());
        } else if (token == JsonToken.VALUE_STRING) {
            return new JsonIn(json.getText());
        } else if (token == JsonToken.START_ARRAY) {
            Items items = new Items(new ArrayList<>());
            for (JsonToken next = json.nextToken(); next != JsonToken.END_ARRAY; next = json.nextToken()) {
                items.values.add(value(json, next));
            }
            return new JsonIn(items);
        } else if (token == JsonToken.START_OBJECT) {
            Fields fields = new Fields(new ArrayList<>(), new ArrayList<>());
            for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
                fields.names.add(name);
                fields.values.add(value(json, json.nextToken()));
            }
            return new JsonIn(fields);
        } else if (token == JsonToken.VALUE_TRUE) {
            return TRUE;
        } else if (token == JsonToken.VALUE_NULL) {
            return MISSING;
        }
        throw new IllegalArgumentException("unexpected " + token);
    }

    private record Items(List<JsonIn> values) {}

    /** Those of an object: a few, so that looking through all of them is faster than a map. */
    private record Fields(List<String> names, List<JsonIn> values) {
        JsonIn get(String name) {
            int at = names.lastIndexOf(name);
            return at < 0 ? MISSING : values.get(at);
        }
    }

    private <T> T as(Class<T> type) {
        if (!type.isInstance(value)) {
            throw new IllegalArgumentException("expected a " + type.getSimpleName() + ", found " + value);
        }
        return type.cast(value);
    }

    /** Whether there is no such value, or null. */
    boolean isMissing() {
        return value == null;
    }

    boolean isNumber() {
        return value instanceof Long;
    }

    JsonIn get(String name) {
        return as(Fields.class).get(name);
    }

    JsonIn at(int i) {
        List<JsonIn> items = items();
        return i < items.size() ? items.get(i) : MISSING;
    }

    /** The values of an array; none if it is missing. */
    List<JsonIn> items() {
        return value == null ? List.of() : as(Items.class).values;
    }

    /** What the values of an array say; nothing if it is missing. */
    <T> List<T> list(Function<JsonIn, T> reader) {
        List<JsonIn> items = items();
        List<T> read = new ArrayList<>(items.size());
        for (JsonIn item : items) {
            read.add(reader.apply(item));
        }
        return read;
    }

    long number() {
        return as(Long.class);
    }

    long number(long otherwise) {
        return value == null ? otherwise : number();
    }

    int index() {
        return Math.toIntExact(number(0));
    }

    @Nullable
    Long numberOrNull() {
        return value == null ? null : Long.valueOf(number());
    }

    String text() {
        return as(String.class);
    }

    @Nullable
    String textOrNull() {
        return value == null ? null : text();
    }

    String text(String otherwise) {
        return value == null ? otherwise : text();
    }

    /** A number that stands for yes or no. */
    boolean isOne() {
        return number() == 1;
    }

    boolean flag() {
        return value != null && as(Boolean.class);
    }
}
