package dev.stampede.award;

import org.jspecify.annotations.Nullable;

/**
 * What points pay for where one rule says so to every member at every time: the answer tells it. Nothing depends on it,
 * and no member is asked: so it is no {@link Claim}.
 *
 * @param rule the id of the redeem rule
 * @param value money that was named, counted in the last of {@code decimals}; null where points were named
 * @param decimals how many decimals the currency has
 */
public record PlainPrice(String rule, @Nullable Long value, long decimals, Claim.Rate rate) {
    /** The same for an amount of money. */
    public PlainPrice of(long minor) {
        return new PlainPrice(rule, minor, decimals, rate);
    }
}
