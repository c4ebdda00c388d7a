package dev.stampede.http.request;

import dev.stampede.pricing.Worth;
import java.math.BigDecimal;
import java.util.Currency;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/** What points are given for: as many as said, or an amount that was spent. */
public record Purchase(
        @Schema(
                description = "How many points",
                minimum = Amounts.LEAST_POINTS,
                maximum = Amounts.MOST_POINTS,
                examples = "120")
        @Nullable
        Long points,

        @Schema(
                implementation = String.class,
                description = "What was spent, instead of `points`: a plain decimal with no more decimals than the"
                        + " currency has; `0.00` for a receipt that was paid by voucher",
                pattern = Amounts.DECIMAL,
                examples = "42.50")
        @Nullable
        BigDecimal amount,

        @Schema(
                implementation = String.class,
                description = "The program's ISO 4217 currency; required with `amount`",
                pattern = Amounts.CURRENCY,
                examples = "EUR")
        @Nullable
        Currency currency) {
    public Purchase {
        Amounts.check(points, amount, currency);
    }

    public Worth worth() {
        return Amounts.worth(points, amount, currency);
    }
}
