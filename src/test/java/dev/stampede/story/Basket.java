package dev.stampede.story;

import java.util.ArrayList;
import java.util.List;

/** What is bought: {@code 5.00}, or lines, {@code 4.50 iced and 9.00 beans x2 for 20.00}. */
final class Basket {
    private static final String CATEGORY = "(?!(and|for|happened|at|as)$)[a-z][a-z-]*";

    private Basket() {}

    /** The fields of an earn, up to the words that it does not know. */
    static String read(Words words, String currency, Story story) {
        List<String> lines = new ArrayList<>();
        do {
            lines.add(line(words));
        } while (words.skip("and"));
        String total = words.skip("for") ? words.next() : null;
        String fields = "\"items\":[{" + String.join("},{", lines) + "}]";
        if (lines.size() == 1 && !lines.get(0).contains(",")) {
            fields = lines.get(0) + ",\"currency\":\"" + currency + '"';
        } else if (total != null) {
            fields += ",\"amount\":\"" + total + "\",\"currency\":\"" + currency + '"';
        }
        return words.skip("happened") ? fields + ",\"occurredAt\":\"" + story.time(words.next()) + '"' : fields;
    }

    private static String line(Words words) {
        String line = "\"amount\":\"" + words.next() + '"';
        String category = words.like(CATEGORY);
        if (category != null) {
            line += ",\"categories\":[\"" + category + "\"]";
        }
        String quantity = words.like("x[0-9.]+");
        if (quantity != null) {
            line += ",\"quantity\":\"" + quantity.substring(1) + '"';
        }
        List<String> attributes = new ArrayList<>();
        for (String next = words.like("[A-Za-z]+=.+"); next != null; next = words.like("[A-Za-z]+=.+")) {
            String[] named = next.split("=");
            attributes.add('"' + named[0] + "\":\"" + named[1] + '"');
        }
        return attributes.isEmpty() ? line : line + ",\"attributes\":{" + String.join(",", attributes) + "}";
    }
}
