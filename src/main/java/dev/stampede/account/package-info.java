/**
 * The chain: an account's image, the operations asked of it, the decisions on them. Values only; the JSON here is
 * shared with the Lua library and the ledger. Depends on points and pricing, on nothing else in the project.
 */
package dev.stampede.account;
