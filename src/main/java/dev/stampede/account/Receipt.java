package dev.stampede.account;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.stampede.pricing.Explanation;
import dev.stampede.pricing.Money;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;

/**
 * What an operation's answer tells besides what was decided: kept with the operation as compact JSON (its {@code
 * detail}), so that a replay years later tells the same. Nothing is decided by it. It is written once and read where it
 * is told.
 */
public final class Receipt {
    public static final Receipt NONE = new Receipt(null, Contents.NONE);

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final ObjectMapper KNOWN_ONLY =
            new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

    private final String text;
    private Contents contents;

    private Receipt(String text, Contents contents) {
        this.text = text;
        this.contents = contents;
    }

    /**
     * What there is to tell; null where there is nothing.
     *
     * @param occurredAt RFC 3339, UTC
     * @param amount a plain decimal, in {@code currency} (ISO 4217)
     * @param availableOn the day from which an earn's points are available, where that is later; ISO 8601
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Contents(
            String channel,
            String note,
            String occurredAt,
            String amount,
            String currency,
            List<Reason> explanation,
            List<Item> items,
            String availableOn) {
        private static final Contents NONE = new Contents(null, null, null, null, null, null, null, null);
    }

    /** Why an operation moved as many points as it did: an {@link Explanation}, as it is stored. */
    public record Reason(String rule, long points, String text) {}

    /** One line of the caller's receipt. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Item(String sku, BigDecimal quantity, String amount) {}

    /** All of them may be null. */
    public static Receipt of(String channel, String note, Money money, Explanation why) {
        return of(channel, note, money, why, null, null, null);
    }

    /**
     * The same, and what only an earn has.
     *
     * @param availableOn in days since 1970-01-01
     */
    public static Receipt of(
            String channel,
            String note,
            Money money,
            Explanation why,
            Instant occurredAt,
            List<Item> items,
            Long availableOn) {
        Contents contents = new Contents(
                channel,
                note,
                occurredAt == null ? null : occurredAt.toString(),
                money == null ? null : money.text(),
                money == null ? null : money.currency().getCurrencyCode(),
                why == null ? null : List.of(new Reason(why.rule(), why.points(), why.text())),
                items,
                availableOn == null ? null : LocalDate.ofEpochDay(availableOn).toString());
        try {
            return contents.equals(Contents.NONE) ? NONE : new Receipt(JSON.writeValueAsString(contents), contents);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("strings and numbers can be written", e);
        }
    }

    /** @param text as it is stored; null where there is nothing to tell */
    public static Receipt stored(String text) {
        return text == null ? NONE : new Receipt(text, null);
    }

    /** As it is stored; null where there is nothing to tell. */
    public String text() {
        return text;
    }

    /** @throws IllegalArgumentException if the text is no receipt, or has what this release does not know */
    public Contents contents() {
        if (contents == null) {
            contents = parse(JSON);
        }
        return contents;
    }

    /**
     * As much as can be read of what a newer release may have written.
     *
     * @throws IllegalArgumentException if the text is no receipt
     */
    public Contents known() {
        return contents == null ? parse(KNOWN_ONLY) : contents;
    }

    private Contents parse(ObjectMapper json) {
        try {
            return json.readValue(text, Contents.class);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("no receipt", e);
        }
    }
}
