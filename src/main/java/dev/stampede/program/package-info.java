/** Programs and their rules: the database rows, and the book that the hot path reads. */
package dev.stampede.program;
