package dev.stampede.pricing;

import dev.stampede.points.Terms;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Currency;

/** Rules and values that tests price with. */
final class TestTerms {
    static final Currency EUR = Currency.getInstance("EUR");

    private TestTerms() {}

    static Terms rates(String earn, String redeem) {
        return terms(earn, redeem, 12, true, 0, 0);
    }

    static Terms expiry(int months, boolean monthEnd) {
        return terms("1", "100", months, monthEnd, 0, 0);
    }

    static Terms delays(int pendingDays, int graceDays) {
        return terms("1", "100", 12, true, pendingDays, graceDays);
    }

    private static Terms terms(
            String earn, String redeem, int months, boolean monthEnd, int pendingDays, int graceDays) {
        return new Terms(
                EUR,
                new BigDecimal(earn),
                new BigDecimal(redeem),
                months,
                monthEnd,
                pendingDays,
                graceDays,
                Terms.Clawback.DEBT,
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
