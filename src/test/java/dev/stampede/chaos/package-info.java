/**
 * Chaos, and its judge. {@link dev.stampede.chaos.Judge} says of what clients were told and of what Postgres holds
 * whether the one can be true of the other; it knows the rules ({@code model}) and nothing of the gateway. The rest
 * starts real processes, lets seeded clients loose on them, and breaks one part after the other. Nothing here is known
 * to other tests.
 */
package dev.stampede.chaos;
