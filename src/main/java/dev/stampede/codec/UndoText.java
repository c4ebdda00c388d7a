package dev.stampede.codec;

import dev.stampede.award.Gift;
import dev.stampede.award.LevelRules;
import dev.stampede.award.Parts;
import dev.stampede.award.Undo;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The reversal of an earn as the JSON that 37-undo.lua settles.
 *
 * <pre>
 * whole
 * takes   [[rule, points[, promotion[, run]]], ...]
 * less    [measure, by, ...]
 * period
 * uses    [counter, of uses, by, ...]
 * gifts   [[reward, until, promotion, count], ...]
 * backs   [[promotion, target, stamps, points, gifts, reward or "", [, period[, run]]], ...]
 * left    the next parts, as text
 * </pre>
 */
public final class UndoText {
    private UndoText() {}

    public static String write(Undo undo) {
        JsonOut json = new JsonOut().open('{').flag("whole", undo.whole());
        rows(json, "takes", undo.takes(), (out, take) -> {
            out.add(take.rule()).add(take.points());
            optional(take.progress() == null ? null : out.add(take.progress()), take.run());
        });
        if (!undo.less().isEmpty()) {
            json.name("less").open('[');
            undo.less().forEach(less -> json.add(less.measure()).add(less.by()));
            json.close(']');
        }
        json.field("period", undo.period());
        RuleText.writeUses(json, "uses", undo.uses());
        rows(json, "gifts", undo.gifts(), (out, back) -> {
            out.add(back.gift().reward()).add(back.gift().until());
            out.add(back.gift().promotion()).add(back.count());
        });
        rows(json, "backs", undo.backs(), (out, back) -> {
            out.add(back.promotion()).add(back.target()).add(back.stamps());
            out.add(back.points()).add(back.gifts()).add(back.reward() == null ? "" : back.reward());
            Long period = back.period();
            optional(period == null ? null : out.add(period.longValue()), back.run());
        });
        return json.field("left", PartsText.write(undo.left())).close('}').toString();
    }

    private interface RowWriter<T> {
        void write(JsonOut json, T row);
    }

    private static <T> void rows(JsonOut json, String name, List<T> rows, RowWriter<T> writer) {
        if (!rows.isEmpty()) {
            json.name(name).open('[');
            for (T row : rows) {
                json.open('[');
                writer.write(json, row);
                json.close(']');
            }
            json.close(']');
        }
    }

    private static void optional(@Nullable JsonOut json, @Nullable Long number) {
        if (json != null && number != null) {
            json.add(number.longValue());
        }
    }

    /** @throws IllegalArgumentException if the text is none of a reversal */
    public static Undo read(String text) {
        return JsonIn.read(text, UndoText::parsed);
    }

    private static Undo parsed(JsonIn json) {
        List<Undo.Less> less = new ArrayList<>();
        List<JsonIn> of = json.get("less").items();
        for (int i = 0; i < of.size(); i += 2) {
            less.add(new Undo.Less(of.get(i).text(), of.get(i + 1).number()));
        }
        Parts left = PartsText.read(json.get("left").text());
        return new Undo(
                json.get("whole").flag(),
                json.get("takes").list(UndoText::take),
                less,
                json.get("period").numberOrNull(),
                RuleText.uses(json.get("uses")),
                json.get("gifts").list(UndoText::gift),
                json.get("backs").list(UndoText::back),
                left);
    }

    private static Undo.Take take(JsonIn row) {
        return new Undo.Take(
                row.at(0).text(),
                row.at(1).number(),
                row.at(2).textOrNull(),
                row.at(3).numberOrNull());
    }

    private static Undo.GiftBack gift(JsonIn row) {
        Gift gift = new Gift(row.at(0).text(), row.at(1).number(), row.at(2).text());
        return new Undo.GiftBack(gift, row.at(3).number());
    }

    private static Undo.Back back(JsonIn row) {
        String reward = row.at(5).text();
        return new Undo.Back(
                row.at(0).text(),
                row.at(1).number(),
                row.at(2).number(),
                row.at(6).numberOrNull(),
                row.at(7).numberOrNull(),
                reward.isEmpty() ? null : reward,
                row.at(3).number(),
                row.at(4).number());
    }

    /** Levels by themselves, as {@code settle_undo} and {@code lapse_member} want them; null where there are none. */
    public static @Nullable String write(LevelRules levels) {
        JsonOut json = new JsonOut().open('{');
        RuleText.write(json, levels);
        String text = json.close('}').toString();
        return text.equals("{}") ? null : text.substring("{\"levels\":".length(), text.length() - 1);
    }
}
