package dev.stampede.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The rows of a CSV text whose first line names the columns. A field may be quoted, and is then of one line, too. */
final class Rows {
    private final BufferedReader lines;
    private final List<String> columns;
    private int line = 1;
    private long read;

    /** @throws Failure if there is no first line, or if it has other columns */
    Rows(BufferedReader lines, List<String> known) throws IOException {
        this.lines = lines;
        String first = lines.readLine();
        if (first == null) {
            throw new Failure(Exit.UNCLEAR, "The file is empty.");
        }
        read = first.length() + 1L;
        columns = fields(first.replaceFirst("^\uFEFF", "")).stream()
                .map(column -> column.strip().toLowerCase(Locale.ROOT))
                .toList();
        for (String column : columns) {
            if (!known.contains(column)) {
                throw new Failure(
                        Exit.UNCLEAR, "The column " + column + " is none of " + String.join(", ", known) + ".");
            }
        }
    }

    /** The next row, with those of its fields that are not empty; null after the last. */
    @Nullable
    Map<String, String> next() throws IOException {
        String text;
        do {
            text = lines.readLine();
            if (text == null) {
                return null;
            }
            line++;
            read += text.length() + 1L;
        } while (text.isBlank());
        List<String> fields = fields(text);
        if (fields.size() != columns.size()) {
            throw new Failure(
                    Exit.UNCLEAR,
                    "Line " + line + " has " + fields.size() + " fields, and the first line " + columns.size() + ".");
        }
        Map<String, String> row = new HashMap<>();
        for (int i = 0; i < fields.size(); i++) {
            if (!fields.get(i).isBlank()) {
                row.put(columns.get(i), fields.get(i).strip());
            }
        }
        return row;
    }

    /** The number of the line that was read last. */
    int line() {
        return line;
    }

    /** About so many bytes were read. */
    long read() {
        return read;
    }

    private List<String> fields(String text) {
        List<String> fields = new ArrayList<>();
        StringBuilder field = new StringBuilder();
        boolean quoted = false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"') {
                if (quoted && i + 1 < text.length() && text.charAt(i + 1) == '"') {
                    field.append(c);
                    i++;
                } else {
                    quoted = !quoted;
                }
            } else if (c == ',' && !quoted) {
                fields.add(field.toString());
                field.setLength(0);
            } else {
                field.append(c);
            }
        }
        if (quoted) {
            throw new Failure(Exit.UNCLEAR, "Line " + line + " has a quotation mark that does not end.");
        }
        fields.add(field.toString());
        return fields;
    }
}
