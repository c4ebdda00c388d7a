package dev.stampede.http.request;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import dev.stampede.http.problem.ProblemCode;
import dev.stampede.http.problem.ProblemException;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Currency;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A JSON object, read strictly: what a till sends by mistake is refused and not guessed at. A field that is null is not
 * there. Each field that is asked for is checked, and remembered in its canonical form, so that two bodies that mean
 * the same have the same {@link #canonical} text whatever their spelling and order.
 */
public final class Fields {
    /** The longest body that is read here, in bytes. */
    public static final int MAX_BODY = 256 * 1024;

    /** The longest of the short texts of a list or a map, in characters. */
    private static final int MAX_CODE = 64;

    private static final JsonFactory STRICT = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(8)
                    // numbers stay text until their length is known, so that a long one costs nothing
                    .maxNumberLength(MAX_BODY + 1)
                    .maxStringLength(MAX_BODY + 1)
                    .maxNameLength(1000)
                    .build())
            .build();
    /** Finds the end of an object. Whoever reads that object is the one who checks it. */
    private static final JsonFactory KEEPING = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(200)
                    .maxNumberLength(1024 * 1024)
                    .build())
            .build();

    private static final JsonFactory PLAIN = new JsonFactory();
    private static final Pattern WHOLE = Pattern.compile("0|-?[1-9][0-9]{0,17}");
    private static final Pattern TIME = Pattern.compile(
            "[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})");

    private final Map<String, Object> values;
    private final TreeMap<String, Object> canonical = new TreeMap<>();
    /** The fields that are null. */
    private final Set<String> nulls = new HashSet<>();

    /** A number as it was written. */
    private record Literal(String text) {}

    /** A value that is to be removed. */
    private enum Removed {
        NULL
    }

    /** An object that is somebody else's to read. */
    private record Kept(String text) {}

    private Fields(Map<String, Object> values) {
        this.values = values;
    }

    /** Reads a body that must be there. */
    static Fields of(byte @Nullable [] body) {
        if (body == null || body.length == 0) {
            throw ProblemException.malformed("The body is missing.");
        }
        return parse(text(body));
    }

    /**
     * Reads a body that must be there, and keeps the object of one field as its text, whatever it contains: it is
     * somebody else's to read.
     */
    static Fields of(byte @Nullable [] body, String kept) {
        if (body == null || body.length == 0) {
            throw ProblemException.malformed("The body is missing.");
        }
        String text = text(body);
        try (JsonParser json = KEEPING.createParser(text)) {
            if (json.nextToken() == JsonToken.START_OBJECT) {
                for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
                    boolean isObject = json.nextToken() == JsonToken.START_OBJECT;
                    int start = (int) json.currentTokenLocation().getCharOffset();
                    json.skipChildren();
                    int end = (int) json.currentTokenLocation().getCharOffset() + 1;
                    if (isObject && name.equals(kept)) {
                        // what is left must still be there once: two of them are refused as any field that is doubled
                        Fields fields = parse(text.substring(0, start) + "\"\"" + text.substring(end));
                        fields.values.put(kept, new Kept(text.substring(start, end)));
                        return fields;
                    }
                }
            }
        } catch (IOException e) {
            throw notJson(e);
        }
        return parse(text);
    }

    /** Reads a body that may be left out, which means {@code {}}. */
    static Fields orNone(byte @Nullable [] body) {
        return body == null || body.length == 0 ? new Fields(Map.of()) : parse(text(body));
    }

    private static String text(byte[] body) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(body))
                    .toString();
        } catch (CharacterCodingException e) {
            throw ProblemException.malformed("The body is not UTF-8.");
        }
    }

    private static Fields parse(String text) {
        try (JsonParser json = STRICT.createParser(text)) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                throw ProblemException.malformed("The body is not a JSON object.");
            }
            Fields fields = object(json);
            if (json.nextToken() != null) {
                throw ProblemException.malformed("The body has more text after the JSON object.");
            }
            return fields;
        } catch (IOException e) {
            throw notJson(e);
        }
    }

    /** The parser's own message quotes the body: only its first line, and not much of it. */
    private static ProblemException notJson(IOException e) {
        String message =
                e.getMessage() == null ? "" : e.getMessage().lines().findFirst().orElse("");
        return ProblemException.malformed(
                "The body is not JSON: " + message.substring(0, Math.min(message.length(), 200)));
    }

    private static Fields object(JsonParser json) throws IOException {
        Fields fields = new Fields(new LinkedHashMap<>());
        for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
            JsonToken token = json.nextToken();
            if (token == JsonToken.VALUE_NULL) {
                fields.nulls.add(name);
            } else {
                fields.values.put(name, value(json, token));
            }
        }
        return fields;
    }

    private static Object value(JsonParser json, @Nullable JsonToken token) throws IOException {
        if (token == null) {
            throw ProblemException.malformed("The JSON ends too early.");
        }
        return switch (token) {
            case START_OBJECT -> object(json);
            case START_ARRAY -> {
                List<Object> list = new ArrayList<>();
                for (JsonToken next = json.nextToken(); next != JsonToken.END_ARRAY; next = json.nextToken()) {
                    list.add(value(json, next));
                }
                yield list;
            }
            case VALUE_STRING -> json.getText();
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> new Literal(json.getText());
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            default -> throw ProblemException.malformed("A list must not contain null.");
        };
    }

    /** Refuses every other field. */
    Fields only(List<String> known) {
        for (String name : values.keySet()) {
            if (!known.contains(name)) {
                throw new ProblemException(
                        ProblemCode.UNKNOWN_FIELD,
                        "The field \"" + printable(name) + "\" is unknown. Known: " + known + ".");
            }
        }
        return this;
    }

    /** The beginning of a name, without characters that nobody can print. */
    public static String printable(String name) {
        String start = name.substring(0, Math.min(name.length(), 64));
        return start.codePoints()
                .map(c -> c < 0x20 || c == 0x7f || (c >= 0xd800 && c <= 0xdfff) ? '?' : c)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    boolean has(String name) {
        return values.containsKey(name);
    }

    /** A whole number; {@code otherwise} if it isn't there. */
    @Nullable
    Long whole(String name, long least, long most, @Nullable Long otherwise) {
        Object value = values.get(name);
        if (value == null) {
            if (otherwise != null) {
                canonical.put(name, otherwise);
            }
            return otherwise;
        }
        if (!(value instanceof Literal literal)) {
            throw ProblemException.malformed(name + " is not a number.");
        }
        if (!WHOLE.matcher(literal.text).matches()) {
            throw Amounts.invalid(name + " is not a whole number from " + least + " to " + most + ".");
        }
        long number = Long.parseLong(literal.text);
        if (number < least || number > most) {
            throw Amounts.invalid(name + " is not from " + least + " to " + most + ".");
        }
        canonical.put(name, number);
        return number;
    }

    /**
     * A text of 1 to {@code most} characters, or null if it isn't there.
     *
     * @param lines whether it may have tabs and several lines
     * @param pattern that it must match; null for any text
     */
    @Nullable
    String text(String name, int most, boolean lines, @Nullable Pattern pattern) {
        Object value = values.get(name);
        if (value == null) {
            return null;
        }
        if (!(value instanceof String text)) {
            throw ProblemException.malformed(name + " is not a string.");
        }
        if (!isOfLength(text, most)) {
            throw ProblemException.malformed(name + " is not 1 to " + most + " characters long.");
        }
        checkCharacters(name, text, lines ? "\t\n\r" : "");
        if (pattern != null && !pattern.matcher(text).matches()) {
            throw ProblemException.malformed(name + " does not match " + pattern + ".");
        }
        canonical.put(name, text);
        return text;
    }

    /** Leaves the field out of the canonical text. */
    void leaveOut(String name) {
        canonical.remove(name);
    }

    /** Whether it has 1 to {@code most} characters: code points, as everybody but Java counts them. */
    public static boolean isOfLength(String text, int most) {
        return !text.isEmpty() && text.codePointCount(0, text.length()) <= most;
    }

    private static void checkCharacters(String name, String text) {
        checkCharacters(name, text, "");
    }

    /** Half a surrogate pair has no UTF-8, and a zero character no place in Postgres. */
    private static void checkCharacters(String name, String text, String controls) {
        boolean bad = text.codePoints()
                .anyMatch(c -> (Character.isISOControl(c) && controls.indexOf(c) < 0) || (c >= 0xd800 && c <= 0xdfff));
        if (bad) {
            throw ProblemException.malformed(
                    printable(name) + " contains control characters or half of a surrogate pair.");
        }
    }

    /** A plain decimal of that shape, in quotes; null if not there. */
    @Nullable
    BigDecimal decimal(String name, Pattern shape) {
        Object value = values.get(name);
        if (value == null) {
            return null;
        }
        if (!(value instanceof String text)) {
            throw ProblemException.malformed(name + " is not a string. Send decimals in quotes.");
        }
        if (!shape.matcher(text).matches()) {
            throw Amounts.invalid(name + " is not a plain decimal number within its bounds: " + shape + ".");
        }
        BigDecimal decimal = new BigDecimal(text);
        canonical.put(name, decimal.stripTrailingZeros().toPlainString());
        return decimal;
    }

    /** True or false; null if not there. */
    @Nullable
    Boolean flag(String name) {
        Object value = values.get(name);
        if (value == null) {
            return null;
        }
        if (!(value instanceof Boolean flag)) {
            throw ProblemException.malformed(name + " is not true or false.");
        }
        canonical.put(name, flag);
        return flag;
    }

    /** The text of the object that was kept; null if it isn't there. */
    @Nullable
    String kept(String name) {
        Object value = values.get(name);
        if (value == null) {
            return null;
        }
        if (!(value instanceof Kept object)) {
            throw ProblemException.malformed(name + " is not an object.");
        }
        canonical.put(name, object.text);
        return object.text;
    }

    /** A currency, or null if it isn't there. */
    @Nullable
    Currency currency(String name) {
        Object value = values.get(name);
        if (value == null) {
            return null;
        }
        try {
            if (value instanceof String code) {
                Currency currency = Currency.getInstance(code);
                canonical.put(name, code);
                return currency;
            }
        } catch (IllegalArgumentException e) {
            // falls through to the same answer as a number
        }
        throw ProblemException.malformed(name + " is not an ISO 4217 currency code.");
    }

    /** A time (RFC 3339), or null if it isn't there. */
    @Nullable
    Instant time(String name) {
        Object value = values.get(name);
        if (value == null) {
            return null;
        }
        if (!(value instanceof String text)) {
            throw ProblemException.malformed(name + " is not a string.");
        }
        Instant time = time(name, text);
        canonical.put(name, time.toString());
        return time;
    }

    /** Reads a time (RFC 3339). */
    public static Instant time(String name, String text) {
        try {
            if (TIME.matcher(text).matches()) {
                return OffsetDateTime.parse(text.toUpperCase(java.util.Locale.ROOT))
                        .toInstant();
            }
        } catch (DateTimeException e) {
            // falls through: the 31st of June has the right shape only
        }
        throw ProblemException.malformed(name + " is not an RFC 3339 time such as 2026-11-21T12:00:00Z.");
    }

    /** An object, or null if it isn't there. */
    @Nullable
    Fields object(String name) {
        Object value = values.get(name);
        if (value == null) {
            return null;
        }
        if (!(value instanceof Fields fields)) {
            throw ProblemException.malformed(name + " is not an object.");
        }
        canonical.put(name, fields);
        return fields;
    }

    /** A list of at most {@code most} objects, or null if it isn't there. */
    @Nullable
    List<Fields> list(String name, int most) {
        Object value = values.get(name);
        if (value == null) {
            return null;
        }
        if (!(value instanceof List<?> list) || list.size() > most) {
            throw ProblemException.malformed(name + " is not a list of at most " + most + " objects.");
        }
        List<Fields> objects = new ArrayList<>();
        for (Object element : list) {
            if (!(element instanceof Fields fields)) {
                throw ProblemException.malformed(name + " has an element that is not an object.");
            }
            objects.add(fields);
        }
        canonical.put(name, objects);
        return objects;
    }

    /** A list of at most {@code most} short texts, or null if it isn't there. */
    @Nullable
    List<String> codes(String name, int most) {
        Object value = values.get(name);
        if (value == null) {
            return null;
        }
        if (!(value instanceof List<?> list) || list.size() > most) {
            throw ProblemException.malformed(name + " is not a list of at most " + most + " strings.");
        }
        List<String> codes = new ArrayList<>();
        for (Object element : list) {
            codes.add(code(name, element));
        }
        canonical.put(name, codes);
        return codes;
    }

    /**
     * An object of at most {@code most} short texts, or null if it isn't there. A number or a boolean is taken as the
     * text that it is.
     */
    @Nullable
    Map<String, String> codesByName(String name, int most) {
        Object value = values.get(name);
        if (value == null) {
            return null;
        }
        if (!(value instanceof Fields fields) || fields.values.size() > most) {
            throw ProblemException.malformed(name + " is not an object of at most " + most + " strings.");
        }
        Map<String, String> codes = new LinkedHashMap<>();
        fields.values.forEach((key, each) -> {
            String text = each instanceof Literal literal
                    ? literal.text
                    : code(name, each instanceof Boolean ? each.toString() : each);
            codes.put(code(name, key), code(name, text));
        });
        fields.canonical.putAll(codes);
        canonical.put(name, fields);
        return codes;
    }

    private static String code(String name, Object element) {
        if (!(element instanceof String text) || !isOfLength(text, MAX_CODE)) {
            throw ProblemException.malformed(name + " has an element that is not 1 to " + MAX_CODE + " characters.");
        }
        checkCharacters(name, text);
        return text;
    }

    /**
     * An object of at most {@code most} strings, numbers and booleans, as JSON with sorted keys; null if it isn't
     * there.
     *
     * @param nulls whether it keeps the fields that are null; otherwise they are not there
     */
    @Nullable
    String flat(String name, int most, boolean nulls) {
        Object value = values.get(name);
        if (value == null) {
            return null;
        }
        if (!(value instanceof Fields fields) || fields.values.size() + (nulls ? fields.nulls.size() : 0) > most) {
            throw ProblemException.malformed(name + " is not an object of at most " + most + " values.");
        }
        fields.values.forEach((key, each) -> {
            checkCharacters(name, key);
            if (key.isEmpty() || each instanceof Fields || each instanceof List) {
                throw ProblemException.malformed(
                        name + " may contain only strings, numbers and booleans, with names that are not empty.");
            }
            if (each instanceof String text) {
                checkCharacters(name, text);
            }
            if (each instanceof Literal literal && literal.text.length() > 32) {
                throw ProblemException.malformed(name + " contains a number of more than 32 characters.");
            }
            fields.canonical.put(key, each);
        });
        if (nulls) {
            fields.nulls.forEach(key -> {
                checkCharacters(name, key);
                if (key.isEmpty()) {
                    throw ProblemException.malformed(name + " may contain only names that are not empty.");
                }
                fields.canonical.put(key, Removed.NULL);
            });
        }
        String text = fields.canonical();
        canonical.put(name, fields);
        return text;
    }

    /** What was read, as compact JSON with sorted names: the same for all bodies that mean the same. */
    String canonical() {
        StringWriter out = new StringWriter(128);
        try (JsonGenerator json = PLAIN.createGenerator(out)) {
            write(json, this);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toString();
    }

    private static void write(JsonGenerator json, Object value) throws IOException {
        if (value instanceof Fields fields) {
            json.writeStartObject();
            for (var field : fields.canonical.entrySet()) {
                json.writeFieldName(field.getKey());
                write(json, field.getValue());
            }
            json.writeEndObject();
        } else if (value instanceof List<?> list) {
            json.writeStartArray();
            for (Object element : list) {
                write(json, element);
            }
            json.writeEndArray();
        } else if (value instanceof Literal literal) {
            json.writeNumber(literal.text);
        } else if (value instanceof Boolean bool) {
            json.writeBoolean(bool);
        } else if (value instanceof Long number) {
            json.writeNumber(number);
        } else if (value == Removed.NULL) {
            json.writeNull();
        } else {
            json.writeString((String) value);
        }
    }
}
