/**
 * Measures the gateway beside what bounds it, in one run. {@code loadtests/ceiling/README.md} says what and how.
 *
 * <p>{@link dev.stampede.ceiling.Ceiling} is the program. It needs nothing but the JDK and the programs that it starts.
 */
package dev.stampede.ceiling;
