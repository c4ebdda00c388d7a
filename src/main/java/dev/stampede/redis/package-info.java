/**
 * Persistent, pipelined and bounded connections to Redis, and the search for its masters (one server, Sentinels or a
 * cluster). Start at {@code RedisRouter}: it has one {@code RedisLink} per master, and loads a {@code FunctionLibrary}
 * on every server that it connects to. Knows nothing of points.
 */
@NullMarked
package dev.stampede.redis;

import org.jspecify.annotations.NullMarked;
