package dev.stampede.codec;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes compact JSON, with strings as Lua's cjson writes them. */
final class JsonOut {
    private final StringBuilder out = new StringBuilder(256);

    private StringBuilder next() {
        char last = out.isEmpty() ? '[' : out.charAt(out.length() - 1);
        return last == '[' || last == '{' || last == ':' ? out : out.append(',');
    }

    @CanIgnoreReturnValue
    JsonOut open(char bracket) {
        next().append(bracket);
        return this;
    }

    @CanIgnoreReturnValue
    JsonOut close(char bracket) {
        out.append(bracket);
        return this;
    }

    @CanIgnoreReturnValue
    JsonOut name(String name) {
        quoted(next(), name);
        out.append(':');
        return this;
    }

    @CanIgnoreReturnValue
    JsonOut add(long number) {
        next().append(number);
        return this;
    }

    @CanIgnoreReturnValue
    JsonOut add(@Nullable String text) {
        if (text == null) {
            next().append("null");
        } else {
            quoted(next(), text);
        }
        return this;
    }

    /** The numbers of a list that has one for each level: a single one if all are the same. */
    @CanIgnoreReturnValue
    JsonOut perLevel(List<Long> numbers) {
        if (numbers.stream().distinct().count() == 1) {
            return add(numbers.get(0));
        }
        open('[');
        numbers.forEach(this::add);
        return close(']');
    }

    /** A field, unless it is 0. */
    @CanIgnoreReturnValue
    JsonOut field(String name, long number) {
        return number == 0 ? this : name(name).add(number);
    }

    @CanIgnoreReturnValue
    JsonOut field(String name, @Nullable Long number) {
        return number == null ? this : name(name).add(number.longValue());
    }

    @CanIgnoreReturnValue
    JsonOut field(String name, @Nullable String text) {
        return text == null ? this : name(name).add(text);
    }

    /** A field, unless it is false. */
    @CanIgnoreReturnValue
    JsonOut flag(String name, boolean is) {
        if (is) {
            name(name);
            out.append("true");
        }
        return this;
    }

    /** Tabs and the like have names, and the slash is escaped, because cjson does so. */
    private static void quoted(StringBuilder out, String text) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"', '\\', '/' -> out.append('\\').append(c);
                case '\b' -> out.append("\\b");
                case '\t' -> out.append("\\t");
                case '\n' -> out.append("\\n");
                case '\f' -> out.append("\\f");
                case '\r' -> out.append("\\r");
                default -> {
                    if (c < ' ' || c == 0x7f) {
                        out.append("\\u").append(HexFormat.of().toHexDigits(c));
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        out.append('"');
    }

    @Override
    public String toString() {
        return out.toString();
    }
}
