package dev.stampede.program.reading;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What is different in another version of a document, in short sentences. */
public final class Changes {
    /** Nobody reads more, and an answer must be bounded. */
    private static final int MAX = 500;

    private static final int MAX_VALUE = 80;

    /** Said of the version, not of the program. */
    private static final Set<String> OF_THE_VERSION =
            Set.of("format", "program", "basedOn", "effectiveFrom", "corrects", "reason");

    /** One element of each list whose elements have ids. */
    private static final Map<String, String> ELEMENTS = Map.ofEntries(
            Map.entry("attributes", "attribute"),
            Map.entry("itemAttributes", "item attribute"),
            Map.entry("measures", "measure"),
            Map.entry("earn", "earn rule"),
            Map.entry("redeem", "redeem rule"),
            Map.entry("levels", "tier"),
            Map.entry("groups", "group"),
            Map.entry("budgets", "budget"),
            Map.entry("promotions", "promotion"),
            Map.entry("rewards", "reward"),
            Map.entry("limits", "limit"),
            Map.entry("partners", "partner"));

    private final List<String> said = new ArrayList<>();

    private Changes() {}

    /** For example {@code promotion happy-hour: give.multiply 1.5 -> 2}; none where both say the same. */
    public static List<String> between(String before, String after) {
        Node one = tree(before);
        Node other = tree(after);
        if (!(one instanceof Node.Fields) || !(other instanceof Node.Fields)) {
            return List.of("The version before cannot be read.");
        }
        Changes changes = new Changes();
        changes.compare("", "", one, other);
        return List.copyOf(changes.said);
    }

    private static @Nullable Node tree(String text) {
        return TreeReader.read(text.getBytes(StandardCharsets.UTF_8), new Findings());
    }

    /**
     * @param of what the value is part of, as {@code promotion happy-hour: }
     * @param path of the value in it
     */
    private void compare(String of, String path, @Nullable Node before, @Nullable Node after) {
        if (before == null || after == null) {
            if (before != after) {
                say(of + path + (before == null ? " added: " + value(after) : " removed: " + value(before)));
            }
        } else if (before instanceof Node.Fields one && after instanceof Node.Fields other) {
            Set<String> names = new TreeSet<>(one.fields().keySet());
            names.addAll(other.fields().keySet());
            for (String name : names) {
                if (!of.isEmpty() || !path.isEmpty() || !OF_THE_VERSION.contains(name)) {
                    compare(of, path.isEmpty() ? name : path + "." + name, field(one, name), field(other, name));
                }
            }
        } else if (before instanceof Node.Elements one && after instanceof Node.Elements other) {
            elements(of, path, one, other);
        } else if (!text(before).equals(text(after))) {
            say(of + path + " " + value(before) + " -> " + value(after));
        }
    }

    private void elements(String of, String path, Node.Elements before, Node.Elements after) {
        String name = path.substring(path.lastIndexOf('.') + 1);
        Map<String, Node> one = byId(before);
        Map<String, Node> other = byId(after);
        String element = ELEMENTS.get(name);
        if (element == null
                || one.size() != before.elements().size()
                || other.size() != after.elements().size()) {
            if (!text(before).equals(text(after))) {
                say(of + path + " " + value(before) + " -> " + value(after));
            }
            return;
        }
        one.forEach((id, node) -> {
            if (!other.containsKey(id)) {
                say(of + element + " " + id + " removed");
            }
        });
        other.forEach((id, node) -> {
            Node was = one.get(id);
            if (was == null) {
                say(of + element + " " + id + " added");
            } else {
                compare(of + element + " " + id + ": ", "", was, node);
            }
        });
        List<String> kept = one.keySet().stream().filter(other::containsKey).toList();
        List<String> order = other.keySet().stream().filter(one::containsKey).toList();
        if (!kept.equals(order)) {
            say(of + path + " in another order: " + String.join(", ", other.keySet()));
        }
    }

    /** Those elements that have an id. */
    private static Map<String, Node> byId(Node.Elements list) {
        Map<String, Node> elements = new LinkedHashMap<>();
        for (Node element : list.elements()) {
            if (element instanceof Node.Fields fields && field(fields, "id") instanceof Node.Text id) {
                elements.put(id.value(), element);
            }
        }
        return elements;
    }

    private static @Nullable Node field(Node.Fields fields, String name) {
        Node.Field field = fields.fields().get(name);
        return field == null ? null : field.value();
    }

    private void say(String sentence) {
        if (said.size() < MAX) {
            said.add(sentence);
        } else if (said.size() == MAX) {
            said.add("and more");
        }
    }

    /** The value, if it is short. */
    private static String value(@Nullable Node node) {
        String text = text(node);
        return text.length() <= MAX_VALUE ? text : text.substring(0, MAX_VALUE) + "...";
    }

    private static String text(@Nullable Node node) {
        if (node instanceof Node.Text text) {
            return text.value();
        } else if (node instanceof Node.Numeral number) {
            return number.literal();
        } else if (node instanceof Node.Flag flag) {
            return Boolean.toString(flag.value());
        } else if (node instanceof Node.Elements list) {
            return list.elements().stream().map(Changes::text).toList().toString();
        } else if (node instanceof Node.Fields fields) {
            StringBuilder text = new StringBuilder("{");
            fields.fields()
                    .forEach((name, field) -> text.append(text.length() > 1 ? ", " : "")
                            .append(name)
                            .append(' ')
                            .append(text(field.value())));
            return text.append('}').toString();
        }
        return "null";
    }
}
