package dev.stampede.account;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.stampede.points.Lot;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Reads and writes the compact JSON that the Lua library, Postgres and the gateway share. */
final class Json {
    static final JsonFactory FACTORY = new JsonFactory();

    private Json() {}

    /** The value of the field at whose name the parser stands. */
    static long number(JsonParser json) throws IOException {
        expect(json.nextToken(), JsonToken.VALUE_NUMBER_INT, json);
        return json.getLongValue();
    }

    /** The same for a value that fits into an int. */
    static int integer(JsonParser json) throws IOException {
        expect(json.nextToken(), JsonToken.VALUE_NUMBER_INT, json);
        return json.getIntValue();
    }

    static String string(JsonParser json) throws IOException {
        expect(json.nextToken(), JsonToken.VALUE_STRING, json);
        return json.getText();
    }

    static UUID uuid(JsonParser json) throws IOException {
        return UUID.fromString(string(json));
    }

    static boolean bool(JsonParser json) throws IOException {
        json.nextToken();
        return json.getBooleanValue();
    }

    static void expect(@Nullable JsonToken there, @Nullable JsonToken wanted, JsonParser json) throws IOException {
        if (there != wanted) {
            throw new IOException("expected " + wanted + ", found " + there + " at " + json.currentLocation());
        }
    }

    /** {@code [[day,points],...]} */
    static List<Lot> lots(JsonParser json) throws IOException {
        expect(json.nextToken(), JsonToken.START_ARRAY, json);
        if (json.nextToken() == JsonToken.END_ARRAY) {
            return List.of();
        }
        List<Lot> lots = new ArrayList<>(4);
        do {
            long day = number(json);
            long points = number(json);
            if (json.nextToken() == JsonToken.VALUE_NUMBER_INT) {
                lots.add(new Lot(day, points, json.getLongValue()));
                expect(json.nextToken(), JsonToken.END_ARRAY, json);
            } else {
                expect(json.currentToken(), JsonToken.END_ARRAY, json);
                lots.add(new Lot(day, points));
            }
        } while (json.nextToken() == JsonToken.START_ARRAY);
        return lots;
    }

    static void writeLots(StringBuilder out, List<Lot> lots) {
        out.append('[');
        for (int i = 0; i < lots.size(); i++) {
            Lot lot = lots.get(i);
            out.append(i == 0 ? "[" : ",[").append(lot.day()).append(',').append(lot.points());
            if (lot.given() != lot.day()) {
                out.append(',').append(lot.given());
            }
            out.append(']');
        }
        out.append(']');
    }

    /** The text of the object that follows. */
    static String object(JsonParser json, String text) throws IOException {
        expect(json.nextToken(), JsonToken.START_OBJECT, json);
        int start = (int) json.currentTokenLocation().getCharOffset();
        json.skipChildren();
        return text.substring(start, (int) json.currentLocation().getCharOffset());
    }

    /** The object that follows, read by that function. */
    static <T> T part(JsonParser json, String text, Function<String, T> reader) throws IOException {
        try {
            return reader.apply(object(json, text));
        } catch (IllegalArgumentException | IndexOutOfBoundsException | ArithmeticException e) {
            throw new IOException("not readable: " + e.getMessage(), e);
        }
    }
}
