package dev.stampede.award;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All that a reversal must know of an earn, and what earlier reversals have left of it. It is stored with the
 * operation; each reversal makes the next one.
 *
 * @param amount money of the whole purchase
 * @param eligible money without the lines that are outside of everything
 * @param shares in the order of the explanation
 * @param period the first day of the period in which the measures were counted; null if in none
 * @param measures what it counted for
 * @param limits the limits of the programme that it used up
 * @param steps the promotions with progress that it advanced
 * @param lines as the caller listed them; empty if he did not
 */
public record Parts(
        long amount,
        long eligible,
        List<Share> shares,
        @Nullable Long period,
        List<Measured> measures,
        List<Use> limits,
        List<Step> steps,
        List<Award.Line> lines,
        SoFar soFar) {
    public Parts {
        shares = List.copyOf(shares);
        measures = List.copyOf(measures);
        limits = List.copyOf(limits);
        steps = List.copyOf(steps);
        lines = List.copyOf(lines);
    }

    /** How a share goes back when a part of the purchase does. */
    public enum Kind {
        /** In proportion. */
        SHARE,
        /** All of it, once the basket is below {@code minimum}. */
        FLAT,
        /** With its stamps or days. */
        PROGRESS
    }

    /**
     * What one rule gave.
     *
     * @param points that it gave
     * @param full points that count for measures: {@code points}, and what a limit has cut
     * @param left of {@code points}
     * @param minimum money that the basket must have for a flat share; 0 if any will do
     * @param limited whether the programme's limits count it
     * @param measured for which measures of points it counts
     * @param uses of its own limits
     * @param gift that it gave; null if none
     * @param gifts how many
     */
    public record Share(
            String rule,
            Kind kind,
            long points,
            long full,
            long left,
            long minimum,
            boolean limited,
            Counting measured,
            List<Use> uses,
            @Nullable Gift gift,
            long gifts) {
        public Share {
            uses = List.copyOf(uses);
        }

        public Share left(long now) {
            return new Share(rule, kind, points, full, now, minimum, limited, measured, uses, gift, gifts);
        }

        /** The promotion's id; the whole rule for other shares. */
        public String promotion() {
            return rule.substring(rule.indexOf(':') + 1);
        }
    }

    /** As what a share counts for measures of points. */
    public enum Counting {
        NOT,
        BASE,
        BONUS,
        /** As whatever the measure includes. */
        ALWAYS
    }

    /**
     * @param left uses or points that were counted and not yet given back
     */
    public record Use(Counter counter, boolean ofUses, long left) {}

    /**
     * @param value by how much it grew
     * @param left of it
     */
    public record Measured(String measure, boolean ofBase, boolean ofBonus, long value, long left) {
        public Measured left(long now) {
            return new Measured(measure, ofBase, ofBonus, value, now);
        }

        public boolean counts(Counting share) {
            return switch (share) {
                case NOT -> false;
                case BASE -> ofBase;
                case BONUS -> ofBonus;
                case ALWAYS -> ofBase || ofBonus;
            };
        }
    }

    /**
     * How the operation advanced a promotion.
     *
     * @param stamps that it gave and that are not yet back; for a streak 1, or 0 once it is back
     * @param mark which bit of {@link Award.Line#stamped} its lines have
     * @param ofUnits whether there was a stamp for each unit
     * @param period of a streak; null for stamps
     * @param run the last period of the run that it completed; null if none
     */
    public record Step(
            String promotion,
            long target,
            long stamps,
            long mark,
            boolean ofUnits,
            @Nullable Long period,
            @Nullable Long run) {
        public Step stamps(long now) {
            return new Step(promotion, target, now, mark, ofUnits, period, run);
        }
    }

    /** Of which kind the reversals of an operation are. */
    public enum By {
        NOTHING,
        POINTS,
        AMOUNT,
        ITEMS
    }

    /**
     * What was reversed so far.
     *
     * @param whole whether nothing is left to reverse
     * @param taken points or money, as {@code by} says
     * @param lines thousandths of units of each line; empty unless by items
     */
    public record SoFar(By by, boolean whole, long taken, List<Long> lines) {
        public static final SoFar NOTHING = new SoFar(By.NOTHING, false, 0, List.of());

        public SoFar {
            lines = List.copyOf(lines);
        }
    }
}
