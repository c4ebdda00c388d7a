/** Undoing what was done: an operation by its id, or a call by its key where its answer was lost. */
package dev.stampede.reverse;
