package dev.stampede.program.reading;

import java.math.BigDecimal;
import java.util.Currency;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Stage 2, what a schema cannot say of a value: money has no more decimals than its currency, nothing is divided by
 * zero, and no multiplier takes away. It also goes through a document that has not its shape, to report all at once.
 */
final class ValueCheck {
    private static final Pattern DECIMAL = Pattern.compile("(0|[1-9][0-9]{0,14})(\\.[0-9]{1,4})?");

    private final Place root;
    private final Findings findings;
    private final @Nullable Currency currency;

    private ValueCheck(Place root, Findings findings) {
        this.root = root;
        this.findings = findings;
        String code = root.text("currency");
        this.currency = code == null ? null : TextForm.currency(code);
    }

    static void check(Place root, Findings findings) {
        ValueCheck check = new ValueCheck(root, findings);
        check.rates();
        check.prices();
        check.multipliers();
        check.thresholds();
    }

    private void rates() {
        for (Place rate : Parts.rates(root)) {
            positive(rate.field("per"));
            rate.list("byTier").forEach(each -> positive(each.field("per")));
            if ("amount".equals(rate.text("by"))) {
                money(rate.field("per"));
                rate.list("byTier").forEach(each -> money(each.field("per")));
            }
        }
    }

    private void prices() {
        Parts.whens(root).forEach(when -> money(when.field("minimum")));
        for (List<Place> rules : Parts.redeemLists(root)) {
            rules.forEach(rule -> money(rule.field("value")));
            rules.forEach(rule -> positive(rule.field("value")));
        }
        root.list("rewards").forEach(reward -> money(reward.field("value")));
    }

    private void multipliers() {
        Parts.levels(root).forEach(level -> atLeastOne(level.field("multiplier")));
        Parts.fields(root.list("promotions"), "give").forEach(give -> atLeastOne(give.field("multiply")));
    }

    private void thresholds() {
        for (Place threshold : Parts.thresholds(root)) {
            Place atLeast = threshold.field("atLeast");
            positive(atLeast);
            for (Place measure : root.list("measures")) {
                String id = measure.text("id");
                if (id != null && id.equals(threshold.text("measure"))) {
                    if ("amount".equals(measure.text("of"))) {
                        money(atLeast);
                    } else {
                        digits(atLeast, 0, "The measure " + Words.quoted(id) + " counts in whole numbers.");
                    }
                }
            }
        }
    }

    private void money(@Nullable Place place) {
        if (currency != null) {
            digits(
                    place,
                    currency.getDefaultFractionDigits(),
                    "This is money in " + currency + ", which has " + Words.digits(currency.getDefaultFractionDigits())
                            + " after the point.");
        }
    }

    private void digits(@Nullable Place place, int most, String why) {
        BigDecimal value = decimal(place);
        if (place != null && value != null && value.scale() > most) {
            findings.error(
                    place,
                    Finding.Code.TOO_MANY_DECIMALS,
                    Words.quoted(value.toPlainString()) + " has too many digits after the point. " + why);
        }
    }

    private void positive(@Nullable Place place) {
        BigDecimal value = decimal(place);
        if (place != null && value != null && value.signum() == 0) {
            findings.error(place, Finding.Code.OUT_OF_RANGE, "This must be more than 0.");
        }
    }

    private void atLeastOne(@Nullable Place place) {
        BigDecimal value = decimal(place);
        if (place != null && value != null && value.compareTo(BigDecimal.ONE) < 0) {
            findings.error(
                    place,
                    Finding.Code.OUT_OF_RANGE,
                    "A multiplier must be at least 1: \"1.5\" gives half as much again, and \"1\" gives nothing more.");
        }
    }

    /** Null for what is no decimal; the other checks report that. */
    private static @Nullable BigDecimal decimal(@Nullable Place place) {
        String text = place == null ? null : place.text();
        return text == null || !DECIMAL.matcher(text).matches() ? null : new BigDecimal(text);
    }
}
