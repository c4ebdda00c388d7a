package dev.stampede.http;

import dev.stampede.points.Points;
import java.math.BigDecimal;
import java.util.Currency;
import java.util.function.ToLongFunction;

/** An amount of the program's currency, as a body gives it. */
public record Money(BigDecimal amount, Currency currency) {

    /** Reads {@code amount} and {@code currency}, which come together, in place of {@code points}; null if not there. */
    public static Money read(Fields body, Currency currency) {
        if (body.has("points") == body.has("amount")) {
            throw ProblemException.malformed("either points or amount, and not both");
        }
        if (body.has("amount") != body.has("currency")) {
            throw ProblemException.malformed("amount and currency come together");
        }
        if (!body.has("amount")) {
            return null;
        }
        Currency asked = body.currency("currency");
        if (!asked.equals(currency)) {
            throw new ProblemException(
                    ProblemCode.CURRENCY_MISMATCH, "the program counts in " + currency + ", not in " + asked);
        }
        return new Money(body.amount("amount", currency), currency);
    }

    /** The points that it is worth by that rule. */
    public long points(ToLongFunction<BigDecimal> rule) {
        long points;
        try {
            points = rule.applyAsLong(amount);
        } catch (ArithmeticException e) {
            points = Long.MAX_VALUE;
        }
        if (points > Points.MAX_PER_OPERATION) {
            throw new ProblemException(
                    ProblemCode.INVALID_AMOUNT, "the amount is worth more than one operation may move");
        }
        return points;
    }

    /** As the caller wrote it. */
    public String text() {
        return amount.toPlainString();
    }

    /** How {@code points} came about, for people. */
    public Detail.Explanation explain(String rule, BigDecimal rate, long points, String rounding) {
        BigDecimal product = amount.multiply(rate).stripTrailingZeros();
        String text = text() + " " + currency + " x "
                + rate.stripTrailingZeros().toPlainString() + " = " + product.toPlainString();
        return new Detail.Explanation(rule, points, product.scale() > 0 ? text + ", rounded " + rounding : text);
    }
}
