/** Tests of the rules in pure Java, on whole programmes and histories. */
package dev.stampede.rules;
