/**
 * Recomputes every balance from its entries. Reads with plain SQL and relies on nothing that seal() relies on: it is
 * the independent second check. Blocking; runs as a separate command. May use account and points, to read images.
 */
@NullMarked
package dev.stampede.verify;

import org.jspecify.annotations.NullMarked;
