package dev.stampede.codec;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes compact JSON, with strings as Lua's cjson writes them. */
final class JsonOut {
    private static final char DELETE = 0x7f;

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
        next().append('"').append(name).append("\":"); // names are ours: none of them needs an escape
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
        if (!numbers.isEmpty() && areAll(numbers, numbers.get(0))) {
            return add(numbers.get(0).longValue());
        }
        open('[');
        numbers.forEach(this::add);
        return close(']');
    }

    /** The same as a field, unless all are 0. */
    @CanIgnoreReturnValue
    JsonOut perLevel(String name, List<Long> numbers) {
        return areAll(numbers, 0) ? this : name(name).perLevel(numbers);
    }

    private static boolean areAll(List<Long> numbers, long same) {
        for (long number : numbers) {
            if (number != same) {
                return false;
            }
        }
        return true;
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
        int from = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c >= ' ' && c != '"' && c != '\\' && c != '/' && c != DELETE) {
                continue;
            }
            out.append(text, from, i);
            from = i + 1;
            switch (c) {
                case '"', '\\', '/' -> out.append('\\').append(c);
                case '\b' -> out.append("\\b");
                case '\t' -> out.append("\\t");
                case '\n' -> out.append("\\n");
                case '\f' -> out.append("\\f");
                case '\r' -> out.append("\\r");
                default -> out.append("\\u").append(HexFormat.of().toHexDigits(c));
            }
        }
        out.append(text, from, text.length()).append('"');
    }

    @Override
    public String toString() {
        return out.toString();
    }
}
