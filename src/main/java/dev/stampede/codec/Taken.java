package dev.stampede.codec;

import dev.stampede.award.Claim;
import dev.stampede.award.Gift;
import dev.stampede.award.Parts;
import dev.stampede.award.PlainPrice;
import dev.stampede.award.Redeemed;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a payment with points took. Its canonical JSON, which Lua writes, too, is stored with it: {@code rule, reward,
 * points, value, decimals, rate: [points, value], gift: [reward, until, promotion], uses: [counter, of uses, by, ...],
 * code};
 * what is 0, false or empty is left out.
 *
 * @param rule the id of the redeem rule, or of the reward
 * @param reward whether it is the id of a reward
 * @param value money, counted in the last of {@code decimals}; null where there is none, and where {@code rate} says it
 * @param rate null of a reward
 * @param gift that was used; null if none
 * @param code that a till can use up once; null where none was made
 */
public record Taken(
        String rule,
        boolean reward,
        long points,
        @Nullable Long value,
        long decimals,
        Claim.@Nullable Rate rate,
        @Nullable Gift gift,
        List<Parts.Use> uses,
        @Nullable String code) {
    public Taken {
        uses = List.copyOf(uses);
    }

    public static Taken of(Claim claim, Redeemed redeemed) {
        Claim.Rate rate = claim.options().stream()
                .filter(option -> option.rule().equals(redeemed.rule()))
                .findFirst()
                .map(Claim.Option::rate)
                .orElse(null);
        return new Taken(
                redeemed.rule(),
                claim.reward() != null,
                redeemed.points(),
                redeemed.value(),
                claim.decimals(),
                rate,
                redeemed.gift(),
                redeemed.uses(),
                claim.code() == null ? null : claim.code().text());
    }

    /** Of a payment with so many points that takes nothing besides. */
    public static Taken of(PlainPrice price, long points) {
        return new Taken(
                price.rule(), false, points, price.value(), price.decimals(), price.rate(), null, List.of(), null);
    }

    /** What was paid for, as money; null where there is no value. Rounded down where only a part was paid. */
    public @Nullable BigDecimal money() {
        if (value != null) {
            return BigDecimal.valueOf(value, Math.toIntExact(decimals));
        }
        return rate == null
                ? null
                : new BigDecimal(
                        BigInteger.valueOf(points)
                                .multiply(BigInteger.valueOf(rate.value()))
                                .divide(BigInteger.valueOf(rate.points())),
                        Math.toIntExact(decimals));
    }

    public String write() {
        JsonOut json = new JsonOut().open('{').field("rule", rule).flag("reward", reward);
        json.field("points", points).field("value", value).field("decimals", decimals);
        RuleText.write(json, rate);
        RuleText.write(json, "gift", gift);
        RuleText.writeUses(json, "uses", uses);
        json.field("code", code);
        return json.close('}').toString();
    }

    /** @throws IllegalArgumentException if the text was not made by {@link #write} or by Lua */
    public static Taken read(String text) {
        return JsonIn.read(text, Taken::parsed);
    }

    private static Taken parsed(JsonIn json) {
        return new Taken(
                json.get("rule").text(),
                json.get("reward").flag(),
                json.get("points").number(0),
                json.get("value").numberOrNull(),
                json.get("decimals").number(0),
                RuleText.rate(json.get("rate")),
                RuleText.gift(json.get("gift")),
                RuleText.uses(json.get("uses")),
                json.get("code").textOrNull());
    }
}
