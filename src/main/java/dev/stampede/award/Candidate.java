package dev.stampede.award;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A promotion whose conditions hold as far as they don't depend on the member.
 *
 * @param promotion its id
 * @param occasion what sets it off
 * @param level the index of the level whose reaching sets it off; 0 for other occasions
 * @param wish points for one completion, for each level; {@link #NOT} where members of the level don't get it
 * @param gift what it gives instead of points; null where it gives points
 * @param group its stacking group; null if none
 * @param groupMode how the group chooses
 * @param advance null where each operation gives at once
 * @param budget a total that all members share; null if none. A candidate with a budget has no {@code advance}
 * @param isFlat whether it gives the same for each basket, so that a partial reversal takes all of it or nothing
 * @param minimum money that the basket must have at least: below it a partial reversal takes a flat bonus back
 */
public record Candidate(
        String promotion,
        Occasion occasion,
        int level,
        List<Long> wish,
        @Nullable GiftOffer gift,
        @Nullable String group,
        Mode groupMode,
        long priority,
        boolean exclusive,
        boolean qualifies,
        List<Cap> caps,
        @Nullable Advance advance,
        @Nullable Shared budget,
        Needs needs,
        boolean isFlat,
        long minimum) {
    /** Instead of points: members of that level don't get it. */
    public static final long NOT = -1;

    public Candidate {
        wish = List.copyOf(wish);
        caps = List.copyOf(caps);
    }

    Candidate with(@Nullable Shared total) {
        return new Candidate(
                promotion, occasion, level, wish, gift, group, groupMode, priority, exclusive, qualifies, caps, advance,
                total, needs, isFlat, minimum);
    }

    public enum Occasion {
        /** The operation itself. */
        OPERATION,
        /** The account is opened by the operation. */
        ENROL,
        /** The operation makes the member reach a level. */
        LEVEL
    }

    /** Which promotions of a group give: all, the one that gives most, the one with the highest priority. */
    public enum Mode {
        ALL,
        BEST,
        FIRST
    }

    /**
     * Rewards that the member need not pay.
     *
     * @param validDays days after today to whose end they can be used
     * @param count how many, for one completion
     */
    public record GiftOffer(String reward, long validDays, long count) {
        Gift from(String promotion, long today) {
            return new Gift(reward, today + validDays, promotion);
        }
    }
}
