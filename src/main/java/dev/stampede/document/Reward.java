package dev.stampede.document;

import java.math.BigDecimal;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Something that a member can have for points.
 *
 * @param name for the member; the id if the document has no name
 * @param cost the first entry that has the member's tier holds. A reward that costs the same for all has one entry
 * @param stock pieces; null means no end
 * @param value money, in the programme's currency; null if the document has none
 * @param grantOnly whether it can be had only as a gift
 * @param code null where no code is made
 */
public record Reward(
        String id,
        String name,
        List<Cost> cost,
        When when,
        List<Limit> limits,
        @Nullable Long stock,
        @Nullable BigDecimal value,
        boolean grantOnly,
        @Nullable Code code) {
    public Reward {
        cost = List.copyOf(cost);
        limits = List.copyOf(limits);
    }

    /**
     * @param tiers empty means all
     * @param points 0 is a perk
     */
    public record Cost(Set<String> tiers, long points) {
        public Cost {
            tiers = Set.copyOf(tiers);
        }
    }

    /**
     * A code that a till looks up and uses once.
     *
     * @param validDays days after today to whose end it can be used
     */
    public record Code(int validDays) {}
}
