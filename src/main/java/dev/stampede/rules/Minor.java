package dev.stampede.rules;

import dev.stampede.points.PointLimits;
import dev.stampede.points.Unpriceable;
import java.math.BigDecimal;
import java.util.Currency;

/** Money in a currency's smallest unit. */
public final class Minor {
    private Minor() {}

    static int decimals(Currency currency) {
        return Math.max(0, currency.getDefaultFractionDigits());
    }

    /** @param amount with no more decimals than the currency has; what is beyond them is cut */
    static long of(BigDecimal amount, Currency currency) {
        return amount.movePointRight(decimals(currency)).longValue();
    }

    /** @throws Unpriceable if the amount has more decimals than the currency, or is too much to count */
    public static long checked(BigDecimal amount, Currency currency) {
        BigDecimal minor = amount.movePointRight(decimals(currency)).stripTrailingZeros();
        if (minor.scale() > 0) {
            throw new Unpriceable(
                    Unpriceable.Why.INVALID_AMOUNT,
                    "An amount has more decimals than " + currency + " has (" + decimals(currency) + ").");
        }
        if (minor.abs().compareTo(BigDecimal.valueOf(PointLimits.MAX)) > 0) {
            throw new Unpriceable(Unpriceable.Why.INVALID_AMOUNT, "An amount is too large.");
        }
        return minor.longValueExact();
    }

    static BigDecimal major(long minor, Currency currency) {
        return BigDecimal.valueOf(minor, decimals(currency));
    }
}
