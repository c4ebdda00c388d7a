package dev.stampede.account;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.stampede.pricing.Calculation;
import dev.stampede.pricing.Money;
import dev.stampede.rules.Call;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The part of an operation's answer that is not decided: stored with the operation as compact JSON (its {@code
 * detail}); a replay years later answers the same. No decision depends on it. It is written once and read only for
 * answers.
 */
public final class Receipt {
    public static final Receipt NONE = new Receipt(null, Contents.NONE);

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final ObjectMapper KNOWN_ONLY =
            new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

    private final @Nullable String text;
    private @Nullable Contents contents;

    private Receipt(@Nullable String text, @Nullable Contents contents) {
        this.text = text;
        this.contents = contents;
    }

    /**
     * The content; null where a field has no value.
     *
     * @param reason why a programme manager or an agent did it
     * @param text what the member is told of it
     * @param occurredAt RFC 3339, UTC
     * @param amount a plain decimal, in {@code currency} (ISO 4217)
     * @param moneyMeasures those of the program's measures that are money
     * @param availableOn the day from which an earn's points are available, if not at once; ISO 8601
     * @param by who has asked for it
     * @param usedBy the id of the operation that has used the reference, if that is why it was declined
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Contents(
            @Nullable String channel,
            @Nullable String partner,
            @Nullable String store,
            @Nullable String action,
            @Nullable String note,
            @Nullable String reason,
            @Nullable String text,
            @Nullable String occurredAt,
            @Nullable String amount,
            @Nullable String currency,
            @Nullable List<Reason> explanation,
            @Nullable List<Item> items,
            @Nullable String availableOn,
            @Nullable By by,
            @Nullable List<String> moneyMeasures,
            @Nullable String usedBy) {
        private static final Contents NONE = new Contents(
                null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null);

        /** Where it happened. */
        public Call.Place place() {
            return new Call.Place(partner, store, channel);
        }

        /**
         * What points were given for.
         *
         * @param type of the operation
         * @param stated the points that the caller named, where it named points
         */
        public Call call(OperationType type, long stated) {
            if (type == OperationType.ENROL) {
                return new Call.Enrol(place());
            } else if (action != null) {
                return new Call.Action(place(), action);
            } else if (amount == null) {
                return new Call.Stated(place(), stated);
            }
            List<Item> lines = items == null ? List.of() : items;
            return new Call.Purchase(
                    place(),
                    new BigDecimal(amount),
                    lines.stream().map(Item::line).toList());
        }
    }

    /** How an operation's number of points was computed: a {@link Calculation}, as it is stored. */
    public record Reason(String rule, long points, String text) {}

    /**
     * One line of the caller's receipt.
     *
     * @param quantity a plain decimal; earlier rows have a number
     * @param amount a plain decimal
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Item(
            @Nullable String sku,
            @Nullable List<String> categories,
            @Nullable String quantity,
            @Nullable String amount,
            @Nullable Map<String, String> attributes) {
        private Call.Item line() {
            return new Call.Item(
                    sku,
                    categories == null ? Set.of() : Set.copyOf(categories),
                    quantity == null ? BigDecimal.ONE : new BigDecimal(quantity),
                    amount == null ? BigDecimal.ZERO : new BigDecimal(amount),
                    attributes == null ? Map.of() : attributes);
        }
    }

    /** What only an earn says of its circumstances. */
    public record Sale(
            @Nullable String partner,
            @Nullable String store,
            @Nullable String action,
            @Nullable Instant occurredAt,
            @Nullable List<Item> items,
            @Nullable List<String> moneyMeasures) {
        private static final Sale NONE = new Sale(null, null, null, null, null, null);
    }

    /** All parameters may be null. */
    public static Receipt of(
            @Nullable String channel, @Nullable String note, @Nullable Money money, @Nullable Calculation why) {
        return of(channel, note, money, why, Sale.NONE, null);
    }

    /**
     * The same with the fields that only an earn has.
     *
     * @param availableOn in days since 1970-01-01
     */
    public static Receipt of(
            @Nullable String channel,
            @Nullable String note,
            @Nullable Money money,
            @Nullable Calculation why,
            Sale sale,
            @Nullable Long availableOn) {
        Contents contents = new Contents(
                channel,
                sale.partner,
                sale.store,
                sale.action,
                note,
                null,
                null,
                sale.occurredAt == null ? null : sale.occurredAt.toString(),
                money == null ? null : money.text(),
                money == null ? null : money.currency().getCurrencyCode(),
                why == null ? null : List.of(new Reason(why.rule(), why.points(), why.text())),
                sale.items,
                availableOn == null ? null : LocalDate.ofEpochDay(availableOn).toString(),
                null,
                sale.moneyMeasures,
                null);
        return of(contents);
    }

    /**
     * Of a call by a programme manager or an agent.
     *
     * @param text what the member is told; null for nothing
     * @param what it did; null if there is nothing to tell
     */
    public static Receipt byHand(@Nullable String reason, @Nullable String text, @Nullable Reason what) {
        return of(new Contents(
                null,
                null,
                null,
                null,
                null,
                reason,
                text,
                null,
                null,
                null,
                what == null ? null : List.of(what),
                null,
                null,
                null,
                null,
                null));
    }

    /** The same of an earn whose reference that operation has used; null if none has. */
    Receipt usedBy(@Nullable UUID operation) {
        Contents c = contents();
        return of(new Contents(
                c.channel,
                c.partner,
                c.store,
                c.action,
                c.note,
                c.reason,
                c.text,
                c.occurredAt,
                c.amount,
                c.currency,
                c.explanation,
                c.items,
                c.availableOn,
                c.by,
                c.moneyMeasures,
                operation == null ? null : operation.toString()));
    }

    /** The same of a call by them; null for nobody. The text is extended, because every operation passes here. */
    Receipt by(@Nullable By principal) {
        if (principal == null) {
            return this;
        }
        try {
            String field = "\"by\":" + JSON.writeValueAsString(principal) + "}";
            return new Receipt(text == null ? "{" + field : text.substring(0, text.length() - 1) + "," + field, null);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("strings can be written", e);
        }
    }

    private static Receipt of(Contents contents) {
        try {
            return contents.equals(Contents.NONE) ? NONE : new Receipt(JSON.writeValueAsString(contents), contents);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("strings and numbers can be written", e);
        }
    }

    /** @param text as it is stored; null for an empty receipt */
    public static Receipt stored(@Nullable String text) {
        return text == null ? NONE : new Receipt(text, null);
    }

    /** The text to store; null for an empty receipt. */
    public @Nullable String text() {
        return text;
    }

    /** @throws IllegalArgumentException if the text is not a receipt, or has a field that this release does not know */
    public Contents contents() {
        if (contents == null) {
            contents = parse(JSON);
        }
        return contents;
    }

    /**
     * The readable part of a receipt that a newer release may have written.
     *
     * @throws IllegalArgumentException if the text is not a receipt
     */
    public Contents known() {
        return contents == null ? parse(KNOWN_ONLY) : contents;
    }

    private Contents parse(ObjectMapper json) {
        try {
            return json.readValue(text, Contents.class);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("not a receipt", e);
        }
    }
}
