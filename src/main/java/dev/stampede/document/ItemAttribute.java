package dev.stampede.document;

/** Something that a line of a purchase says of itself, as a flight's distance. */
public sealed interface ItemAttribute {
    String id();

    /** @param maxLength in characters */
    record Code(String id, int maxLength) implements ItemAttribute {}

    /** A whole number from 0 to {@code max}. */
    record Whole(String id, long max) implements ItemAttribute {}

    /** A number from 0 to {@code max} with at most {@code decimals} decimals. */
    record Fraction(String id, int decimals, long max) implements ItemAttribute {}
}
