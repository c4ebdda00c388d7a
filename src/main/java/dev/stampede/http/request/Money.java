package dev.stampede.http.request;

import dev.stampede.http.problem.ProblemCode;
import dev.stampede.http.problem.ProblemException;
import dev.stampede.http.view.Detail;
import dev.stampede.points.Points;
import java.math.BigDecimal;
import java.util.Currency;
import java.util.function.ToLongFunction;

/** An amount of money, as a body gives it. */
public record Money(BigDecimal amount, Currency currency) {

    /** Reads {@code amount} and {@code currency}, which come together, in place of {@code points}; null if not there. */
    public static Money read(Fields body) {
        if (body.has("points") == body.has("amount")) {
            throw ProblemException.malformed("either points or amount, and not both");
        }
        if (body.has("amount") != body.has("currency")) {
            throw ProblemException.malformed("amount and currency come together");
        }
        if (!body.has("amount")) {
            return null;
        }
        Currency currency = body.currency("currency");
        return new Money(body.amount("amount"), currency);
    }

    /**
     * The same, of the program's currency.
     *
     * @throws ProblemException if it is of another, or has more decimals than there are
     */
    public Money in(Currency program) {
        if (!currency.equals(program)) {
            throw new ProblemException(
                    ProblemCode.CURRENCY_MISMATCH, "the program counts in " + program + ", not in " + currency);
        }
        checkDecimals("amount", amount, program);
        return this;
    }

    /** @throws ProblemException if an amount has more decimals than the currency has */
    public static void checkDecimals(String name, BigDecimal amount, Currency currency) {
        int decimals = Math.max(0, currency.getDefaultFractionDigits());
        if (amount.scale() > decimals) {
            throw new ProblemException(
                    ProblemCode.INVALID_AMOUNT,
                    name + " has more decimals than " + currency + " has (" + decimals + ")");
        }
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
