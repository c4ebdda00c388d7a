package dev.stampede.program.reading;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Gathers what the checks find. What is found twice at one place is told once, and not all of a text that
 * consists of mistakes. */
final class Findings {
    private static final Comparator<Finding> BY_PLACE =
            Comparator.comparingInt(Finding::line).thenComparingInt(Finding::column);

    /** Nobody reads more, and an answer must be bounded. */
    static final int MAX = 1000;

    private final boolean withBounds;
    private final List<Finding> found = new ArrayList<>();
    private final Set<Finding> known = new HashSet<>();
    private boolean refused;

    Findings() {
        this(true);
    }

    /** @param withBounds whether what is out of bounds is an error */
    Findings(boolean withBounds) {
        this.withBounds = withBounds;
    }

    /** An error about a value that can be understood, but is too large, too long or too many. */
    void bound(Place place, Finding.Code code, String message) {
        if (withBounds) {
            error(place, code, message);
        }
    }

    void error(Place place, Finding.Code code, String message) {
        error(place.pointer(), place.node().at(), code, message);
    }

    void error(String pointer, Position at, Finding.Code code, String message) {
        refused = true;
        add(Finding.Level.ERROR, pointer, at, code, message);
    }

    void warning(Place place, Finding.Code code, String message) {
        add(Finding.Level.WARNING, place.pointer(), place.node().at(), code, message);
    }

    private void add(Finding.Level level, String pointer, Position at, Finding.Code code, String message) {
        if (found.size() == MAX) {
            return;
        }
        Finding finding = new Finding(level, pointer, at.line(), at.column(), code, message);
        if (known.add(finding)) {
            found.add(finding);
        }
    }

    /** Whether there is an error. */
    boolean refused() {
        return refused;
    }

    /** In the order of the text. */
    List<Finding> list() {
        return found.stream().sorted(BY_PLACE).toList();
    }
}
