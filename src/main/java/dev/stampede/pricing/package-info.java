/**
 * What an amount earns and costs where a program is one rate, and why. Values in, values out, like
 * {@code points}: knows no HTTP, no clock and no framework; imports java, JSpecify and {@code points}. Features read
 * a call, compute its points here, and build the operation from the result.
 */
@NullMarked
package dev.stampede.pricing;

import org.jspecify.annotations.NullMarked;
