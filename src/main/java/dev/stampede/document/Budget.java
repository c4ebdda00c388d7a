package dev.stampede.document;

/**
 * A total for all members together.
 *
 * @param total points, or uses
 * @param returns whether a reversal gives back what it took
 */
public record Budget(String id, CountedAs of, long total, Exhausted exhausted, boolean returns) {
    /** What a promotion gives that wants more than is left: nothing, or what is left. */
    public enum Exhausted {
        NOTHING,
        PARTIAL
    }
}
