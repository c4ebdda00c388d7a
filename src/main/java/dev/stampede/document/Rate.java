package dev.stampede.document;

import java.math.BigDecimal;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a line earns. Points are given per so much of what is counted. */
public sealed interface Rate {
    /** The line is outside of everything: base, measures, minimums and promotions. */
    record None() implements Rate {}

    /** @param per money, in the programme's currency */
    record ByAmount(long points, BigDecimal per, Units units, List<TierRate> byTier) implements Rate {
        public ByAmount {
            byTier = List.copyOf(byTier);
        }
    }

    /** @param per a number of units */
    record ByQuantity(long points, BigDecimal per, List<TierRate> byTier) implements Rate {
        public ByQuantity {
            byTier = List.copyOf(byTier);
        }
    }

    record ByOperation(long points) implements Rate {}

    /**
     * By a number that the line has as attribute.
     *
     * @param per in the attribute's own unit
     * @param factor null means 1
     * @param minimum points that a line gets at least
     */
    record ByAttribute(
            String attribute,
            long points,
            BigDecimal per,
            @Nullable Factor factor,
            long minimum,
            List<TierRate> byTier) implements Rate {
        public ByAttribute {
            byTier = List.copyOf(byTier);
        }
    }

    /** What members of these tiers get instead; the first entry that has the tier holds. */
    record TierRate(Set<String> tiers, long points, BigDecimal per) {
        public TierRate {
            tiers = Set.copyOf(tiers);
        }
    }

    /**
     * By what a line's points are multiplied, looked up by another of its attributes.
     *
     * @param otherwise for a value that is not in the table, and for a line without the attribute
     */
    record Factor(String attribute, Map<String, BigDecimal> table, BigDecimal otherwise) {
        public Factor {
            table = Collections.unmodifiableMap(new LinkedHashMap<>(table));
        }
    }

    /** Whether a part of {@code per} counts, or only the whole of it. */
    enum Units {
        EXACT,
        WHOLE
    }
}
