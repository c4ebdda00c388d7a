package dev.stampede.pricing;

import java.math.BigDecimal;
import java.util.Currency;

/** An amount of money. */
public record Money(BigDecimal amount, Currency currency) {

    /** As the caller wrote it. */
    public String text() {
        return amount.toPlainString();
    }

    /** @throws Unpriceable if it is not of the program's currency, or has more decimals than that has */
    void check(Currency program) {
        if (!currency.equals(program)) {
            throw new Unpriceable(
                    Unpriceable.Why.CURRENCY_MISMATCH, "the program counts in " + program + ", not in " + currency);
        }
        checkDecimals(amount, program);
    }

    /** @throws Unpriceable if an amount has more decimals than the currency has */
    public static void checkDecimals(BigDecimal amount, Currency currency) {
        int decimals = Math.max(0, currency.getDefaultFractionDigits());
        if (amount.scale() > decimals) {
            throw new Unpriceable(
                    Unpriceable.Why.INVALID_AMOUNT,
                    "amount has more decimals than " + currency + " has (" + decimals + ")");
        }
    }
}
