package dev.stampede.codec;

import dev.stampede.award.Claim;
import dev.stampede.award.Denial;
import dev.stampede.award.LevelRules;
import dev.stampede.award.PlainPrice;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A claim as the JSON that 36-claims.lua settles; see {@link AwardText} for what both have.
 *
 * <pre>
 * reward, options [{rule, points per level, value, rate [points, value], denial, needs, born}], caps, limits, stock,
 * decimals, today, backdate, levels, code, codeUntil
 * </pre>
 */
public final class ClaimText {
    private ClaimText() {}

    public static String write(Claim claim) {
        JsonOut json = new JsonOut().open('{');
        json.field("reward", claim.reward());
        json.name("options").open('[');
        for (Claim.Option option : claim.options()) {
            Denial denial = option.denial();
            json.open('{').field("rule", option.rule());
            json.name("points").perLevel(option.points());
            json.field("value", option.value());
            RuleText.write(json, option.rate());
            json.field("denial", denial == null ? null : denial.code());
            RuleText.write(json, option.needs());
            json.close('}');
        }
        json.close(']');
        RuleText.write(json, "caps", claim.caps());
        RuleText.write(json, "limits", claim.limits());
        RuleText.write(json, "stock", claim.stock());
        json.field("decimals", claim.decimals()).field("today", claim.today()).field("backdate", claim.backdateDays());
        RuleText.write(json, claim.levels());
        Claim.Code code = claim.code();
        if (code != null) {
            json.field("code", code.text()).field("codeUntil", code.until());
        }
        return json.close('}').toString();
    }

    /** @throws IllegalArgumentException if the text is none of a claim */
    public static Claim read(String text) {
        return JsonIn.read(text, ClaimText::parsed);
    }

    /** Of a price that needs no claim: {@code rule, value, decimals, rate}. */
    public static String write(PlainPrice price) {
        JsonOut json = new JsonOut().open('{').field("rule", price.rule());
        json.field("value", price.value()).field("decimals", price.decimals());
        RuleText.write(json, price.rate());
        return json.close('}').toString();
    }

    /** @throws IllegalArgumentException if the text is none of such a price */
    public static PlainPrice readPlain(String text) {
        return JsonIn.read(text, ClaimText::plain);
    }

    private static PlainPrice plain(JsonIn json) {
        Claim.Rate rate = RuleText.rate(json.get("rate"));
        if (rate == null) {
            throw new IllegalArgumentException("a price without a rate");
        }
        return new PlainPrice(
                json.get("rule").text(),
                json.get("value").numberOrNull(),
                json.get("decimals").number(0),
                rate);
    }

    private static Claim parsed(JsonIn json) {
        LevelRules levels = RuleText.levels(json.get("levels"));
        List<Claim.Option> options = new ArrayList<>();
        for (JsonIn option : json.get("options").items()) {
            String denial = option.get("denial").textOrNull();
            options.add(new Claim.Option(
                    option.get("rule").text(),
                    RuleText.perLevel(option.get("points"), levels),
                    option.get("value").numberOrNull(),
                    RuleText.rate(option.get("rate")),
                    denial == null ? null : Denial.valueOf(denial.toUpperCase(Locale.ROOT)),
                    RuleText.needs(option)));
        }
        String code = json.get("code").textOrNull();
        return new Claim(
                json.get("reward").textOrNull(),
                options,
                RuleText.caps(json.get("caps")),
                RuleText.caps(json.get("limits")),
                RuleText.shared(json.get("stock")),
                json.get("decimals").number(0),
                json.get("today").number(0),
                json.get("backdate").number(0),
                levels,
                code == null ? null : new Claim.Code(code, json.get("codeUntil").number()));
    }
}
