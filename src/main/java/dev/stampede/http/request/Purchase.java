package dev.stampede.http.request;

import dev.stampede.http.problem.ProblemCode;
import dev.stampede.http.problem.ProblemException;
import dev.stampede.http.view.OperationView.ItemView;
import dev.stampede.pricing.Money;
import dev.stampede.pricing.Worth;
import dev.stampede.rules.Call;
import dev.stampede.rules.CompiledProgram;
import java.math.BigDecimal;
import java.util.Currency;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * What points are given for: as many as said, a purchase, or something that the member did. An earn and a quote of it
 * are read by this one record.
 */
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
                        + " currency has; `0.00` for a receipt that was paid by voucher. If it is left out, the sum of"
                        + " `items`",
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
        Currency currency,

        @Schema(
                description = "What the member did, instead of `points` or `amount`; a promotion of the program names"
                        + " it",
                minLength = 1,
                maxLength = 64,
                examples = "email-opt-in")
        @Nullable
        String action,

        @Schema(
                description = "The partner of the coalition where it happened",
                minLength = 1,
                maxLength = 64,
                examples = "supermarket")
        @Nullable
        String partner,

        @Schema(description = "The store where it happened", minLength = 1, maxLength = 64, examples = "store-17")
        @Nullable
        String store,

        @Schema(
                description = "The receipt's lines. What `amount` exceeds their sum by is a line of its own",
                maxItems = 500)
        @Nullable
        List<ItemView> items) {
    public Purchase {
        if (amount != null && currency == null
                || currency != null && amount == null && lines(items).isEmpty()) {
            throw ProblemException.malformed("Send amount and currency together.");
        }
        if (points != null && currency != null) {
            throw ProblemException.malformed("Send either points or amount, not both.");
        }
        if (action != null && Stream.of(points, currency, items).anyMatch(Objects::nonNull)) {
            throw ProblemException.malformed("An action has no points, no amount and no items.");
        }
    }

    private static List<ItemView> lines(@Nullable List<ItemView> items) {
        return items == null ? List.of() : items;
    }

    /** Whether it says what points are given for. */
    public boolean hasPurpose() {
        return points != null
                || amount != null
                || action != null
                || !lines(items).isEmpty();
    }

    /** Refuses a body that does not say what points are given for. */
    public void check() {
        if (!hasPurpose()) {
            throw ProblemException.malformed("Send points, amount and currency, or action.");
        }
    }

    /**
     * The same for the program's rules.
     *
     * @param channel where it comes from; null if the caller did not say
     * @throws ProblemException if the currency is another one
     * @throws dev.stampede.points.Unpriceable if points are stated, and a line can't be read
     */
    public Call call(@Nullable String channel, CompiledProgram program) {
        Call.Place place = new Call.Place(partner, store, channel);
        List<Call.Item> lines = lines(items).stream().map(Purchase::item).toList();
        if (points != null) {
            program.check(lines);
            return new Call.Stated(place, points);
        } else if (action != null) {
            return new Call.Action(place, action);
        }
        if (currency != null && !currency.equals(program.currency())) {
            throw new ProblemException(
                    ProblemCode.CURRENCY_MISMATCH,
                    "The currency of this program is " + program.currency() + ", not " + currency + ".");
        }
        return new Call.Purchase(place, amount, lines);
    }

    /**
     * What the earn rate is applied to.
     *
     * @param program its currency, where the call names none
     */
    public Worth worth(Currency program) {
        BigDecimal sum = lines(items).stream()
                .map(item -> Objects.requireNonNull(item.amount()))
                .reduce(BigDecimal.ZERO, BigDecimal::add);
        return new Worth(
                points,
                points != null
                        ? null
                        : new Money(
                                Objects.requireNonNullElse(amount, sum),
                                Objects.requireNonNullElse(currency, program)));
    }

    private static Call.Item item(ItemView item) {
        return new Call.Item(
                item.sku(),
                item.categories() == null ? Set.of() : Set.copyOf(item.categories()),
                item.quantity() == null ? BigDecimal.ONE : item.quantity(),
                Objects.requireNonNull(item.amount()),
                item.attributes() == null ? Map.of() : item.attributes());
    }
}
