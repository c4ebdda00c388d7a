package dev.stampede.gateway;

import dev.stampede.account.SealedOperation;
import org.jspecify.annotations.Nullable;

/**
 * What Postgres has under a key.
 *
 * @param operation the operation, null if there is none
 * @param voided whether a void has undone the operation, or has claimed its key before it arrived
 */
public record KeyLookup(@Nullable SealedOperation operation, boolean voided) {}
