package dev.stampede.access;

/**
 * How many calls a principal may make, at all gateways together.
 *
 * @param perSecond calls per second, from 1
 * @param burst calls at once, from 1
 */
public record RateLimit(int perSecond, int burst) {}
