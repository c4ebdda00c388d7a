/** Paying with points at once. */
@NullMarked
package dev.stampede.redeem;

import org.jspecify.annotations.NullMarked;
