/**
 * What an amount earns and costs where a program is one rate, and why. Values in, values out, like
 * {@code points}: knows no HTTP, no clock and no framework; imports java, JSpecify and {@code points}. A program of one
 * rate is computed here; all others are priced in {@code rules}, by what {@code CompiledProgram} says of them.
 */
@NullMarked
package dev.stampede.pricing;

import org.jspecify.annotations.NullMarked;
