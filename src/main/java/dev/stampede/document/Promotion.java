package dev.stampede.document;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Something that is given on top of the base.
 *
 * @param name for the member; the id if the document has no name
 * @param progress null where each event gives at once
 * @param budget the id of a budget; null if none
 * @param group the id of a stacking group; null if none
 * @param priority the higher one wins
 * @param exclusive whether nothing else gives where this one gives
 * @param qualifies whether its points count for measures of points
 * @param fundedBy the id of the partner who pays for it; null if none
 */
public record Promotion(
        String id,
        String name,
        Event event,
        When when,
        @Nullable Progress progress,
        Give give,
        List<Limit> limits,
        @Nullable String budget,
        @Nullable String group,
        int priority,
        boolean exclusive,
        boolean qualifies,
        @Nullable String fundedBy) {
    public Promotion {
        limits = List.copyOf(limits);
    }
}
