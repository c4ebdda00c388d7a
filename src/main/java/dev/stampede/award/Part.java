package dev.stampede.award;

import org.jspecify.annotations.Nullable;

/**
 * One line of an explanation: what a rule gave or took, or why it did not.
 *
 * @param rule {@code stated}, {@code base:<earn rule>}, {@code tier:<level>} or {@code promotion:<id>}
 * @param points given; negative where they are taken back
 * @param reward that it gives as a gift; null if none
 * @param gifts how many of it
 * @param wanted points that it would have given without {@code reason}
 * @param reason {@code limit}, {@link #BUDGET} or {@code stacking:<the promotion that was chosen>}; null if it gave all
 *     that it wanted
 */
public record Part(
        String rule,
        long points,
        @Nullable String reward,
        long gifts,
        long wanted,
        @Nullable String reason) {
    /** The reason of what a budget has cut. */
    public static final String BUDGET = "budget";

    static Part of(String rule, long points) {
        return new Part(rule, points, null, 0, points, null);
    }

    boolean isNothing() {
        return points == 0 && gifts == 0 && reason == null;
    }
}
