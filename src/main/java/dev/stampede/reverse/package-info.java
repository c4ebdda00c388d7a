/** Undoing operations: by the operation's id, or by the key of a call whose answer was lost. */
package dev.stampede.reverse;
