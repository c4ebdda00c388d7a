/**
 * The write path: an operation comes in, Redis proposes, Postgres seals, an answer goes out. {@link
 * dev.stampede.gateway.Gateway} is the door; HTTP features come in through it and see nothing behind it.
 */
package dev.stampede.gateway;
