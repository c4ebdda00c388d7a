package dev.stampede.pricing;

import dev.stampede.points.Unpriceable;
import java.math.BigDecimal;
import java.util.Currency;

/** An amount of money. */
public record Money(BigDecimal amount, Currency currency) {

    /** The amount as the caller wrote it. */
    public String text() {
        return amount.toPlainString();
    }

    /** @throws Unpriceable if the currency is not the program's, or the amount has more decimals than the currency */
    public void check(Currency program) {
        if (!currency.equals(program)) {
            throw new Unpriceable(
                    Unpriceable.Why.CURRENCY_MISMATCH,
                    "The currency of this program is " + program + ", not " + currency + ".");
        }
        int decimals = Math.max(0, program.getDefaultFractionDigits());
        if (amount.scale() > decimals) {
            throw new Unpriceable(
                    Unpriceable.Why.INVALID_AMOUNT,
                    "amount has more decimals than " + currency + " has (" + decimals + ").");
        }
    }
}
