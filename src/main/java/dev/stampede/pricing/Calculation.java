package dev.stampede.pricing;

import dev.stampede.points.PointLimits;
import dev.stampede.points.Terms;
import dev.stampede.points.Unpriceable;
import java.math.BigDecimal;
import java.math.RoundingMode;

/**
 * How an operation's number of points is computed.
 *
 * @param rule {@code given} (the caller stated the points), {@code base} (what an amount earns), {@code price} (what an
 *     amount costs)
 * @param points how many points the rule gives or costs
 * @param text the computation in words, with the rounding
 */
public record Calculation(String rule, long points, String text) {
    static Calculation given(long points) {
        return new Calculation("given", points, "the caller said how many");
    }

    /** Rounded down, in the program's favour. */
    static Calculation base(Money money, Terms rules) {
        return priced("base", money, rules, rules.earnRate(), RoundingMode.DOWN);
    }

    /** Rounded up, in the program's favour. */
    static Calculation price(Money money, Terms rules) {
        return priced("price", money, rules, rules.redeemRate(), RoundingMode.UP);
    }

    private static Calculation priced(String rule, Money money, Terms rules, BigDecimal rate, RoundingMode rounding) {
        money.check(rules.currency());
        BigDecimal exact = money.amount().multiply(rate).stripTrailingZeros();
        BigDecimal points = exact.setScale(0, rounding);
        if (points.compareTo(BigDecimal.valueOf(PointLimits.MAX_PER_OPERATION)) > 0) {
            throw new Unpriceable(
                    Unpriceable.Why.INVALID_AMOUNT, "The amount is worth more points than one operation may move.");
        }
        String text = money.text() + " " + money.currency() + " x "
                + rate.stripTrailingZeros().toPlainString() + " = " + exact.toPlainString();
        String rounded = rounding == RoundingMode.UP ? ", rounded up" : ", rounded down";
        return new Calculation(rule, points.longValueExact(), exact.scale() > 0 ? text + rounded : text);
    }

    /** @throws Unpriceable if the program has no price for the amount */
    public static Calculation of(Worth worth, Terms rules) {
        return worth.money() == null ? given(worth.said()) : base(worth.money(), rules);
    }
}
