package dev.stampede.award;

import java.util.List;
import java.util.function.UnaryOperator;

/**
 * What an operation is worth, before the member's state is known: numbers for each level, and wishes. Lists "for each
 * level" have one number for each level of the programme, or a single one where it has no levels.
 *
 * @param day the local day of the operation (of {@code at})
 * @param today the local day of the decision
 * @param backdateDays how many days ago an operation may be that is decided then
 * @param stated points that the caller said; 0 where the programme computes them
 * @param base what each earn rule gives
 * @param bonus what a level adds to the base, for each level
 * @param measures what it counts for
 * @param candidates in the order of the document, those of the operation first; a document with more than 32 that can
 *     meet is not published
 * @param maxBonus points that promotions may give together; {@code PointLimits.MAX} if not limited
 * @param limits what a member may earn in the programme
 * @param levels those of the version that prices it
 * @param lapse those of the version in force at the decision: by them time has ended titles and periods
 * @param basket what a later reversal must know of the purchase
 */
public record Award(
        long day,
        long today,
        long backdateDays,
        long stated,
        List<Base> base,
        List<Long> bonus,
        List<Measured> measures,
        List<Candidate> candidates,
        long maxBonus,
        List<Cap> limits,
        LevelRules levels,
        LevelRules lapse,
        Basket basket) {
    public Award {
        base = List.copyOf(base);
        bonus = List.copyOf(bonus);
        measures = List.copyOf(measures);
        candidates = List.copyOf(candidates);
        limits = List.copyOf(limits);
    }

    /** Whether it may use shared totals. */
    public boolean shares() {
        for (Candidate each : candidates) { // not a stream: each earn asks
            if (each.budget() != null) {
                return true;
            }
        }
        return false;
    }

    /** The same award with what is known of its shared totals. */
    public Award sharing(UnaryOperator<Shared> known) {
        return new Award(
                day,
                today,
                backdateDays,
                stated,
                base,
                bonus,
                measures,
                candidates.stream()
                        .map(each -> each.budget() == null ? each : each.with(known.apply(each.budget())))
                        .toList(),
                maxBonus,
                limits,
                levels,
                lapse,
                basket);
    }

    /** The most that it can use of a budget, at any level. */
    public long most(Shared budget) {
        long most = 0;
        for (Candidate each : candidates) {
            if (each.budget() != null && each.budget().name().equals(budget.name())) {
                most += budget.ofUses()
                        ? 1
                        : each.wish().stream().mapToLong(Long::longValue).max().orElse(0);
            }
        }
        return most;
    }

    /** The same, decided when another version is in force than the one that prices it. */
    public Award decided(long day, LevelRules present, long backdate) {
        return new Award(
                this.day,
                day,
                backdate,
                stated,
                base,
                bonus,
                measures,
                candidates,
                maxBonus,
                limits,
                levels,
                present,
                basket);
    }

    /**
     * What one earn rule gives.
     *
     * @param points for each level
     */
    public record Base(String rule, List<Long> points) {
        public Base {
            points = List.copyOf(points);
        }
    }

    /**
     * By how much a measure grows.
     *
     * @param values for each level
     * @param ofBase whether it consists of the points of the base
     * @param ofBonus whether it consists of the points of the level's bonus
     */
    public record Measured(String measure, List<Long> values, boolean ofBase, boolean ofBonus) {
        public Measured {
            values = List.copyOf(values);
        }

        /** Whether it counts points: then promotions can count as well, if they say so. */
        public boolean ofPoints() {
            return ofBase || ofBonus;
        }
    }

    /**
     * The purchase, as far as a reversal needs it.
     *
     * @param amount money, of all of it
     * @param eligible money, without the lines that are outside of everything
     * @param lines empty where the caller listed no items
     */
    public record Basket(long amount, long eligible, List<Line> lines) {
        public static final Basket NONE = new Basket(0, 0, List.of());

        public Basket {
            lines = List.copyOf(lines);
        }
    }

    /**
     * A line that the caller listed.
     *
     * @param weight its part of the basket: money, or thousandths of units where nothing costs anything; 0 for a line
     *     that is outside of everything
     * @param thousandths units x 1000
     * @param stamped the positions of the promotions with progress (in {@code candidates}, counting only those with
     *     progress) that it belongs to, as bits
     */
    public record Line(long weight, long thousandths, long stamped) {}
}
