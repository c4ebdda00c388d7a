/**
 * The points rules, told as tables: each {@code src/test/resources/stories/*.story} goes through the gateway over HTTP,
 * in a program of its own, at the times that it names.
 */
package dev.stampede.story;
