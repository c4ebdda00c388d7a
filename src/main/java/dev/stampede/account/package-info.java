/**
 * The chain: an account's image, the operations asked of it, the decisions on them. Values only; the JSON here is
 * shared with the Lua library and the ledger. Depends on the pure packages alone: points, pricing, award, codec, rules.
 *
 * <p>Start at {@code Operation} (what is asked), {@code Proposal} (what Redis decided of it) and {@code Image} (the
 * account after it). {@code SealedOperation} is an operation as history has it.
 */
@NullMarked
package dev.stampede.account;

import org.jspecify.annotations.NullMarked;
