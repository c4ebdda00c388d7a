/** Earning points: for an amount, at the program's rate, or as a number of points. */
@NullMarked
package dev.stampede.earn;

import org.jspecify.annotations.NullMarked;
