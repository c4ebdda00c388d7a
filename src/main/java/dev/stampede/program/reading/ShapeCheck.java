package dev.stampede.program.reading;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Stage 2: does the document have the shape that the schema describes? Of alternatives one is chosen first, by the
 * field that tells them apart, so that one mistake is one finding, and about the alternative that its author meant.
 */
final class ShapeCheck {
    private static final Pattern WHOLE = Pattern.compile("-?(0|[1-9][0-9]*)");
    /** Digits of a number that certainly fits a long. */
    private static final int MAX_DIGITS = 18;

    private final Findings findings;

    ShapeCheck(Findings findings) {
        this.findings = findings;
    }

    void check(Shape shape, Place place) {
        if (shape instanceof Shape.Choice choice) {
            choose(choice, place);
        } else if (!isOfKind(shape, place.node())) {
            wrongKind(shape, place);
        } else if (shape instanceof Shape.Fields fields && place.node() instanceof Node.Fields object) {
            fields(fields, object, place);
        } else if (shape instanceof Shape.Elements elements) {
            elements(elements, place);
        } else if (shape instanceof Shape.Text text && place.node() instanceof Node.Text value) {
            text.form().check(place, value.value(), findings);
        } else if (shape instanceof Shape.Word word && place.node() instanceof Node.Text value) {
            if (!word.words().contains(value.value())) {
                findings.error(
                        place,
                        Finding.Code.BAD_VALUE,
                        Words.quoted(value.value()) + " is not accepted. Write " + described(word) + ".");
            }
        } else if (shape instanceof Shape.Whole whole && place.node() instanceof Node.Numeral numeral) {
            whole(whole, numeral.literal(), place);
        }
    }

    private static boolean isOfKind(Shape shape, Node node) {
        return ((shape instanceof Shape.Text || shape instanceof Shape.Word) && node instanceof Node.Text)
                || (shape instanceof Shape.Whole && node instanceof Node.Numeral)
                || (shape instanceof Shape.Flag && node instanceof Node.Flag)
                || (shape instanceof Shape.Elements && node instanceof Node.Elements)
                || (shape instanceof Shape.Fields && node instanceof Node.Fields);
    }

    private void wrongKind(Shape shape, Place place) {
        if (place.node() instanceof Node.Null) {
            findings.error(
                    place,
                    Finding.Code.BAD_VALUE,
                    "The value null is not accepted. Leave the field out, or write " + described(shape) + ".");
        } else if (isDecimal(shape) && place.node() instanceof Node.Numeral numeral) {
            findings.error(place, Finding.Code.NOT_DECIMAL, inQuotes(numeral));
        } else {
            findings.error(
                    place,
                    Finding.Code.BAD_VALUE,
                    "This is " + described(place.node()) + ". Write " + described(shape) + ".");
        }
    }

    private static String inQuotes(Node.Numeral numeral) {
        return "Decimals are written in quotes, so that no program rounds them: " + Words.quoted(numeral.literal())
                + ".";
    }

    private static boolean isDecimal(Shape shape) {
        return shape instanceof Shape.Text text && text.form().kind() == TextForm.Kind.DECIMAL;
    }

    private void whole(Shape.Whole whole, String literal, Place place) {
        if (!WHOLE.matcher(literal).matches()) {
            findings.error(
                    place,
                    Finding.Code.BAD_VALUE,
                    Words.printable(shortened(literal)) + " is not accepted. Write " + described(whole)
                            + ", without point and exponent.");
        } else if (literal.length() > MAX_DIGITS) {
            findings.error(place, Finding.Code.OUT_OF_RANGE, outOfRange(whole, literal));
        } else if (Long.parseLong(literal) < whole.min() || Long.parseLong(literal) > whole.max()) {
            findings.bound(place, Finding.Code.OUT_OF_RANGE, outOfRange(whole, literal));
        }
    }

    private static String outOfRange(Shape.Whole whole, String literal) {
        return shortened(literal) + " is out of range. Write " + described(whole) + ".";
    }

    private static String shortened(String literal) {
        return literal.length() > MAX_DIGITS + 2 ? literal.substring(0, MAX_DIGITS) + "..." : literal;
    }

    private void elements(Shape.Elements shape, Place place) {
        List<Place> elements = place.elements();
        if (elements.size() < shape.min() || elements.size() > shape.max()) {
            findings.bound(
                    place,
                    Finding.Code.OUT_OF_RANGE,
                    "The list has " + elements.size() + " entries. "
                            + (elements.size() > shape.max()
                                    ? "At most " + shape.max() + " are allowed."
                                    : "At least " + shape.min() + " must be there."));
        }
        elements.forEach(element -> check(shape.element(), element));
    }

    private void fields(Shape.Fields shape, Node.Fields object, Place place) {
        for (String name : shape.required()) {
            if (!object.fields().containsKey(name)) {
                findings.error(
                        Place.child(place.pointer(), name),
                        object.at(),
                        Finding.Code.MISSING,
                        "The field " + Words.quoted(name) + " is missing.");
            }
        }
        for (Map.Entry<String, Node.Field> field : object.fields().entrySet()) {
            String name = field.getKey();
            Place value = new Place(
                    Place.child(place.pointer(), name), field.getValue().value());
            Shape known = shape.named().getOrDefault(name, shape.others());
            if (known != null) {
                check(known, value);
            } else {
                findings.error(
                        value.pointer(),
                        field.getValue().named(),
                        Finding.Code.UNKNOWN_FIELD,
                        "There is no field " + Words.quoted(name) + " here. "
                                + Words.instead(name, shape.named().keySet(), "fields"));
            }
        }
    }

    private void choose(Shape.Choice choice, Place place) {
        List<Shape> fitting = choice.alternatives().stream()
                .filter(each -> isOfKind(each, place.node()))
                .toList();
        if (place.node() instanceof Node.Numeral numeral
                && !WHOLE.matcher(numeral.literal()).matches()
                && choice.alternatives().stream().anyMatch(ShapeCheck::isDecimal)) {
            findings.error(place, Finding.Code.NOT_DECIMAL, inQuotes(numeral));
        } else if (fitting.isEmpty()) {
            findings.error(
                    place,
                    Finding.Code.ONE_OF,
                    "This is " + described(place.node()) + ". Write " + described(choice) + ".");
        } else if (fitting.size() == 1
                && fitting.get(0) instanceof Shape.Word word
                && place.text() != null
                && !word.words().contains(place.text())) {
            findings.error(
                    place,
                    Finding.Code.ONE_OF,
                    Words.quoted(String.valueOf(place.text())) + " is not accepted. Write " + described(choice) + ".");
        } else if (fitting.size() == 1) {
            check(fitting.get(0), place);
        } else if (place.node() instanceof Node.Fields object) {
            List<Shape.Fields> objects =
                    fitting.stream().map(Shape.Fields.class::cast).toList();
            String tag = tag(objects);
            if (tag != null) {
                chooseByWord(objects, tag, object, place);
            } else {
                chooseByField(objects, object, place);
            }
        } else {
            throw new IllegalStateException(place.pointer() + ": nothing tells the alternatives apart");
        }
    }

    /** The field that all alternatives have, each with one word of its own; null if there is none. */
    private static @Nullable String tag(List<Shape.Fields> objects) {
        for (String name : objects.get(0).named().keySet()) {
            Set<String> words = new LinkedHashSet<>();
            for (Shape.Fields each : objects) {
                if (each.named().get(name) instanceof Shape.Word word
                        && word.words().size() == 1) {
                    words.addAll(word.words());
                }
            }
            if (words.size() == objects.size()) {
                return name;
            }
        }
        return null;
    }

    private void chooseByWord(List<Shape.Fields> objects, String tag, Node.Fields object, Place place) {
        List<String> words = new ArrayList<>();
        Place said = place.field(tag);
        for (Shape.Fields each : objects) {
            if (each.named().get(tag) instanceof Shape.Word word) {
                words.addAll(word.words());
                if (said != null && word.words().get(0).equals(said.text())) {
                    fields(each, object, place);
                    return;
                }
            }
        }
        if (said == null) {
            findings.error(
                    Place.child(place.pointer(), tag),
                    object.at(),
                    Finding.Code.MISSING,
                    "The field " + Words.quoted(tag) + " is missing. It is one of " + Words.listed(words) + ".");
        } else {
            findings.error(
                    said,
                    Finding.Code.ONE_OF,
                    (said.text() == null
                                    ? "This is " + described(said.node())
                                    : Words.quoted(said.text()) + " is unknown")
                            + ". Write one of " + Words.listed(words) + ".");
        }
    }

    /** By the fields that only one of the alternatives has, and must have. */
    private void chooseByField(List<Shape.Fields> objects, Node.Fields object, Place place) {
        List<Shape.Fields> meant = new ArrayList<>();
        Set<String> telling = new LinkedHashSet<>();
        for (Shape.Fields each : objects) {
            Set<String> own = own(each, objects);
            own.stream().limit(1).forEach(telling::add);
            if (own.stream().anyMatch(object.fields()::containsKey)) {
                meant.add(each);
            }
        }
        if (meant.size() == 1) {
            fields(meant.get(0), object, place);
        } else {
            findings.error(
                    place,
                    Finding.Code.ONE_OF,
                    (meant.isEmpty() ? "One of these fields is missing: " : "Only one of these fields is allowed: ")
                            + Words.listed(telling) + ".");
        }
    }

    private static Set<String> own(Shape.Fields one, List<Shape.Fields> all) {
        return one.required().stream()
                .filter(name -> all.stream()
                        .noneMatch(other -> !other.equals(one) && other.named().containsKey(name)))
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    private static String described(Node node) {
        if (node instanceof Node.Fields) {
            return "an object";
        } else if (node instanceof Node.Elements) {
            return "a list";
        } else if (node instanceof Node.Text) {
            return "a text";
        } else if (node instanceof Node.Numeral) {
            return "a number";
        }
        return node instanceof Node.Flag flag ? String.valueOf(flag.value()) : "null";
    }

    private static String described(Shape shape) {
        if (shape instanceof Shape.Fields) {
            return "an object in braces";
        } else if (shape instanceof Shape.Elements) {
            return "a list in brackets";
        } else if (shape instanceof Shape.Text text) {
            return text.form().words();
        } else if (shape instanceof Shape.Whole whole) {
            return "a whole number from " + whole.min() + " to " + whole.max();
        } else if (shape instanceof Shape.Flag) {
            return "true or false, without quotes";
        } else if (shape instanceof Shape.Word word) {
            return word.words().size() == 1
                    ? Words.quoted(word.words().get(0))
                    : "one of " + Words.listed(word.words());
        } else if (shape instanceof Shape.Choice choice) {
            return choice.alternatives().stream()
                    .map(ShapeCheck::described)
                    .distinct()
                    .collect(Collectors.joining(", or "));
        }
        throw new IllegalStateException("unknown shape " + shape);
    }
}
