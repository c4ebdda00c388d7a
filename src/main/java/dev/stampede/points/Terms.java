package dev.stampede.points;

import java.math.BigDecimal;
import java.util.Currency;

/**
 * A program's rules. What follows from them is in {@code pricing}.
 *
 * @param currency of all its amounts
 * @param earnRate points per whole unit of the currency spent
 * @param redeemRate points per whole unit of the currency paid with points
 * @param expiryMonths months from the earn until its lot expires
 * @param expiryAtMonthEnd whether it lives to the end of that month
 * @param pendingDays days until earned points become available
 * @param graceDays days that points get which return after their expiry; 0: they expire at once
 * @param clawback what becomes of points that a reversed earn can't take back
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
