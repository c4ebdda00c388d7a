package dev.stampede.codec;

import dev.stampede.award.Part;
import dev.stampede.award.Settled;
import dev.stampede.award.Undone;
import java.util.List;

/**
 * What an earn or the reversal of one is told with. Its canonical JSON, which Lua writes, too, leaves out what is 0,
 * empty, or as it was: {@code enrols, level, reached, explanation: [[rule, points[, wanted, reason or null[, reward,
 * gifts]]], ...]}.
 *
 * @param enrols whether it opened the account
 * @param level the index of the level that the member held; after a reversal that which he has
 * @param reached the index of the level that he has afterwards
 */
public record Told(boolean enrols, int level, int reached, List<Part> explanation) {
    public Told {
        explanation = List.copyOf(explanation);
    }

    public static Told of(Settled settled) {
        return new Told(settled.enrols(), settled.level(), settled.reached(), settled.explanation());
    }

    public static Told of(Undone undone) {
        return new Told(false, undone.level(), undone.level(), undone.explanation());
    }

    public String write() {
        JsonOut json = new JsonOut().open('{').flag("enrols", enrols).field("level", level);
        if (reached != level) {
            json.name("reached").add(reached);
        }
        if (!explanation.isEmpty()) {
            json.name("explanation").open('[');
            for (Part part : explanation) {
                json.open('[').add(part.rule()).add(part.points());
                if (part.reward() != null || part.reason() != null || part.wanted() != part.points()) {
                    json.add(part.wanted()).add(part.reason());
                }
                if (part.reward() != null) {
                    json.add(part.reward()).add(part.gifts());
                }
                json.close(']');
            }
            json.close(']');
        }
        return json.close('}').toString();
    }

    /** @throws IllegalArgumentException if the text was not made by {@link #write} or by Lua */
    public static Told read(String text) {
        return JsonIn.read(text, Told::parsed);
    }

    private static Told parsed(JsonIn json) {
        int level = json.get("level").index();
        return new Told(
                json.get("enrols").flag(),
                level,
                Math.toIntExact(json.get("reached").number(level)),
                json.get("explanation").list(Told::part));
    }

    private static Part part(JsonIn row) {
        long points = row.at(1).number();
        return new Part(
                row.at(0).text(),
                points,
                row.at(4).textOrNull(),
                row.at(5).number(0),
                row.at(2).number(points),
                row.at(3).textOrNull());
    }
}
