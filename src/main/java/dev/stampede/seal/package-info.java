/**
 * Postgres: the sealer commits proposals, the ledger reads what was committed. Start at {@link
 * dev.stampede.seal.Sealer}, then {@code db/functions/seal_4.sql}. The decisions of this package are final;
 * nothing here trusts Redis. A {@code LedgerLookup} was read under the row lock, so answers may rest on it. May use
 * postgres, account, award and points, not propose.
 */
@NullMarked
package dev.stampede.seal;

import org.jspecify.annotations.NullMarked;
