package dev.stampede.document;

import java.math.BigDecimal;
import java.time.MonthDay;
import java.util.List;

/**
 * The levels of a programme.
 *
 * @param levels lowest first
 */
public record Tiers(Period period, Validity validity, Downgrade downgrade, OnReversal onReversal, List<Level> levels) {
    public Tiers {
        levels = List.copyOf(levels);
    }

    /** The time in which a member collects measures. */
    public sealed interface Period {
        /** @return its length in months */
        int months();

        /** The same for all members: {@code startsOn} and every so many months after it. */
        record Calendar(int months, MonthDay startsOn) implements Period {}

        /** A member's own: from the day on which he joined. */
        record Anniversary(int months) implements Period {}

        /** This calendar month and the twelve before it. */
        record Rolling(int months) implements Period {}
    }

    /** How long a level is kept once it is reached. */
    public sealed interface Validity {
        /**
         * To the end of a period, and some days more.
         *
         * @param graceDays days after the end
         */
        record Until(End until, int graceDays) implements Validity {}

        /** A number of months from the day on which it is reached; only where the period is rolling. */
        record Months(int months) implements Validity {}
    }

    /** The end of the period in which a level is reached, or of the one after it. */
    public enum End {
        PERIOD_END,
        NEXT_PERIOD_END
    }

    /** What a member has when the time of his level is over. */
    public enum Downgrade {
        KEEP,
        ONE_DOWN,
        REQUALIFIED
    }

    /** Whether a reversal can take away a level that the reversed purchase reached. */
    public enum OnReversal {
        KEEP,
        LOWER
    }

    /**
     * @param name for the member; the id if the document has no name
     * @param qualify what reaches it; {@code ByGrantOnly} for all members in the first level
     * @param multiplier by what the base is multiplied; 1 if the document has none
     */
    public record Level(String id, String name, Qualify qualify, BigDecimal multiplier) {}

    /** What reaches a level. */
    public sealed interface Qualify {
        /** One threshold is enough. */
        record Any(List<Threshold> thresholds) implements Qualify {
            public Any {
                thresholds = List.copyOf(thresholds);
            }
        }

        /** Each threshold must be reached. */
        record All(List<Threshold> thresholds) implements Qualify {
            public All {
                thresholds = List.copyOf(thresholds);
            }
        }

        /** Nothing does: the level is granted by hand, or it is the first one, which all members have. */
        record ByGrantOnly() implements Qualify {}
    }

    /** @param atLeast money in the programme's currency for a measure of amounts, otherwise a whole number */
    public record Threshold(String measure, BigDecimal atLeast) {}
}
