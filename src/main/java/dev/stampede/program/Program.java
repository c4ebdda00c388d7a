package dev.stampede.program;

import dev.stampede.points.Terms;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.math.BigDecimal;
import java.util.Currency;
import java.util.Locale;
import org.hibernate.annotations.Immutable;
import org.hibernate.annotations.JdbcTypeCode;
import org.hibernate.type.SqlTypes;

/** A loyalty scheme as the database has it; the migration describes the columns. */
@Entity
@Immutable
@Table(name = "program")
class Program {
    @Id
    String id;

    @JdbcTypeCode(SqlTypes.CHAR)
    String currency;

    @Column(name = "earn_rate")
    BigDecimal earnRate;

    @Column(name = "redeem_rate")
    BigDecimal redeemRate;

    @Column(name = "expiry_months")
    int expiryMonths;

    @Column(name = "expiry_at_month_end")
    boolean expiryAtMonthEnd;

    @Column(name = "pending_days")
    int pendingDays;

    @Column(name = "grace_days")
    int graceDays;

    String clawback;

    @Column(name = "auto_enrol")
    boolean autoEnrol;

    private Currency currency() {
        try {
            return Currency.getInstance(currency);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("unknown currency " + currency, e);
        }
    }

    /** @throws RuntimeException if the row is invalid */
    Terms rules() {
        return new Terms(
                currency(),
                earnRate,
                redeemRate,
                expiryMonths,
                expiryAtMonthEnd,
                pendingDays,
                graceDays,
                Terms.Clawback.valueOf(clawback.toUpperCase(Locale.ROOT)),
                autoEnrol);
    }
}
