package dev.stampede.rules;

import dev.stampede.document.AttributeValue;
import dev.stampede.document.Match;
import java.math.BigDecimal;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A line of a purchase.
 *
 * <p>A line with an amount below 0 is a discount or a return. It lowers sums of money, and counts for nothing else: no
 * units, no distance, and no promotion is had because of it.
 *
 * @param amount money
 * @param minor the amount in the currency's smallest unit
 * @param thousandths units x 1000
 */
record Line(
        @Nullable String sku,
        Set<String> categories,
        BigDecimal amount,
        long minor,
        long thousandths,
        Map<String, String> attributes) {

    boolean isBought() {
        return minor >= 0;
    }

    /** Whether it has what a match asks of a line. */
    boolean has(Match match) {
        return (match.skus().isEmpty() || (sku != null && match.skus().contains(sku)))
                && (match.categories().isEmpty() || !Collections.disjoint(categories, match.categories()))
                && (match.attributes().isEmpty() || hasAll(match.attributes()));
    }

    private boolean hasAll(Map<String, List<AttributeValue>> wanted) {
        return wanted.entrySet().stream().allMatch(each -> hasOneOf(each.getKey(), each.getValue()));
    }

    private boolean hasOneOf(String attribute, List<AttributeValue> values) {
        String value = attributes.get(attribute);
        return value != null && values.stream().anyMatch(each -> text(each).equals(value));
    }

    static String text(AttributeValue value) {
        if (value instanceof AttributeValue.Code code) {
            return code.value();
        }
        return String.valueOf(((AttributeValue.Flag) value).value());
    }

    /** Whether a basket has what a match asks for: a line, or enough units in such lines. */
    static boolean hold(Match match, Collection<Line> basket) {
        long thousandths = 0;
        boolean any = false;
        for (Line line : basket) {
            if (line.isBought() && line.has(match)) {
                any = true;
                thousandths += line.thousandths();
            }
        }
        return any && (match.quantity() == null || thousandths >= match.quantity() * 1000L);
    }
}
