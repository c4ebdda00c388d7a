package dev.stampede.award;

import dev.stampede.points.PointLimits;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/** A candidate's way through the settlement. */
final class Turn {
    /** Who is chosen where only one can be, and who comes first where several share a limit. */
    static final Comparator<Turn> BY_PRIORITY = Comparator.<Turn>comparingLong(turn -> -turn.candidate.priority())
            .thenComparingLong(turn -> -turn.points)
            .thenComparing(turn -> turn.candidate.promotion());

    static final Comparator<Turn> BY_POINTS = Comparator.<Turn>comparingLong(turn -> -turn.points)
            .thenComparingLong(turn -> -turn.candidate.priority())
            .thenComparing(turn -> turn.candidate.promotion());

    final Candidate candidate;
    final long wish;
    final long birthYear;
    /** How often it became complete; 1 where it needs no progress. */
    final long complete;

    final long wanted;
    /** How often it gives. */
    long times;

    long points;
    long gifts;
    /** Points that count for measures: before the cuts, which measures don't see. */
    long full;

    @Nullable
    String reason;

    Turn(Candidate candidate, long wish, long birthYear, long complete) {
        this.candidate = candidate;
        this.wish = wish;
        this.birthYear = birthYear;
        this.complete = complete;
        this.wanted = candidate.gift() == null ? product(complete, wish) : 0;
        this.times = complete;
    }

    /** The only multiplication of a settlement; what is too much for one operation is cut. */
    static long product(long times, long wish) {
        return wish > 0 && times > Math.floorDiv(PointLimits.MAX_PER_OPERATION, wish)
                ? PointLimits.MAX_PER_OPERATION
                : times * wish;
    }

    boolean gives() {
        return points > 0 || gifts > 0;
    }

    /** What it gives if there is room for so many uses and so many points. */
    void fit(long uses, long most) {
        times = Math.min(complete, uses);
        Candidate.GiftOffer gift = candidate.gift();
        long could = product(times, wish);
        gifts = gift == null ? 0 : times * gift.count();
        points = gift == null ? Math.min(could, most) : 0;
        boolean isLess = gift == null ? points < wanted : times < complete;
        reason = isLess ? "limit" : null;
    }

    /** What it takes of a budget. */
    long units(Shared budget) {
        return !gives() ? 0 : budget.ofUses() ? times : points;
    }

    /** Gives no more than is left of a budget: that, or nothing. */
    void fit(Shared budget, long left) {
        if (units(budget) <= left) {
            return;
        }
        points = budget.partial() && !budget.ofUses() ? left : 0;
        gifts = 0;
        times = points > 0 ? times : 0;
        reason = Part.BUDGET;
    }

    void lose(String why) {
        points = 0;
        gifts = 0;
        times = 0;
        reason = why;
    }

    /** Takes points away; answers how many of {@code most}. */
    long cut(long most) {
        long part = Math.min(points, most);
        if (part > 0) {
            points -= part;
            reason = "limit";
        }
        return part;
    }
}
