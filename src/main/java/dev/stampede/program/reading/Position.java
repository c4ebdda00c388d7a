package dev.stampede.program.reading;

import com.fasterxml.jackson.core.JsonLocation;

/**
 * A place in the text.
 *
 * @param line from 1
 * @param column in characters, from 1
 */
record Position(int line, int column) {
    static final Position START = new Position(1, 1);

    static Position of(JsonLocation at) {
        return new Position(Math.max(1, at.getLineNr()), Math.max(1, at.getColumnNr()));
    }

    /** @param offset in characters, from 0 */
    static Position of(CharSequence text, int offset) {
        int line = 1;
        int start = 0;
        for (int i = 0; i < offset; i++) {
            char c = text.charAt(i);
            boolean first = c == '\r' && i + 1 < text.length() && text.charAt(i + 1) == '\n';
            if (c == '\n' || (c == '\r' && !first)) {
                line++;
                start = i + 1;
            }
        }
        return new Position(line, offset - start + 1);
    }
}
