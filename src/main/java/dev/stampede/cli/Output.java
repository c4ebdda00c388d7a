package dev.stampede.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/**
 * What a command has found: on a terminal as text for people, elsewhere as JSON, one object a line. A column or field
 * is named by a JSON pointer without the first slash; {@code title=pointer} gives it another title.
 */
public final class Output {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final PrintWriter out;
    private final boolean json;

    Output(PrintWriter out, boolean json) {
        this.out = out;
        this.json = json;
    }

    public boolean isJson() {
        return json;
    }

    /** A line for people and programs alike. */
    public void line(String text) {
        out.println(text);
        out.flush();
    }

    /** A line for people only. */
    public void text(String text) {
        if (!json) {
            line(text);
        }
    }

    /** An object: those of its fields that it has, one a line. */
    public void object(JsonNode object, String... fields) {
        if (json) {
            line(object.toString());
            return;
        }
        List<List<String>> rows = new ArrayList<>();
        for (String field : fields) {
            String value = value(object, field);
            if (!value.isEmpty()) {
                rows.add(List.of(title(field), value));
            }
        }
        print(rows);
    }

    /** Objects of one kind, as a table. */
    public void table(List<JsonNode> objects, String... columns) {
        if (json) {
            objects.forEach(object -> line(object.toString()));
            return;
        }
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of(columns).stream().map(Output::title).toList());
        for (JsonNode object : objects) {
            rows.add(List.of(columns).stream()
                    .map(column -> value(object, column))
                    .toList());
        }
        print(rows);
    }

    /** A document, as it can be stored in a file. */
    public void document(JsonNode document) {
        try {
            line(
                    json
                            ? document.toString()
                            : JSON.writerWithDefaultPrettyPrinter().writeValueAsString(document));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e); // it was read before
        }
    }

    private void print(List<List<String>> rows) {
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < row.size(); i++) {
                int column = i;
                int width = rows.stream()
                        .mapToInt(each -> each.get(column).length())
                        .max()
                        .orElse(0);
                String value = row.get(i);
                line.append(value).append(" ".repeat(width - value.length() + 2));
            }
            line(line.toString().stripTrailing());
        }
    }

    private static String title(String column) {
        return column.replaceFirst("=.*$", "").replaceFirst("^.*/", "");
    }

    private static String value(JsonNode object, String column) {
        return text(object.at("/" + column.replaceFirst("^[^=]*=", "")));
    }

    private static String text(JsonNode value) {
        if (value.isMissingNode() || value.isNull()) {
            return "";
        } else if (value.isArray()) {
            List<String> elements = new ArrayList<>();
            value.forEach(element -> elements.add(text(element)));
            return String.join(", ", elements);
        } else if (value.isObject()) {
            List<String> fields = new ArrayList<>();
            value.fields().forEachRemaining(field -> fields.add(field.getKey() + " " + text(field.getValue())));
            return String.join(" ", fields);
        }
        return printable(value.asText());
    }

    /** What others have written must not move the cursor, or colour the screen. */
    static String printable(String text) {
        return text.replaceAll("\\p{Cntrl}", " ");
    }
}
