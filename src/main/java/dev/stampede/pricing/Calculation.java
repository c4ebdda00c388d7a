package dev.stampede.pricing;

import dev.stampede.points.PointLimits;
import dev.stampede.points.Terms;
import dev.stampede.points.Unpriceable;
import java.math.BigDecimal;
import java.math.RoundingMode;

/**
 * How an operation's number of points is computed.
 *
 * @param rule {@code stated} (by the caller), {@code base:} with the earn rule's id, {@code redeem:} with the redeem
 *     rule's id. Earlier rows have {@code given}, {@code base} and {@code price}
 * @param points how many points the rule gives or costs
 * @param text the computation in words, with the rounding
 */
public record Calculation(String rule, long points, String text) {
    static Calculation stated(long points) {
        return new Calculation("stated", points, "the caller said how many");
    }

    /** Rounded down, in the program's favour. */
    static Calculation base(Money money, Terms rules, String rule) {
        return priced("base:" + rule, money, rules, rules.earnRate(), RoundingMode.DOWN);
    }

    /** Rounded up, in the program's favour. */
    static Calculation price(Money money, Terms rules, String rule) {
        return priced("redeem:" + rule, money, rules, rules.redeemRate(), RoundingMode.UP);
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

    /**
     * Of an earn.
     *
     * @param rule the id of the earn rule that says what an amount earns
     * @throws Unpriceable if the program has no price for the amount
     */
    public static Calculation of(Worth worth, Terms rules, String rule) {
        return worth.money() == null ? stated(worth.said()) : base(worth.money(), rules, rule);
    }
}
