package dev.stampede.pricing;

/**
 * The size of a call: a number of points, or the points that an amount of money is worth.
 *
 * @param points null where there is an amount
 * @param money null where the caller stated the number of points
 */
public record Worth(Long points, Money money) {}
