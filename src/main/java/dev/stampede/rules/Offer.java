package dev.stampede.rules;

import org.jspecify.annotations.Nullable;

/**
 * A reward as one member can have it.
 *
 * @param points what it costs him: 0 for a perk, and where he has it as a gift; null where he could have it only as a
 *     gift, or members of his level can't have it
 * @param isGift whether he has it as a gift, which is used before points
 * @param whyNot the first condition that does not hold: one of time, {@code tiers}, {@code attributes}, {@code
 *     birthday}, {@code gift} (he has none, and needs one) or {@code limit}; null if he may have it, as far as that
 *     does not depend on the place or on his points
 */
public record Offer(
        String reward,
        @Nullable Long points,
        boolean isGift,
        @Nullable String whyNot) {}
