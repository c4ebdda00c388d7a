package dev.stampede.points;

import java.math.BigDecimal;
import java.util.Currency;

/**
 * A program's rules. {@code pricing} applies them.
 *
 * @param currency of all its amounts
 * @param earnRate points per whole unit of the currency spent
 * @param redeemRate points per whole unit of the currency paid with points
 * @param expiryMonths months from the earn until its lot expires
 * @param expiryAtMonthEnd whether the lot lives to the end of that month
 * @param pendingDays days until earned points become available
 * @param graceDays extra days for points that return after they have expired; 0: they expire at once
 * @param clawback what happens to points that the reversal of an earn cannot take back
 * @param autoEnrol whether the first earn enrols the member
 */
public record Terms(
        Currency currency,
        BigDecimal earnRate,
        BigDecimal redeemRate,
        int expiryMonths,
        boolean expiryAtMonthEnd,
        int pendingDays,
        int graceDays,
        Clawback clawback,
        boolean autoEnrol) {
    public enum Clawback {
        DEBT,
        FORGIVE
    }
}
