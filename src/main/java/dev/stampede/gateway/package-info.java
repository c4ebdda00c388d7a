/**
 * The write path: an operation comes in, Redis proposes, Postgres seals, an answer goes out. {@link
 * dev.stampede.gateway.Gateway} is the entrance. Behind it, {@code WritePath} takes one operation to its answer, {@code
 * Reads} looks up balances and keys, {@code Loader} loads accounts from Postgres into Redis, and {@code Repairs}
 * repairs accounts in Redis. {@code Background} sweeps accounts that time has changed and runs {@code Comparison}.
 *
 * <p>Start at {@code Stage}: it draws the way of one operation. {@code Attempt} is one operation on that way.
 */
@NullMarked
package dev.stampede.gateway;

import org.jspecify.annotations.NullMarked;
