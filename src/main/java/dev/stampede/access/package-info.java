/**
 * Who calls, and what he may do: API keys, their text, and the book of all keys in memory. Knows no HTTP and no points.
 * {@code http.server.Guard} asks it about every request; {@code keys} makes, rotates and revokes keys.
 */
@NullMarked
package dev.stampede.access;

import org.jspecify.annotations.NullMarked;
