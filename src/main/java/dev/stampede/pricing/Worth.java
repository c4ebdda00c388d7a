package dev.stampede.pricing;

/**
 * How much a call is about: so many points, or as many as an amount of money is worth.
 *
 * @param points null where there is an amount
 * @param money null where the caller said how many points
 */
public record Worth(Long points, Money money) {}
