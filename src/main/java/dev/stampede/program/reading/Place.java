package dev.stampede.program.reading;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A value of the document and the JSON pointer to it. One can go on from it without knowing whether the document has
 * its shape: what is not there, or is of another kind, has no fields and no elements.
 */
record Place(String pointer, Node node) {
    /** A field with its name. */
    record Entry(String name, Place value) {}

    static String child(String pointer, String name) {
        return pointer + "/" + name.replace("~", "~0").replace("/", "~1");
    }

    @Nullable
    Place field(String name) {
        if (!(node instanceof Node.Fields object)) {
            return null;
        }
        Node.Field field = object.fields().get(name);
        return field == null ? null : new Place(child(pointer, name), field.value());
    }

    boolean has(String name) {
        return field(name) != null;
    }

    /**
     * The value at the end of this path; if it ends earlier, the last one that there is.
     *
     * @param path names and indexes
     */
    Place at(Object... path) {
        Place place = this;
        for (Object step : path) {
            Place next = null;
            if (step instanceof String name) {
                next = place.field(name);
            } else if (step instanceof Integer index && index < place.elements().size()) {
                next = place.elements().get(index);
            }
            if (next == null) {
                return place;
            }
            place = next;
        }
        return place;
    }

    List<Place> elements() {
        List<Place> places = new ArrayList<>();
        if (node instanceof Node.Elements list) {
            for (int i = 0; i < list.elements().size(); i++) {
                places.add(new Place(pointer + "/" + i, list.elements().get(i)));
            }
        }
        return places;
    }

    List<Entry> entries() {
        List<Entry> entries = new ArrayList<>();
        if (node instanceof Node.Fields object) {
            object.fields()
                    .forEach((name, field) ->
                            entries.add(new Entry(name, new Place(child(pointer, name), field.value()))));
        }
        return entries;
    }

    /** The elements of the list that a field is; none if there is no such list. */
    List<Place> list(String name) {
        Place list = field(name);
        return list == null ? List.of() : list.elements();
    }

    /** Null if it is no text. */
    @Nullable
    String text() {
        return node instanceof Node.Text text ? text.value() : null;
    }

    /** Null if there is no such field, or it is no text. */
    @Nullable
    String text(String name) {
        Place field = field(name);
        return field == null ? null : field.text();
    }
}
