/**
 * Reads a programme's document: text in, a {@code ProgramDocument} and findings out. Start at {@code DocumentReader}.
 * It checks in stages; each has a class. Pure but for Jackson's parser: it reads no clock and no database, and the only
 * file is the schema, which states the shape and all bounds.
 */
@NullMarked
package dev.stampede.program.reading;

import org.jspecify.annotations.NullMarked;
