package dev.stampede.document;

import java.util.Set;

/** What a member collects in a period, and by which he qualifies for a level. */
public sealed interface Measure {
    String id();

    /** The money of his purchases, without lines that are outside of everything. */
    record Amount(String id) implements Measure {}

    /** The number of his purchases. */
    record Operations(String id) implements Measure {}

    /** Points that he got, of the parts named. */
    record PointsEarned(String id, Set<Part> include) implements Measure {
        public PointsEarned {
            include = Set.copyOf(include);
        }
    }

    /** What a rate of its own gives for the lines that match. */
    record ByRate(String id, Match match, Rate rate) implements Measure {}

    /** A part of an earn. */
    enum Part {
        BASE,
        TIER
    }
}
