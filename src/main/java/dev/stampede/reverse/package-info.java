/** Undoing operations: by the operation's id, or by the key of a call whose answer was lost. */
@NullMarked
package dev.stampede.reverse;

import org.jspecify.annotations.NullMarked;
