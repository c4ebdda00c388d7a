/**
 * The calls on programs: which there are, what one offers, its versions, and publishing the next one. What is in force
 * comes from the book in memory; versions, old ones too, are read from Postgres when they are asked for.
 */
@NullMarked
package dev.stampede.publish;

import org.jspecify.annotations.NullMarked;
