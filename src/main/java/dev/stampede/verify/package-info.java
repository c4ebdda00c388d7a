/**
 * Recomputes every balance from its entries. Reads with plain SQL and believes nothing that seal() believes: it is the
 * second opinion. Blocking, and run as a command of its own. May use account and points, for what an image says.
 */
package dev.stampede.verify;
