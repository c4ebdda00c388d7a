/** Schemes and their rules: the rows, and the book that the hot path reads. */
package dev.stampede.program;
