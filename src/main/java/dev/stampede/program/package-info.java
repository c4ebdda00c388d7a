/** Programs and their versions: the book that the hot path reads. {@code program.reading} reads a document. */
@NullMarked
package dev.stampede.program;

import org.jspecify.annotations.NullMarked;
