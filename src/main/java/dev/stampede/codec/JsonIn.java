package dev.stampede.codec;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A value of a JSON text that was written by {@link JsonOut} or by Lua. What is not there is a value as well, see
 * {@link #isMissing}. A value of another kind than is asked for is an {@code IllegalArgumentException}.
 */
final class JsonIn {
    /** It is read by recursion, and nothing that is written is nested as deep. */
    private static final int MOST_DEPTH = 16;

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
            return reader.apply(new Parser(text).all());
        } catch (IndexOutOfBoundsException e) {
            throw new IllegalArgumentException("something is missing in " + text, e);
        }
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

    /** Reads JSON as it is written here: without blanks and fractions, and without what is false. */
    private static final class Parser {
        private final String text;
        private int at;

        Parser(String text) {
            this.text = text;
        }

        JsonIn all() {
            JsonIn read = value(MOST_DEPTH);
            if (at < text.length()) {
                throw wrong();
            }
            return read;
        }

        private IllegalArgumentException wrong() {
            return new IllegalArgumentException("not readable at " + at + ": " + text);
        }

        private JsonIn value(int depth) {
            if (depth == 0) {
                throw wrong();
            }
            if (skips('"')) {
                return new JsonIn(string());
            } else if (skips('[')) {
                Items items = new Items(new ArrayList<>());
                for (boolean more = !skips(']'); more; more = isMore(']')) {
                    items.values.add(value(depth - 1));
                }
                return new JsonIn(items);
            } else if (skips('{')) {
                Fields fields = new Fields(new ArrayList<>(), new ArrayList<>());
                for (boolean more = !skips('}'); more; more = isMore('}')) {
                    expect("\"");
                    fields.names.add(string());
                    expect(":");
                    fields.values.add(value(depth - 1));
                }
                return new JsonIn(fields);
            } else if (skips('t')) {
                expect("rue");
                return TRUE;
            } else if (skips('n')) {
                expect("ull");
                return MISSING;
            }
            return new JsonIn(number());
        }

        private boolean skips(char c) {
            boolean is = at < text.length() && text.charAt(at) == c;
            at += is ? 1 : 0;
            return is;
        }

        private void expect(String there) {
            if (!text.startsWith(there, at)) {
                throw wrong();
            }
            at += there.length();
        }

        /** Whether another one follows, and not the end. */
        private boolean isMore(char end) {
            if (skips(',')) {
                return true;
            } else if (skips(end)) {
                return false;
            }
            throw wrong();
        }

        private Long number() {
            int from = at;
            at += text.startsWith("-", at) ? 1 : 0;
            int digits = at;
            while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
                at++;
            }
            if (at == digits || (text.charAt(digits) == '0' && at > digits + 1)) {
                throw wrong();
            }
            return Long.parseLong(text, from, at, 10);
        }

        /** What is before the next quote. */
        private String string() {
            StringBuilder out = null;
            int from = at;
            while (true) {
                char c = text.charAt(at++);
                if (c == '"') {
                    String rest = text.substring(from, at - 1);
                    return out == null ? rest : out.append(rest).toString();
                } else if (c == '\\') {
                    out = out == null ? new StringBuilder() : out;
                    out.append(text, from, at - 1).append(escaped());
                    from = at;
                } else if (c < ' ') {
                    throw wrong();
                }
            }
        }

        private char escaped() {
            char c = text.charAt(at++);
            return switch (c) {
                case '"', '\\', '/' -> c;
                case 'b' -> '\b';
                case 't' -> '\t';
                case 'n' -> '\n';
                case 'f' -> '\f';
                case 'r' -> '\r';
                case 'u' -> {
                    at += 4;
                    yield (char) HexFormat.fromHexDigits(text, at - 4, at);
                }
                default -> throw wrong();
            };
        }
    }
}
