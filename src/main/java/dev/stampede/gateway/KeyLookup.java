package dev.stampede.gateway;

import dev.stampede.account.Proposal;

/**
 * What Postgres has under a key.
 *
 * @param sealed the operation, null if there is none
 * @param voided whether a void has undone it, or claimed its key before it came
 */
public record KeyLookup(Proposal sealed, boolean voided) {}
