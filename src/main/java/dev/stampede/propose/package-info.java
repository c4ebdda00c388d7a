/**
 * Asks the Lua library (resources/lua) to decide. Start at {@code Proposer}. Nothing here is believed by anybody but
 * for speed; the words "sealed" and "unsealed" are Redis' notes of what Postgres has, never the proof.
 */
package dev.stampede.propose;
