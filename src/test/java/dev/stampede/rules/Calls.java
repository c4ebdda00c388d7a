package dev.stampede.rules;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Makes calls of the JSON that their callers would send. */
final class Calls {
    private Calls() {}

    static Call.Place place(JsonNode body) {
        return new Call.Place(text(body, "partner"), text(body, "store"), text(body, "channel"));
    }

    private static String text(JsonNode body, String field) {
        return body.has(field) ? body.path(field).asText() : null;
    }

    static Call earn(JsonNode body) {
        if (body.has("points")) {
            return new Call.Stated(place(body), body.path("points").asLong());
        } else if (body.has("action")) {
            return new Call.Action(place(body), body.path("action").asText());
        }
        List<Call.Item> items = new ArrayList<>();
        body.path("items").forEach(each -> items.add(item(each)));
        BigDecimal amount =
                body.has("amount") ? new BigDecimal(body.path("amount").asText()) : null;
        return new Call.Purchase(place(body), amount, items);
    }

    private static Call.Item item(JsonNode json) {
        Set<String> categories = new HashSet<>();
        json.path("categories").forEach(each -> categories.add(each.asText()));
        Map<String, String> attributes = new HashMap<>();
        json.path("attributes")
                .fields()
                .forEachRemaining(
                        each -> attributes.put(each.getKey(), each.getValue().asText()));
        return new Call.Item(
                text(json, "sku"),
                categories,
                new BigDecimal(json.path("quantity").asText("1")),
                new BigDecimal(json.path("amount").asText()),
                attributes);
    }

    /** A purchase without lines. */
    static Call buy(String amount) {
        return new Call.Purchase(Call.Place.UNKNOWN, new BigDecimal(amount), List.of());
    }

    /** {@code {'amount':'2.00', ...}}, with single quotes. */
    static Call of(String json) {
        return earn(Documents.json(json));
    }
}
