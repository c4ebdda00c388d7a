package dev.stampede.points;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.LocalDate;
import java.time.YearMonth;
import java.util.Currency;

/**
 * A program's rules.
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
public record Rules(
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

    /** The points that an amount earns, rounded down: in the program's favour. */
    public long earned(BigDecimal amount) {
        return amount.multiply(earnRate).setScale(0, RoundingMode.DOWN).longValueExact();
    }

    /** The points that an amount costs, rounded up: in the program's favour. */
    public long priced(BigDecimal amount) {
        return amount.multiply(redeemRate).setScale(0, RoundingMode.UP).longValueExact();
    }

    /** The last day on which points earned on {@code day} count. */
    public LocalDate expiresOn(LocalDate day) {
        LocalDate on = day.plusMonths(expiryMonths);
        return expiryAtMonthEnd ? YearMonth.from(on).atEndOfMonth() : on;
    }
}
