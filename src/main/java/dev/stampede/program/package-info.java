/** Programs and their rules: the database rows, and the book that the hot path reads. */
@NullMarked
package dev.stampede.program;

import org.jspecify.annotations.NullMarked;
