package dev.stampede.http.view;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.stampede.pricing.Money;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * What an operation's answer tells besides what was decided: kept with the operation as compact JSON, so that a replay
 * years later tells the same.
 *
 * @param availableOn the day from which an earn's points are available, where that is later
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Detail(
        String channel,
        String note,
        String occurredAt,
        String amount,
        String currency,
        List<Explanation> explanation,
        List<Item> items,
        String availableOn) {

    static final Detail NONE = new Detail(null, null, null, null, null, null, null, null);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final ObjectMapper KNOWN_ONLY =
            new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

    /** Why an operation moved as many points as it did. */
    @Schema(name = "Explanation", description = "One reason why an operation moved as many points as it did.")
    public record Explanation(
            @Schema(
                    description =
                            "The rule: `given` (the caller said how many), `base` (the program's rate), `price` (what an amount costs)",
                    examples = "base")
            String rule,

            @Schema(description = "The points that it gave, or cost", examples = "42")
            long points,

            @Schema(
                    description = "The same for people, with the rounding",
                    examples = "42.50 EUR x 1 = 42.5, rounded down")
            String text) {}

    /** One line of a receipt. */
    @Schema(name = "Item", description = "One line of a receipt.")
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Item(
            @Schema(
                    description = "The article, 1 to 64 characters",
                    required = true,
                    minLength = 1,
                    maxLength = 64,
                    examples = "coffee")
            String sku,

            @Schema(
                    description = "How many of it, or how much: at most 6 decimals, below 0 for what is returned",
                    minimum = "-1000000",
                    maximum = "1000000",
                    examples = "2",
                    nullable = true)
            BigDecimal quantity,

            @Schema(
                    description = "What the line cost, in the program's currency: a plain decimal, below 0 for a return"
                            + " or a discount",
                    pattern = "^-?(0|[1-9][0-9]{0,14})(\\.[0-9]{1,6})?$",
                    examples = "12.50",
                    nullable = true)
            String amount) {}

    /** All of them may be null. */
    public static Detail of(String channel, String note, Money money, dev.stampede.pricing.Explanation why) {
        return of(channel, note, money, why, null, null, null);
    }

    /** The same, and what only an earn has. */
    public static Detail of(
            String channel,
            String note,
            Money money,
            dev.stampede.pricing.Explanation why,
            Instant occurredAt,
            List<Item> items,
            Long availableOn) {
        return new Detail(
                channel,
                note,
                occurredAt == null ? null : occurredAt.toString(),
                money == null ? null : money.text(),
                money == null ? null : money.currency().getCurrencyCode(),
                why == null ? null : List.of(new Explanation(why.rule(), why.points(), why.text())),
                items,
                availableOn == null ? null : LocalDate.ofEpochDay(availableOn).toString());
    }

    /** Null where there is nothing to tell. */
    public String text() {
        try {
            return equals(NONE) ? null : JSON.writeValueAsString(this);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("strings and numbers can be written", e);
        }
    }

    /** @throws IllegalArgumentException if the text is no detail, or has what this release does not know */
    static Detail parse(String text) {
        return parse(JSON, text);
    }

    /**
     * As much as can be read of what a newer release may have written.
     *
     * @throws IllegalArgumentException if the text is no detail
     */
    static Detail parseKnown(String text) {
        return parse(KNOWN_ONLY, text);
    }

    private static Detail parse(ObjectMapper json, String text) {
        try {
            return text == null ? NONE : json.readValue(text, Detail.class);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("no detail", e);
        }
    }
}
