/**
 * Redis: the Lua library that decides, and the connection to it. Nothing here is believed by anybody but for speed;
 * the words "sealed" and "unsealed" are Redis' notes of what Postgres has, never the proof. May use account and points.
 */
package dev.stampede.propose;
