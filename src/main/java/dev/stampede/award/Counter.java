package dev.stampede.award;

import java.util.Comparator;

/**
 * Names a count of a member: of what, and in which window.
 *
 * @param name of the limit that it serves
 * @param number of the window, as {@link Unit#number} says; the year of a birthday; 0 where there is only one
 */
public record Counter(String name, Unit unit, long number) implements Comparable<Counter> {
    /** How the names of limits of the programme begin. */
    public static final String OF_PROGRAM = "limit:";

    private static final Comparator<Counter> ORDER =
            Comparator.comparing(Counter::name).thenComparing(Counter::unit).thenComparingLong(Counter::number);

    /** The last day on which it can count. */
    long lastDay() {
        return unit.lastDay(number);
    }

    @Override
    public int compareTo(Counter other) {
        return ORDER.compare(this, other);
    }
}
