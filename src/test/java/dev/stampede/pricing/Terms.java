package dev.stampede.pricing;

import dev.stampede.points.Rules;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Currency;

/** Rules and values that tests price with. */
final class Terms {
    static final Currency EUR = Currency.getInstance("EUR");

    private Terms() {}

    static Rules rates(String earn, String redeem) {
        return rules(earn, redeem, 12, true, 0, 0);
    }

    static Rules expiry(int months, boolean monthEnd) {
        return rules("1", "100", months, monthEnd, 0, 0);
    }

    static Rules delays(int pendingDays, int graceDays) {
        return rules("1", "100", 12, true, pendingDays, graceDays);
    }

    private static Rules rules(
            String earn, String redeem, int months, boolean monthEnd, int pendingDays, int graceDays) {
        return new Rules(
                EUR,
                new BigDecimal(earn),
                new BigDecimal(redeem),
                months,
                monthEnd,
                pendingDays,
                graceDays,
                Rules.Clawback.DEBT,
                true);
    }

    static Worth points(long points) {
        return new Worth(points, null);
    }

    static Worth money(String amount) {
        return money(amount, "EUR");
    }

    static Worth money(String amount, String currency) {
        return new Worth(null, new Money(new BigDecimal(amount), Currency.getInstance(currency)));
    }

    static long ms(String time) {
        return Instant.parse(time).toEpochMilli();
    }
}
