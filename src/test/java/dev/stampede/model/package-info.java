/**
 * A second opinion on points: an account as section 6 of the rules tells it, in plain Java, against which the Lua
 * library is run on random operations. Written from the rules and not from the library, so that one mistake is not made
 * twice.
 */
package dev.stampede.model;
