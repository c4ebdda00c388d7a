package dev.stampede.codec;

import dev.stampede.award.Award;
import dev.stampede.award.Gift;
import dev.stampede.award.LineText;
import dev.stampede.award.Parts;
import java.util.ArrayList;
import java.util.List;

/**
 * The parts of an earn as canonical JSON, which is stored with it. Lua writes the same bytes. What is 0 or empty is
 * left out.
 *
 * <pre>
 * amount, eligible
 * shares    [[rule, kind, points[, full, left[, minimum, uses[, reward, until, gifts]]]], ...]
 * period
 * measures  [measure, 1 of base + 2 of bonus, value, left, ...]
 * limits, uses [counter, of uses, left, ...]
 * steps     [[promotion, target, stamps, mark, kind[, period[, run]]], ...]  kind: 0 stamp, 1 for each unit, 2 period
 * lines     see LineText
 * back      [by, whole, taken[, lines]]   lines: see LineText
 * </pre>
 *
 * <p>The kind of a share is its ordinal + 4 if it is limited + 8 x the ordinal of what it counts for.
 */
public final class PartsText {
    private static final long LIMITED = 4;
    private static final long COUNTS = 8;
    private static final long OF_UNITS = 1;
    private static final long OF_PERIODS = 2;

    private PartsText() {}

    public static String write(Parts parts) {
        JsonOut json = new JsonOut().open('{');
        json.field("amount", parts.amount()).field("eligible", parts.eligible());
        if (!parts.shares().isEmpty()) {
            json.name("shares").open('[');
            parts.shares().forEach(share -> write(json, share));
            json.close(']');
        }
        json.field("period", parts.period());
        if (!parts.measures().isEmpty()) {
            json.name("measures").open('[');
            for (Parts.Measured each : parts.measures()) {
                json.add(each.measure()).add(AwardText.parts(each.ofBase(), each.ofBonus()));
                json.add(each.value()).add(each.left());
            }
            json.close(']');
        }
        RuleText.writeUses(json, "limits", parts.limits());
        if (!parts.steps().isEmpty()) {
            json.name("steps").open('[');
            parts.steps().forEach(step -> write(json, step));
            json.close(']');
        }
        if (!parts.lines().isEmpty()) {
            json.name("lines").add(LineText.write(parts.lines()));
        }
        Parts.SoFar back = parts.soFar();
        if (!back.equals(Parts.SoFar.NOTHING)) {
            json.name("back").open('[').add(back.by().ordinal()).add(back.whole() ? 1 : 0);
            json.add(back.taken());
            if (!back.lines().isEmpty()) {
                json.add(LineText.writeBack(parts.lines(), back.lines()));
            }
            json.close(']');
        }
        return json.close('}').toString();
    }

    private static void write(JsonOut json, Parts.Share share) {
        long kind = share.kind().ordinal()
                + (share.limited() ? LIMITED : 0)
                + COUNTS * share.measured().ordinal();
        json.open('[').add(share.rule()).add(kind).add(share.points());
        Gift gift = share.gift();
        boolean isCounted =
                gift != null || share.minimum() != 0 || !share.uses().isEmpty();
        if (isCounted || share.full() != share.points() || share.left() != share.points()) {
            json.add(share.full()).add(share.left());
        }
        if (isCounted) {
            json.add(share.minimum()).open('[');
            RuleText.add(json, share.uses());
            json.close(']');
        }
        if (gift != null) {
            json.add(gift.reward()).add(gift.until()).add(share.gifts());
        }
        json.close(']');
    }

    private static void write(JsonOut json, Parts.Step step) {
        Long period = step.period();
        Long run = step.run();
        json.open('[').add(step.promotion()).add(step.target());
        json.add(step.stamps()).add(step.mark());
        json.add(period != null ? OF_PERIODS : step.ofUnits() ? OF_UNITS : 0);
        if (period != null) {
            json.add(period.longValue());
        }
        if (period != null && run != null) {
            json.add(run.longValue());
        }
        json.close(']');
    }

    /** @throws IllegalArgumentException if the text is none of parts */
    public static Parts read(String text) {
        return JsonIn.read(text, PartsText::parsed);
    }

    /**
     * What an earn counted for: no more is read of its parts.
     *
     * @throws IllegalArgumentException if the text is none of parts
     */
    public static List<Parts.Measured> measures(String text) {
        return JsonIn.read(text, json -> measures(json.get("measures").items()));
    }

    private static List<Parts.Measured> measures(List<JsonIn> of) {
        List<Parts.Measured> measures = new ArrayList<>();
        for (int i = 0; i < of.size(); i += 4) {
            long parts = of.get(i + 1).number();
            measures.add(new Parts.Measured(
                    of.get(i).text(),
                    AwardText.isOfBase(parts),
                    AwardText.isOfBonus(parts),
                    of.get(i + 2).number(),
                    of.get(i + 3).number()));
        }
        return measures;
    }

    private static Parts parsed(JsonIn json) {
        List<Award.Line> lines = LineText.read(json.get("lines").text(""));
        return new Parts(
                json.get("amount").number(0),
                json.get("eligible").number(0),
                json.get("shares").list(PartsText::share),
                json.get("period").numberOrNull(),
                measures(json.get("measures").items()),
                RuleText.uses(json.get("limits")),
                json.get("steps").list(PartsText::step),
                lines,
                soFar(json.get("back"), lines));
    }

    private static Parts.Share share(JsonIn row) {
        String rule = row.at(0).text();
        long kind = row.at(1).number();
        long points = row.at(2).number();
        Gift gift = row.at(7).isMissing()
                ? null
                : new Gift(row.at(7).text(), row.at(8).number(), rule.substring(rule.indexOf(':') + 1));
        return new Parts.Share(
                rule,
                Parts.Kind.values()[(int) (kind % LIMITED)],
                points,
                row.at(3).number(points),
                row.at(4).number(points),
                row.at(5).number(0),
                kind % COUNTS >= LIMITED,
                Parts.Counting.values()[(int) (kind / COUNTS)],
                RuleText.uses(row.at(6)),
                gift,
                row.at(9).number(0));
    }

    private static Parts.Step step(JsonIn row) {
        return new Parts.Step(
                row.at(0).text(),
                row.at(1).number(),
                row.at(2).number(),
                row.at(3).number(),
                row.at(4).number() == OF_UNITS,
                row.at(5).numberOrNull(),
                row.at(6).numberOrNull());
    }

    private static Parts.SoFar soFar(JsonIn back, List<Award.Line> lines) {
        if (back.isMissing()) {
            return Parts.SoFar.NOTHING;
        }
        return new Parts.SoFar(
                Parts.By.values()[back.at(0).index()],
                back.at(1).isOne(),
                back.at(2).number(),
                back.at(3).isMissing()
                        ? List.of()
                        : LineText.readBack(lines, back.at(3).text()));
    }
}
