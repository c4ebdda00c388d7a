/**
 * What depends on a member's state: which of the wishes of an {@link dev.stampede.award.Award} he gets, his level, his
 * stamps, his gifts, what a reversal takes back, and what time changes.
 *
 * <p>This is the border to Redis. The same decisions are made there, in Lua, on the same records. Therefore there are
 * only whole numbers below 2^53 here, with at most one multiplication (completions x wish): no decimals, no time zones,
 * no dates but day numbers, no text that is looked into but
 * the month and the day of a date of birth. All of that is done before, in {@code rules}.
 *
 * <p>A day is a number of days since 1970-01-01 in the programme's zone. Money is in the currency's smallest unit.
 * Values in, values out: knows no clock and no framework; imports only java, JSpecify and {@code points}.
 */
@NullMarked
package dev.stampede.award;

import org.jspecify.annotations.NullMarked;
