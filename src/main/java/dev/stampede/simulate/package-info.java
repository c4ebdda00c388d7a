/**
 * What a draft of a programme would have given in a period of real history, beside what was given. Reads the ledger on
 * a connection of its own, computes in Java on a thread of its own, and writes nothing.
 */
@NullMarked
package dev.stampede.simulate;

import org.jspecify.annotations.NullMarked;
