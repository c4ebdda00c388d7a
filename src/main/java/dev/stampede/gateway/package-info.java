/**
 * The write path: an operation comes in, Redis proposes, Postgres seals, an answer goes out. {@link
 * dev.stampede.gateway.Gateway} is the door. Behind it, {@code WritePath} takes one operation to its answer, {@code
 * Reads} looks up balances and keys, {@code Loader} puts accounts from Postgres into Redis, and {@code Repairs} puts
 * right what Redis has wrong. {@code Background} sweeps accounts that time has changed and runs {@code Comparison}.
 */
package dev.stampede.gateway;
