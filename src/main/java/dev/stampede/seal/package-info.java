/**
 * Postgres: the sealer commits proposals, the ledger is read for what was committed. Start at {@link
 * dev.stampede.seal.Sealer}, then {@code db/migration/V001__ledger.sql}. What is here decides; nothing here trusts
 * Redis. May use postgres, account and points, not
 * propose.
 */
package dev.stampede.seal;
