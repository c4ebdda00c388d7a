package dev.stampede.balance;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.stampede.account.Attributes;
import dev.stampede.account.Image;
import dev.stampede.http.problem.ProblemCode;
import dev.stampede.http.problem.ProblemException;
import dev.stampede.http.request.Fields;
import dev.stampede.rules.DeclaredAttributes;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Checks what a call says of a member's attributes by what the program declares. A program that declares none takes
 * everything.
 *
 * <p>What another version of the program has left there is kept, whatever it is; rules go by what is declared now and
 * has a value that it can have.
 */
final class MemberAttributes {
    private static final JsonFactory JSON = new JsonFactory();

    private final DeclaredAttributes declared;

    MemberAttributes(DeclaredAttributes declared) {
        this.declared = declared;
    }

    /**
     * A string, number, boolean or null.
     *
     * @param text a string without its quotes
     */
    private record Value(JsonToken token, String text) {}

    /**
     * The attributes that replace all others.
     *
     * @param asked a flat JSON object
     * @throws ProblemException if it has one that the program does not declare, or a value that one cannot have
     */
    Attributes replacing(String asked) {
        SortedMap<String, Value> values = checked(asked);
        return new Attributes(asked, ofRules(values), null);
    }

    /**
     * Makes the attributes of those that there are, a JSON object or null.
     *
     * @param asked a flat JSON object; what is null there is removed
     * @throws ProblemException as {@link #replacing}
     */
    Function<@Nullable String, Attributes> changing(String asked) {
        SortedMap<String, Value> changes = checked(asked);
        return before -> {
            SortedMap<String, Value> values = before == null ? new TreeMap<>() : read(before);
            changes.forEach((name, value) -> {
                if (value.token == JsonToken.VALUE_NULL) {
                    values.remove(name);
                } else {
                    values.put(name, value);
                }
            });
            return new Attributes(write(values), ofRules(values), before == null ? "" : Image.digest(before));
        };
    }

    private SortedMap<String, Value> checked(String asked) {
        SortedMap<String, Value> values = read(asked);
        if (declared.isEmpty()) {
            return values;
        }
        values.forEach((id, value) -> {
            String wanted = value.token == JsonToken.VALUE_NULL || !declared.has(id) ? null : wanted(id, value);
            if (wanted != null) {
                throw ProblemException.malformed("The attribute " + id + " must be " + wanted + ".");
            }
        });
        for (String id : values.keySet()) {
            if (!declared.has(id)) {
                throw new ProblemException(
                        ProblemCode.UNKNOWN_ATTRIBUTE,
                        "The program has no attribute \"" + Fields.printable(id) + "\" of members.");
            }
        }
        return values;
    }

    /** What a value must be; null if it is right. */
    private @Nullable String wanted(String id, Value value) {
        if (declared.isFlag(id) ? value.token.isBoolean() : value.token == JsonToken.VALUE_STRING) {
            return declared.wanted(id, value.text);
        }
        return declared.isFlag(id) ? "true or false, without quotes" : "a string";
    }

    private @Nullable SortedMap<String, String> ofRules(SortedMap<String, Value> values) {
        if (declared.isEmpty()) {
            return null;
        }
        SortedMap<String, String> texts = new TreeMap<>();
        values.forEach((id, value) -> {
            if (declared.has(id) && wanted(id, value) == null) {
                texts.put(id, value.text);
            }
        });
        return texts;
    }

    private static SortedMap<String, Value> read(String flat) {
        SortedMap<String, Value> values = new TreeMap<>();
        try (JsonParser json = JSON.createParser(flat)) {
            json.nextToken();
            for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
                JsonToken token = json.nextToken();
                values.put(name, new Value(token, json.getText()));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return values;
    }

    private static String write(SortedMap<String, Value> values) {
        StringWriter out = new StringWriter(128);
        try (JsonGenerator json = JSON.createGenerator(out)) {
            json.writeStartObject();
            for (var each : values.entrySet()) {
                json.writeFieldName(each.getKey());
                write(json, each.getValue());
            }
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toString();
    }

    private static void write(JsonGenerator json, Value value) throws IOException {
        switch (value.token) {
            case VALUE_STRING -> json.writeString(value.text);
            case VALUE_TRUE, VALUE_FALSE -> json.writeBoolean(value.token == JsonToken.VALUE_TRUE);
            default -> json.writeNumber(value.text);
        }
    }
}
