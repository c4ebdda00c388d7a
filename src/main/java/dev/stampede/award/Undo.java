package dev.stampede.award;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The reversal of an earn, or of a part of it, as computed from its {@link Parts}. Valid as long as they are the newest
 * ones of that earn.
 *
 * @param whole whether nothing of the earn is left
 * @param takes points to be taken back
 * @param less by how much measures shrink
 * @param period the first day of the period of those measures; null if they were counted in none
 * @param uses what the limits of the member get back
 * @param gifts to be cancelled, if they were not used
 * @param backs stamps and periods that go back
 * @param left what later reversals can still take
 */
public record Undo(
        boolean whole,
        List<Take> takes,
        List<Less> less,
        @Nullable Long period,
        List<Parts.Use> uses,
        List<GiftBack> gifts,
        List<Back> backs,
        Parts left) {
    public Undo {
        takes = List.copyOf(takes);
        less = List.copyOf(less);
        uses = List.copyOf(uses);
        gifts = List.copyOf(gifts);
        backs = List.copyOf(backs);
    }

    /**
     * @param points 1 or more
     * @param progress the promotion if stamps or a streak gave them: then only those are taken that are still there
     * @param run the last period of the streak's run; null for others
     */
    public record Take(
            String rule,
            long points,
            @Nullable String progress,
            @Nullable Long run) {}

    public record Less(String measure, long by) {}

    public record GiftBack(Gift gift, long count) {}

    /**
     * Stamps, or a period of a streak.
     *
     * @param period null for stamps
     * @param run the last period of the run that the earn completed; null if none
     * @param reward what a completion gives; null where it gives points
     * @param points that the run gave, for the case that the member's state no longer tells
     * @param gifts likewise
     */
    public record Back(
            String promotion,
            long target,
            long stamps,
            @Nullable Long period,
            @Nullable Long run,
            @Nullable String reward,
            long points,
            long gifts) {
        boolean isForgotten(long forgotten) {
            return run != null && run <= forgotten;
        }
    }
}
