/**
 * A programme's rules, as far as they don't depend on a member's state: what a purchase earns at each level, which
 * promotions may be had, what a payment costs, what goes back with a reversal, and why. A {@code CompiledProgram} is
 * made once of a version of the document and never changes; it answers with the whole numbers of {@code award}.
 *
 * <p>Everything with a date, a time zone, a decimal, or a text is here: exact fractions until they are rounded once,
 * then whole numbers. Values in, values out: knows no HTTP, no clock and no framework; imports java, JSpecify, {@code
 * document}, {@code award} and {@code points}.
 */
@NullMarked
package dev.stampede.rules;

import org.jspecify.annotations.NullMarked;
