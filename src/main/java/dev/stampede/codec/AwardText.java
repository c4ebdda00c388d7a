package dev.stampede.codec;

import dev.stampede.award.Advance;
import dev.stampede.award.Award;
import dev.stampede.award.Candidate;
import dev.stampede.award.LevelRules;
import dev.stampede.award.LineText;
import dev.stampede.points.PointLimits;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An award as the JSON that 35-settle.lua settles. What is 0, false or empty is left out; a number for each level is
 * only one where all levels have the same.
 *
 * <pre>
 * day, today, backdate, stated
 * base        [rule, points per level, ...]
 * bonus       points per level
 * measures    [measure, value per level, 1 of base + 2 of bonus, ...]
 * candidates  [{id, on, level, wish, gift: [reward, validDays, count], group, mode, priority, exclusive, qualifies,
 *             caps, stamps: [target, repeat, stamps, of units] | streak: [target, repeat, period, oldest, kept runs],
 *             budget: [name, number, 1 of uses + 2 partial + 4 returns, left], needs: [[attribute, value, ...], ...],
 *             born: [attribute, notice days, 29 February is 28, required, from, to, year, ...], flat, minimum}]
 * most        points of all promotions together
 * limits, caps [counter, max, 1 of uses + 2 of birthday, ...]
 * levels      {cycle, anchor, months, next, grace, valid, downgrade, lower,
 *             levels: [[id, all, measure, at least, ...], ...]}
 * lapse       the same of the version in force at the decision; left out where it prices, too
 * basket      [amount, eligible[, lines]]
 * </pre>
 */
public final class AwardText {
    private static final long OF_BASE = 1;
    private static final long OF_BONUS = 2;

    private AwardText() {}

    public static String write(Award award) {
        JsonOut json = new JsonOut().open('{');
        json.field("day", award.day()).field("today", award.today());
        json.field("backdate", award.backdateDays()).field("stated", award.stated());
        if (!award.base().isEmpty()) {
            json.name("base").open('[');
            award.base().forEach(each -> json.add(each.rule()).perLevel(each.points()));
            json.close(']');
        }
        json.perLevel("bonus", award.bonus());
        if (!award.measures().isEmpty()) {
            json.name("measures").open('[');
            for (Award.Measured each : award.measures()) {
                json.add(each.measure()).perLevel(each.values()).add(parts(each.ofBase(), each.ofBonus()));
            }
            json.close(']');
        }
        if (!award.candidates().isEmpty()) {
            json.name("candidates").open('[');
            award.candidates().forEach(each -> write(json, each));
            json.close(']');
        }
        if (award.maxBonus() != PointLimits.MAX) {
            json.name("most").add(award.maxBonus());
        }
        RuleText.write(json, "limits", award.limits());
        RuleText.write(json, award.levels());
        if (!award.lapse().equals(award.levels())) {
            RuleText.write(json, "lapse", award.lapse());
        }
        if (!award.basket().equals(Award.Basket.NONE)) {
            json.name("basket").open('[');
            json.add(award.basket().amount()).add(award.basket().eligible());
            if (!award.basket().lines().isEmpty()) {
                json.add(LineText.write(award.basket().lines()));
            }
            json.close(']');
        }
        return json.close('}').toString();
    }

    /** Which parts a measure of points includes. */
    static long parts(boolean ofBase, boolean ofBonus) {
        return (ofBase ? OF_BASE : 0) + (ofBonus ? OF_BONUS : 0);
    }

    static boolean isOfBase(long parts) {
        return (parts & OF_BASE) != 0;
    }

    static boolean isOfBonus(long parts) {
        return (parts & OF_BONUS) != 0;
    }

    private static void write(JsonOut json, Candidate candidate) {
        json.open('{').field("id", candidate.promotion());
        json.field("on", candidate.occasion().ordinal()).field("level", candidate.level());
        json.perLevel("wish", candidate.wish());
        Candidate.GiftOffer gift = candidate.gift();
        if (gift != null) {
            json.name("gift").open('[').add(gift.reward());
            json.add(gift.validDays()).add(gift.count()).close(']');
        }
        json.field("group", candidate.group());
        json.field("mode", candidate.groupMode().ordinal()).field("priority", candidate.priority());
        json.flag("exclusive", candidate.exclusive()).flag("qualifies", candidate.qualifies());
        RuleText.write(json, "caps", candidate.caps());
        if (candidate.advance() instanceof Advance.Stamp stamp) {
            json.name("stamps").open('[').add(stamp.target()).add(stamp.repeat() ? 1 : 0);
            json.add(stamp.stamps()).add(stamp.ofUnits() ? 1 : 0).close(']');
        } else if (candidate.advance() instanceof Advance.Step step) {
            json.name("streak").open('[').add(step.target()).add(step.repeat() ? 1 : 0);
            json.add(step.period()).add(step.oldest()).add(step.keptRuns()).close(']');
        }
        RuleText.write(json, "budget", candidate.budget());
        RuleText.write(json, candidate.needs());
        json.flag("flat", candidate.isFlat()).field("minimum", candidate.minimum());
        json.close('}');
    }

    /** @throws IllegalArgumentException if the text is none of an award */
    public static Award read(String text) {
        return JsonIn.read(text, AwardText::parsed);
    }

    private static Award parsed(JsonIn json) {
        LevelRules levels = RuleText.levels(json.get("levels"));
        List<JsonIn> of = json.get("base").items();
        List<Award.Base> base = new ArrayList<>();
        for (int i = 0; i < of.size(); i += 2) {
            base.add(new Award.Base(of.get(i).text(), RuleText.perLevel(of.get(i + 1), levels)));
        }
        of = json.get("measures").items();
        List<Award.Measured> measures = new ArrayList<>();
        for (int i = 0; i < of.size(); i += 3) {
            long parts = of.get(i + 2).number();
            measures.add(new Award.Measured(
                    of.get(i).text(), RuleText.perLevel(of.get(i + 1), levels), isOfBase(parts), isOfBonus(parts)));
        }
        JsonIn lapse = json.get("lapse");
        JsonIn basket = json.get("basket");
        return new Award(
                json.get("day").number(0),
                json.get("today").number(0),
                json.get("backdate").number(0),
                json.get("stated").number(0),
                base,
                RuleText.perLevel(json.get("bonus"), levels),
                measures,
                json.get("candidates").list(each -> candidate(each, levels)),
                json.get("most").number(PointLimits.MAX),
                RuleText.caps(json.get("limits")),
                levels,
                lapse.isMissing() ? levels : RuleText.levels(lapse),
                basket.isMissing()
                        ? Award.Basket.NONE
                        : new Award.Basket(
                                basket.at(0).number(),
                                basket.at(1).number(),
                                LineText.read(basket.at(2).text(""))));
    }

    private static Candidate candidate(JsonIn json, LevelRules levels) {
        return new Candidate(
                json.get("id").text(),
                Candidate.Occasion.values()[json.get("on").index()],
                json.get("level").index(),
                RuleText.perLevel(json.get("wish"), levels),
                RuleText.offer(json.get("gift")),
                json.get("group").textOrNull(),
                Candidate.Mode.values()[json.get("mode").index()],
                json.get("priority").number(0),
                json.get("exclusive").flag(),
                json.get("qualifies").flag(),
                RuleText.caps(json.get("caps")),
                advance(json.get("stamps"), json.get("streak")),
                RuleText.shared(json.get("budget")),
                RuleText.needs(json),
                json.get("flat").flag(),
                json.get("minimum").number(0));
    }

    private static @Nullable Advance advance(JsonIn stamps, JsonIn streak) {
        if (!stamps.isMissing()) {
            return new Advance.Stamp(
                    stamps.at(0).number(),
                    stamps.at(1).isOne(),
                    stamps.at(2).number(),
                    stamps.at(3).isOne());
        } else if (!streak.isMissing()) {
            return new Advance.Step(
                    streak.at(0).number(),
                    streak.at(1).isOne(),
                    streak.at(2).number(),
                    streak.at(3).number(),
                    streak.at(4).number());
        }
        return null;
    }
}
