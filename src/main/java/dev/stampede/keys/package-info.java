/**
 * API keys of a program: making, listing, rotating and revoking them, and pairing tills, which get theirs by a code;
 * and the audit of all that is administered. The secret of a key is told once and never stored.
 */
@NullMarked
package dev.stampede.keys;

import org.jspecify.annotations.NullMarked;
