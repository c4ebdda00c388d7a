package dev.stampede.support;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A worked example of the contract, with its exact results, for those who call the gateway as a till does. Documents
 * are those of {@code programs/}.
 */
public record WorkedCase(int id, String title, JsonNode steps, JsonNode worked) {
    private static final ObjectMapper JSON = new ObjectMapper();

    public static List<WorkedCase> all() {
        List<WorkedCase> all = new ArrayList<>();
        read(Path.of("src/test/resources/programs/cases.json"))
                .forEach(each -> all.add(new WorkedCase(
                        each.path("id").asInt(), each.path("title").asText(), each.path("steps"), each)));
        return all;
    }

    private static JsonNode read(Path file) {
        try {
            return JSON.readTree(file.toFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The example's name, such as {@code coffee}. */
    public String example() {
        return worked.path("program").asText();
    }

    /** The document, with the promotions that the case keeps and what else it says. */
    public ObjectNode document() {
        List<String> only = new ArrayList<>();
        worked.path("only").forEach(id -> only.add(id.asText()));
        ObjectNode document = worked.has("only") ? example(example(), only) : example(example());
        worked.path("patch").fields().forEachRemaining(each -> document.set(each.getKey(), each.getValue()));
        return document;
    }

    /** A document of {@code programs/}. */
    public static ObjectNode example(String name) {
        return (ObjectNode) read(Path.of("programs", name + ".json"));
    }

    /** The same, with these promotions only. */
    public static ObjectNode example(String name, List<String> only) {
        ObjectNode document = example(name);
        ArrayNode kept = JSON.createArrayNode();
        document.path("promotions").forEach(promotion -> {
            if (only.contains(promotion.path("id").asText())) {
                kept.add(promotion);
            }
        });
        return document.set("promotions", kept);
    }

    /** A body as the gateway wants it: the cases leave the currency out, and have quantities as numbers. */
    public static ObjectNode body(JsonNode written, String currency) {
        ObjectNode body = written.deepCopy();
        if (body.has("amount")) {
            body.put("currency", currency);
        }
        body.path("items").forEach(item -> {
            if (item.has("quantity")) {
                ((ObjectNode) item)
                        .put("quantity", new BigDecimal(item.path("quantity").asText()).toPlainString());
            }
        });
        return body;
    }

    @Override
    public String toString() {
        return id + ": " + title;
    }
}
