package dev.stampede.rules;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Something for which points are given. */
public sealed interface Call {
    Place place();

    /**
     * A purchase.
     *
     * @param amount money, 0 or more; null: the sum of the lines
     * @param lines what the caller listed; empty if nothing
     */
    record Purchase(Place place, @Nullable BigDecimal amount, List<Item> lines) implements Call {
        public Purchase {
            lines = List.copyOf(lines);
        }
    }

    /** The member has done something that the programme rewards. */
    record Action(Place place, String action) implements Call {}

    /** The account is opened, and nothing else. */
    record Enrol(Place place) implements Call {}

    /** @param points as the caller says; 1 or more */
    record Stated(Place place, long points) implements Call {}

    /** Where it happened; each is null if the caller did not say. */
    record Place(
            @Nullable String partner,
            @Nullable String store,
            @Nullable String channel) {
        public static final Place UNKNOWN = new Place(null, null, null);
    }

    /**
     * A line of a purchase.
     *
     * @param quantity more than 0, with at most 3 decimals
     * @param amount money; below 0 for a discount or a return
     * @param attributes as text; a flag is {@code true} or {@code false}
     */
    record Item(
            @Nullable String sku,
            Set<String> categories,
            BigDecimal quantity,
            BigDecimal amount,
            Map<String, String> attributes) {
        public Item {
            categories = Set.copyOf(categories);
            attributes = Map.copyOf(attributes);
        }
    }
}
