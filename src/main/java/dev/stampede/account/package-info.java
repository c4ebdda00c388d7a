/**
 * The chain: what an account's image is, what is asked of it, what was decided. Values only; the JSON here is the one
 * that the Lua library and the ledger share. Knows points and pricing, nothing else of the project.
 */
package dev.stampede.account;
