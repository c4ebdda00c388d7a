package dev.stampede.replay;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.LocalDate;
import org.jspecify.annotations.Nullable;

/**
 * What a member has, computed from the invoices and the scheme's leaflet alone: none of the gateway's code is used. The
 * days of a member's calls never go back.
 */
interface Card {
    /** A purchase: the points that it gives. */
    long buy(LocalDate day, BigDecimal amount, BigDecimal iced);

    /** What a payment costs that the member makes on every tenth purchase; 0 if it can't be paid. */
    long pay(LocalDate day);

    long available(LocalDate day);

    /** All points that were ever given. */
    long earned();

    Tier tier(LocalDate day);

    /** @param until the tier's last day; null for the first one */
    record Tier(String id, @Nullable LocalDate until) {}

    /** The sum of the period, as the account tells it. */
    Object measure(LocalDate day);

    static long floor(BigDecimal number) {
        return number.setScale(0, RoundingMode.FLOOR).longValueExact();
    }
}
