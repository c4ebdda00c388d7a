/**
 * Asks the Lua library (resources/lua) to decide. Start at {@code Proposer}. The results are never trusted, they only
 * save time. "Sealed" and "unsealed" are here Redis' notes of what Postgres has, never the proof.
 */
@NullMarked
package dev.stampede.propose;

import org.jspecify.annotations.NullMarked;
