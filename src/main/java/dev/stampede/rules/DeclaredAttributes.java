package dev.stampede.rules;

import dev.stampede.document.MemberAttribute;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The attributes of members that a programme declares. */
public final class DeclaredAttributes {
    private final Map<String, MemberAttribute> byId;

    public DeclaredAttributes(List<MemberAttribute> declared) {
        this.byId = declared.stream().collect(Collectors.toMap(MemberAttribute::id, Function.identity()));
    }

    public boolean isEmpty() {
        return byId.isEmpty();
    }

    public boolean has(String id) {
        return byId.containsKey(id);
    }

    /** Whether it is true or false. */
    public boolean isFlag(String id) {
        return byId.get(id) instanceof MemberAttribute.Flag;
    }

    /**
     * What the values of a declared attribute are, if this is none of them; else null.
     *
     * @param value as text: a flag is {@code true} or {@code false}
     */
    public @Nullable String wanted(String id, String value) {
        MemberAttribute attribute = byId.get(id);
        if (attribute instanceof MemberAttribute.BirthDate) {
            return isDate(value) ? null : "a date YYYY-MM-DD";
        } else if (attribute instanceof MemberAttribute.Code code) {
            return text(value, code.maxLength());
        } else if (attribute instanceof MemberAttribute.Text text) {
            return text(value, text.maxLength());
        }
        return value.equals("true") || value.equals("false") ? null : "true or false";
    }

    private static @Nullable String text(String value, int most) {
        return isOfLength(value, most) ? null : "a text of 1 to " + most + " characters";
    }

    private static boolean isOfLength(String text, int most) {
        return !text.isEmpty() && text.codePointCount(0, text.length()) <= most;
    }

    private static boolean isDate(String value) {
        try {
            return value.matches("[0-9]{4}-[0-9]{2}-[0-9]{2}")
                    && LocalDate.parse(value).getYear() > 0;
        } catch (DateTimeParseException e) {
            return false;
        }
    }
}
