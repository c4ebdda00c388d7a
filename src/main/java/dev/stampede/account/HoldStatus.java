package dev.stampede.account;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.UUID;

/**
 * A hold in the state in which an operation left it.
 *
 * @param state {@code held}, {@code captured}, {@code voided} or {@code expired}
 * @param expiresAt in ms since the epoch
 */
public record HoldStatus(UUID id, long points, long captured, String state, long expiresAt) {
    /** The same hold in another state, with nothing captured. */
    public HoldStatus as(String other) {
        return new HoldStatus(id, points, 0, other, expiresAt);
    }

    static HoldStatus read(JsonParser json) throws IOException {
        return read(json, false);
    }

    private static HoldStatus read(JsonParser json, boolean knownOnly) throws IOException {
        Json.expect(json.nextToken(), JsonToken.START_OBJECT, json);
        UUID id = null;
        long points = 0;
        long captured = 0;
        String state = null;
        long expiresAt = 0;
        for (String field = json.nextFieldName(); field != null; field = json.nextFieldName()) {
            switch (field) {
                case "id" -> id = Json.uuid(json);
                case "points" -> points = Json.number(json);
                case "captured" -> captured = Json.number(json);
                case "state" -> state = Json.string(json);
                case "expiresAt" -> expiresAt = Json.number(json);
                default -> {
                    if (!knownOnly) {
                        throw new IOException("unknown field " + field);
                    }
                    json.nextToken();
                    json.skipChildren();
                }
            }
        }
        if (id == null || state == null) {
            throw new IOException("a hold without id or state");
        }
        return new HoldStatus(id, points, captured, state, expiresAt);
    }

    /** @throws IllegalArgumentException if the text is not a hold */
    public static HoldStatus parse(String text) {
        return parse(text, false);
    }

    /**
     * The readable part of a hold that a newer release may have written: only for showing it, never for a decision.
     *
     * @throws IllegalArgumentException if the text is not a hold
     */
    public static HoldStatus parseKnown(String text) {
        return parse(text, true);
    }

    private static HoldStatus parse(String text, boolean knownOnly) {
        try (JsonParser json = Json.FACTORY.createParser(text)) {
            return read(json, knownOnly);
        } catch (IOException e) {
            throw new IllegalArgumentException("not a hold", e);
        }
    }

    public String text() {
        return "{\"id\":\"" + id + "\",\"points\":" + points + ",\"captured\":" + captured + ",\"state\":\"" + state
                + "\",\"expiresAt\":" + expiresAt + "}";
    }
}
