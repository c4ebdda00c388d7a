package dev.stampede.document;

import org.jspecify.annotations.Nullable;

/**
 * What one member may have of a promotion or a reward.
 *
 * @param max uses, or points
 * @param counter limits of promotions and rewards that name the same counter share its count; null means one of its
 *     own
 */
public record Limit(
        CountedAs of, long max, Per per, @Nullable String counter) {}
