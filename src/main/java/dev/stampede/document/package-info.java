/**
 * A programme as its author wrote it: one record per object of the JSON document, with the names of the document and
 * with the defaults filled in. Pure values, which know no JSON, no clock and no account. Whoever has a {@code
 * ProgramDocument} may rely on it: it has passed all checks of the reader.
 */
@NullMarked
package dev.stampede.document;

import org.jspecify.annotations.NullMarked;
