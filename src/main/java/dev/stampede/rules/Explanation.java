package dev.stampede.rules;

import dev.stampede.award.Part;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Tells in words why an earn or a reversal gave what it gave. Made of rule ids and numbers when it is asked for. */
public final class Explanation {
    private static final Map<String, String> CONDITIONS = new LinkedHashMap<>();

    static {
        CONDITIONS.put("event", "it is for something else");
        CONDITIONS.put("from", "it has not begun");
        CONDITIONS.put("to", "it is over");
        CONDITIONS.put("dates", "it is not one of its days");
        CONDITIONS.put("weekdays", "it is not one of its weekdays");
        CONDITIONS.put("hours", "it is not one of its hours");
        CONDITIONS.put("channels", "it is for other channels");
        CONDITIONS.put("stores", "it is for other stores");
        CONDITIONS.put("partners", "it is for other partners");
        CONDITIONS.put("minimum", "the purchase is below its minimum");
        CONDITIONS.put("items", "the purchase has not the items that it is for");
        CONDITIONS.put("tiers", "it is for members of other levels");
        CONDITIONS.put("attributes", "it is for members with other attributes");
        CONDITIONS.put("birthday", "it is for members who have their birthday");
        CONDITIONS.put("match", "no line of the purchase is for it");
        CONDITIONS.put("none", "what it is for is outside of everything");
        CONDITIONS.put("progress", "it is not complete yet");
        CONDITIONS.put("order", "a rule before it holds");
        CONDITIONS.put("nothing", "there is nothing to give, or less than a point");
    }

    private Explanation() {}

    /**
     * @param points null where it is about gifts or a condition
     * @param count gifts; null where it is about points
     * @param wanted null where it gave all that it wanted
     * @param reason null where it gave all that it wanted
     */
    public record Entry(
            String rule,
            @Nullable Long points,
            @Nullable Long count,
            @Nullable Long wanted,
            @Nullable String reason,
            String text) {}

    public static List<Entry> of(List<Part> parts) {
        List<Entry> entries = new ArrayList<>();
        for (Part part : parts) {
            if (part.reward() != null && part.gifts() != 0) {
                entries.add(gift(part.reward(), part.gifts(), promotion(part.rule())));
            }
            if (part.points() != 0 || part.reason() != null) {
                Long wanted = part.reason() == null ? null : Long.valueOf(part.wanted());
                if (Part.BUDGET.equals(part.reason())
                        && part.points() > 0) { // what it gave, and that a budget has cut it
                    entries.add(new Entry(
                            part.rule(),
                            part.points(),
                            null,
                            null,
                            null,
                            name(part.rule()) + " gives " + part.points() + "."));
                }
                entries.add(new Entry(part.rule(), part.points(), null, wanted, part.reason(), text(part)));
            }
        }
        return entries;
    }

    /** @param missed the first condition that did not hold, by rule: see {@link CompiledProgram#whyNot} */
    public static List<Entry> whyNot(Map<String, String> missed) {
        List<Entry> entries = new ArrayList<>();
        missed.forEach((rule, condition) -> entries.add(new Entry(
                rule,
                0L,
                null,
                null,
                condition,
                promotion(rule) + (rule.startsWith("redeem:") ? " does not apply: " : " gives nothing: ")
                        + CONDITIONS.getOrDefault(condition, condition) + ".")));
        return entries;
    }

    private static String promotion(String rule) {
        return rule.substring(rule.indexOf(':') + 1);
    }

    private static Entry gift(String reward, long count, String promotion) {
        String text = count > 0
                ? promotion + " gives " + count + " x " + reward + "."
                : "Back goes " + -count + " x " + reward + " of " + promotion + ".";
        return new Entry("grant:" + reward, null, count, null, null, text);
    }

    private static String text(Part part) {
        String what = name(part.rule());
        if (part.points() < 0) {
            return what + " takes " + -part.points() + " back.";
        } else if (part.reason() == null) {
            return what + " gives " + part.points() + ".";
        } else if (part.reason().startsWith("stacking:")) {
            return what + " gives nothing, because " + promotion(part.reason()) + " was chosen.";
        } else if (Part.BUDGET.equals(part.reason())) {
            return what + " gives " + (part.points() == 0 ? "nothing" : part.points() + " of " + part.wanted())
                    + ": budget exhausted.";
        } else if (part.points() == 0) {
            return what + " gives nothing, because a limit is reached.";
        }
        return what + " gives " + part.points() + " of " + part.wanted() + ", because a limit is reached.";
    }

    private static String name(String rule) {
        String id = promotion(rule);
        if (rule.startsWith("base:")) {
            return "The rule " + id;
        } else if (rule.startsWith("tier:")) {
            return "The level " + id;
        } else if (rule.startsWith("promotion:")) {
            return "The promotion " + id;
        }
        return "The caller";
    }
}
