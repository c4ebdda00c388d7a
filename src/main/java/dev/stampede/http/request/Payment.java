package dev.stampede.http.request;

import dev.stampede.pricing.Worth;
import java.math.BigDecimal;
import java.util.Currency;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/** What is paid with points: as many as said, or an amount above 0. */
public record Payment(
        @Schema(
                description = "How many points",
                minimum = Amounts.LEAST_POINTS,
                maximum = Amounts.MOST_POINTS,
                examples = "500")
        @Nullable
        Long points,

        @Schema(
                implementation = String.class,
                description =
                        "What is paid for, instead of `points`: a plain decimal above 0 with no more decimals than"
                                + " the currency has",
                pattern = Amounts.DECIMAL,
                examples = "5.00")
        @Nullable
        BigDecimal amount,

        @Schema(
                implementation = String.class,
                description = "The program's ISO 4217 currency; required with `amount`",
                pattern = Amounts.CURRENCY,
                examples = "EUR")
        @Nullable
        Currency currency) {
    public Payment {
        Amounts.check(points, amount, currency);
        if (amount != null && amount.signum() == 0) {
            throw Amounts.invalid("amount must be above 0.");
        }
    }

    public Worth worth() {
        return Amounts.worth(points, amount, currency);
    }
}
