package dev.stampede.ceiling;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The loyalty programs under which earns are compared, all in euros: each is a document that is published as it is. */
final class Schemes {
    static final String COFFEE = "coffee-chain";
    static final String FIFTY = "fifty-promotions";
    static final String WIDE = "wide-image";
    static final String BUDGET = "one-budget";
    static final String NO_BUDGET = "no-budget";

    /** As many as may be candidates for one operation. */
    private static final int CARDS = 32;

    /** How far ahead a version takes effect, and a bit. */
    private static final Duration AHEAD = Duration.ofSeconds(7);

    private final Path examples;

    /** @param examples where the example documents are */
    Schemes(Path examples) {
        this.examples = examples;
    }

    static String path(String program) {
        return "/v1/programs/" + program + "/accounts/";
    }

    /** Publishes them, and waits until they are in force. */
    void publish(App app, Map<String, String> documents) throws IOException, InterruptedException {
        HttpClient client = HttpClient.newHttpClient();
        for (Map.Entry<String, String> document : documents.entrySet()) {
            HttpRequest request = HttpRequest.newBuilder(
                            URI.create(app.url() + "/v1/programs/" + document.getKey() + "/versions"))
                    .header("Authorization", "Bearer " + app.key)
                    .header("Content-Type", "application/json")
                    .POST(HttpRequest.BodyPublishers.ofString(document.getValue()))
                    .build();
            HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
            if (answer.statusCode() != 201) {
                throw new Trouble(document.getKey() + " cannot be published: " + answer.body());
            }
        }
        Thread.sleep(AHEAD.toMillis());
    }

    /** By their ids: those whose points depend on the member. */
    Map<String, String> promotions() throws IOException {
        Map<String, String> documents = new TreeMap<>();
        documents.put(COFFEE, coffee());
        documents.put(FIFTY, document(FIFTY, fifty()));
        documents.put(WIDE, document(WIDE, wide()));
        return documents;
    }

    /** The same promotion with a budget, of which a part is used by each earn and which lasts, and without. */
    static Map<String, String> budgets() {
        String bonus = "\"give\": {\"points\": 5}";
        String budget = "{\"id\": \"shared\", \"of\": \"points\", \"total\": 1000000000000,"
                + " \"exhausted\": \"nothing\", \"returns\": true}";
        return Map.of(
                NO_BUDGET, document(NO_BUDGET, List.of(promotion("bonus", bonus))),
                BUDGET,
                        document(BUDGET, List.of(promotion("bonus", bonus + ", \"budget\": \"shared\"")))
                                .replace("\"budgets\": []", "\"budgets\": [" + budget + "]"));
    }

    /** The example, in euros and in real time. */
    private String coffee() throws IOException {
        return Files.readString(examples.resolve("coffee.json"))
                .replaceFirst("\"program\": *\"coffee\"", "\"program\": \"" + COFFEE + "\"")
                .replaceFirst("\"effectiveFrom\": *\"[^\"]*\"", "\"effectiveFrom\": \"now\"")
                .replaceFirst("\"sandbox\": *\\{[^}]*\\}, *", "")
                .replace("\"USD\"", "\"EUR\"");
    }

    private static String document(String program, List<String> promotions) {
        return """
                {"format": "stampede.program/1", "program": "%s", "name": "%1$s", "basedOn": 0, "effectiveFrom": "now",
                 "timeZone": "Europe/Berlin", "currency": "EUR",
                 "points": {"names": {"one": "point", "other": "points"},
                  "expiry": {"type": "months", "months": 12, "end": "month"}, "pendingDays": 0, "clawback": "debt",
                  "graceDays": 0, "autoEnrol": true, "backdateDays": 0},
                 "rounding": {"scope": "basket"}, "attributes": [], "measures": [],
                 "earn": [{"id": "base", "rate":
                  {"by": "amount", "points": 1, "per": "1.00", "units": "exact"}}],
                 "redeem": [{"id": "standard", "points": 100, "value": "1.00"}],
                 "stacking": {"groups": [{"id": "best", "mode": "best"}]},
                 "budgets": [], "rewards": [], "limits": [],
                 "promotions": [%s]}""".formatted(program, String.join(",\n", promotions));
    }

    /** 50 that are running, of which 5 are open to the purchase that is sent. */
    private static List<String> fifty() {
        List<String> all = new ArrayList<>(List.of(
                promotion("double", "\"give\": {\"multiply\": \"2\"}, \"group\": \"best\""),
                promotion("half-again", "\"give\": {\"multiply\": \"1.5\"}, \"group\": \"best\""),
                promotion("large", "\"when\": {\"minimum\": \"40.00\"}, \"give\": {\"points\": 5}"),
                promotion(
                        "first-three",
                        "\"give\": {\"points\": 10}, \"limits\": [{\"of\": \"uses\", \"max\": 3, \"per\": \"month\"}]"),
                promotion(
                        "tenth",
                        "\"progress\": {\"type\": \"count\", \"counts\": \"operations\", \"target\": 10,"
                                + " \"repeat\": true}, \"give\": {\"points\": 20}")));
        for (int i = 1; i <= 15; i++) {
            all.add(promotion(
                    "store-" + i, "\"when\": {\"stores\": [\"store-" + i + "\"]}, \"give\": {\"points\": 3}"));
            all.add(promotion(
                    "shop-" + i,
                    "\"when\": {\"minimum\": \"40.00\", \"stores\": [\"shop-" + i + "\"]}, \"give\": {\"points\": 4}"));
            all.add(promotion(
                    "category-" + i,
                    "\"when\": {\"items\": {\"categories\": [\"category-" + i + "\"]}}, \"give\": {\"points\": 6}"));
        }
        return all;
    }

    /** One for each purchase, and cards that an action stamps: they make an image larger by a kibibyte. */
    private static List<String> wide() {
        List<String> all = new ArrayList<>();
        all.add(promotion(
                "tenth",
                "\"progress\": {\"type\": \"count\", \"counts\": \"operations\", \"target\": 10, \"repeat\": true},"
                        + " \"give\": {\"points\": 20}"));
        for (int i = 1; i <= CARDS; i++) {
            all.add(promotion(
                    "card-with-a-long-name-%02d".formatted(i),
                    "\"event\": \"action:stamp\", \"progress\": {\"type\": \"count\", \"counts\": \"operations\","
                            + " \"target\": 1000, \"repeat\": true}, \"give\": {\"points\": 1}"));
        }
        return all;
    }

    private static String promotion(String id, String rest) {
        return "{\"id\": \"" + id + "\", \"name\": \"" + id + "\", " + rest + "}";
    }
}
