package dev.stampede.document;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which lines of a purchase are meant: those that fulfil all parts. A part that is empty holds for each line.
 *
 * @param attributes for each attribute the values, of which the line must have one
 * @param quantity how many units a basket must have in the lines that match; null means that one line is enough,
 *     whatever its quantity
 */
public record Match(
        Set<String> skus,
        Set<String> categories,
        Map<String, List<AttributeValue>> attributes,
        @Nullable Integer quantity) {
    /** Each line. */
    public static final Match ALL = new Match(Set.of(), Set.of(), Map.of(), null);

    public Match {
        skus = Set.copyOf(skus);
        categories = Set.copyOf(categories);
        attributes = Collections.unmodifiableMap(new LinkedHashMap<>(attributes));
    }

    /** Whether each line of each purchase matches. */
    public boolean always() {
        return skus.isEmpty() && categories.isEmpty() && attributes.isEmpty() && quantity == null;
    }
}
