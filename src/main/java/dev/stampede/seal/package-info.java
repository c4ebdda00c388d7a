/**
 * Postgres: the sealer commits proposals, the ledger reads what was committed. Start at {@link
 * dev.stampede.seal.Sealer}, then {@code db/migration/V001__ledger.sql}. The decisions of this package are final;
 * nothing here trusts Redis. May use postgres, account and points, not propose.
 */
package dev.stampede.seal;
