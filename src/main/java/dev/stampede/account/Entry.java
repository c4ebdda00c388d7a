package dev.stampede.account;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.stampede.points.Lot;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * One movement of points: the change of each bucket, and the bucket's content after it.
 *
 * @param type {@code earn}, {@code redeem}, {@code hold}, {@code capture}, {@code release}, {@code reverse}, {@code
 *     take_back}, {@code adjust}, {@code forfeit}, {@code mature}, {@code payoff} or {@code expire}
 * @param lots the lots that changed; negative where points left the lot. An adjustment names the points that it took
 *     although they were not there, too
 */
public record Entry(
        String type,
        long available,
        long held,
        long pending,
        long debt,
        long availableAfter,
        long heldAfter,
        long pendingAfter,
        long debtAfter,
        List<Lot> lots) {

    /** The lots as {@code [[day,points],...]}. */
    public String lotsText() {
        StringBuilder out = new StringBuilder(16 + 24 * lots.size());
        Json.writeLots(out, lots);
        return out.toString();
    }

    /**
     * Reads what {@link #lotsText} writes.
     *
     * @throws IllegalArgumentException if the text is not a list of lots
     */
    public static List<Lot> parseLots(String text) {
        try (JsonParser json = Json.FACTORY.createParser(text)) {
            return Json.lots(json);
        } catch (IOException e) {
            throw new IllegalArgumentException("not a list of lots", e);
        }
    }

    /** Reads {@code [["earn",100,0,0,0,100,0,0,0,[[20500,100]]],...]}. */
    static List<Entry> list(JsonParser json) throws IOException {
        Json.expect(json.nextToken(), JsonToken.START_ARRAY, json);
        List<Entry> entries = new ArrayList<>(2);
        while (json.nextToken() == JsonToken.START_ARRAY) {
            entries.add(new Entry(
                    Json.string(json),
                    Json.number(json),
                    Json.number(json),
                    Json.number(json),
                    Json.number(json),
                    Json.number(json),
                    Json.number(json),
                    Json.number(json),
                    Json.number(json),
                    Json.lots(json)));
            Json.expect(json.nextToken(), JsonToken.END_ARRAY, json);
        }
        return entries;
    }

    /** @throws IllegalArgumentException if the text is not a list of entries */
    public static List<Entry> parse(String text) {
        try (JsonParser json = Json.FACTORY.createParser(text)) {
            return list(json);
        } catch (IOException e) {
            throw new IllegalArgumentException("not a list of entries", e);
        }
    }
}
