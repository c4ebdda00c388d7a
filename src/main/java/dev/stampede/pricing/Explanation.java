package dev.stampede.pricing;

import dev.stampede.points.PointLimits;
import dev.stampede.points.Terms;
import java.math.BigDecimal;
import java.math.RoundingMode;

/**
 * Why an operation moves as many points as it does.
 *
 * @param rule {@code given} (the caller said how many), {@code base} (what an amount earns), {@code price} (what it
 *     costs)
 * @param points how many the rule gives, or costs
 * @param text the same for people, with the rounding
 */
public record Explanation(String rule, long points, String text) {
    static Explanation given(long points) {
        return new Explanation("given", points, "the caller said how many");
    }

    /** Rounded down: in the program's favour. */
    static Explanation base(Money money, Terms rules) {
        return priced("base", money, rules, rules.earnRate(), RoundingMode.DOWN);
    }

    /** Rounded up: in the program's favour. */
    static Explanation price(Money money, Terms rules) {
        return priced("price", money, rules, rules.redeemRate(), RoundingMode.UP);
    }

    private static Explanation priced(String rule, Money money, Terms rules, BigDecimal rate, RoundingMode rounding) {
        money.check(rules.currency());
        BigDecimal exact = money.amount().multiply(rate).stripTrailingZeros();
        BigDecimal points = exact.setScale(0, rounding);
        if (points.compareTo(BigDecimal.valueOf(PointLimits.MAX_PER_OPERATION)) > 0) {
            throw new Unpriceable(
                    Unpriceable.Why.INVALID_AMOUNT, "the amount is worth more than one operation may move");
        }
        String text = money.text() + " " + money.currency() + " x "
                + rate.stripTrailingZeros().toPlainString() + " = " + exact.toPlainString();
        String rounded = rounding == RoundingMode.UP ? ", rounded up" : ", rounded down";
        return new Explanation(rule, points.longValueExact(), exact.scale() > 0 ? text + rounded : text);
    }
}
