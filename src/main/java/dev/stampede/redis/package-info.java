/**
 * Connections to Redis that are held, pipelined and bounded, and the search for its masters (one server, Sentinels or a
 * cluster). Start at {@code RedisRouter}: it has one {@code RedisLink} a master, and loads a {@code FunctionLibrary}
 * wherever a connection leads. Knows nothing of points.
 */
package dev.stampede.redis;
