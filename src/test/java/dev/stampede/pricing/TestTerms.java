package dev.stampede.pricing;

import dev.stampede.points.Terms;
import java.math.BigDecimal;
import java.util.Currency;

/** Rules and values that tests price with. */
final class TestTerms {
    static final Currency EUR = Currency.getInstance("EUR");

    private TestTerms() {}

    static Terms rates(String earn, String redeem) {
        return new Terms(EUR, new BigDecimal(earn), new BigDecimal(redeem), 12, true, 0, 0, Terms.Clawback.DEBT, true);
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
}
