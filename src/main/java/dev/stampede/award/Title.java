package dev.stampede.award;

import org.jspecify.annotations.Nullable;

/**
 * A level that a member has reached, and has to the end of a day.
 *
 * @param level its id
 * @param until the last day
 * @param period the first day of the period in which it was reached; null where it is what was left of a higher one
 */
public record Title(String level, long until, @Nullable Long period) {}
