package dev.stampede.program.reading;

import java.util.Locale;

/**
 * Something that is wrong with a document, or looks wrong.
 *
 * @param pointer a JSON pointer to the value; for a missing field the place where it should be
 * @param line from 1
 * @param column in characters, from 1
 * @param message for the author of the document: what is wrong, and what would be right
 */
public record Finding(Level level, String pointer, int line, int column, Code code, String message) {
    /** Whether the document is refused because of it. */
    public enum Level {
        ERROR,
        WARNING;

        /** As it is told to callers. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** docs/programs.md describes them. */
    public enum Code {
        MALFORMED,
        DUPLICATE_KEY,
        TRAILING_TEXT,

        UNKNOWN_FIELD,
        MISSING,
        ONE_OF,
        BAD_VALUE,
        OUT_OF_RANGE,
        NOT_DECIMAL,
        TOO_MANY_DECIMALS,
        NO_SUCH_DATE,
        NO_SUCH_TIME_ZONE,
        NO_SUCH_CURRENCY,

        UNKNOWN_REFERENCE,
        DUPLICATE_ID,

        EMPTY_WINDOW,
        UNREACHABLE,
        NO_DEFAULT,
        NOT_INCREASING,
        BAD_VALIDITY,
        PROGRESS_WITH_BUDGET,
        NO_BIRTH_DATE,
        NEVER,
        UNUSED,
        UNSUPPORTED,

        STATE_TOO_BIG;

        /** As it is told to callers. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
