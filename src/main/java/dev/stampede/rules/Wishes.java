package dev.stampede.rules;

import dev.stampede.award.Advance;
import dev.stampede.award.Award;
import dev.stampede.award.Candidate;
import dev.stampede.award.Unit;
import dev.stampede.document.Event;
import dev.stampede.document.Give;
import dev.stampede.document.Match;
import dev.stampede.document.Progress;
import dev.stampede.document.Promotion;
import dev.stampede.document.Stacking;
import dev.stampede.points.PointLimits;
import dev.stampede.points.Unpriceable;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The base of a basket at each level, and what promotions want to give on top of it: whole numbers of whole
 * numbers.
 */
final class Wishes {
    /** So many periods of rewarded runs are kept, because a reversal can break a run. */
    private static final int KEPT_PERIODS = 120;

    static final BigInteger MOST = BigInteger.valueOf(PointLimits.MAX_PER_OPERATION);

    private final CompiledProgram program;
    private final List<CompiledProgram.Earn> rules;
    private final Basket basket;
    private final Moment at;
    private final Moment now;
    private final List<Award.Base> base;
    private final List<Long> bonus = new ArrayList<>();

    /** @throws Unpriceable if the base is more than one operation may move */
    Wishes(CompiledProgram program, List<CompiledProgram.Earn> rules, Basket basket, Moment at, Moment now) {
        this.program = program;
        this.rules = rules;
        this.basket = basket;
        this.at = at;
        this.now = now;
        this.base = bases();
        for (int level = 0; level < program.levels.size(); level++) {
            bonus.add(bonus(level, BigInteger.valueOf(baseSum(level))));
        }
    }

    List<Award.Base> base() {
        return base;
    }

    List<Long> bonus() {
        return bonus;
    }

    long baseSum(int level) {
        long sum = 0;
        for (Award.Base each : base) {
            sum += each.points().get(level);
        }
        return sum;
    }

    private List<Award.Base> bases() {
        List<List<BigInteger>> all = sums(line -> true);
        List<Award.Base> out = new ArrayList<>();
        BigInteger sum = BigInteger.ZERO;
        for (int rule = 0; rule < rules.size(); rule++) {
            List<BigInteger> points = all.get(rule);
            sum = sum.add(points.stream().max(BigInteger::compareTo).orElse(BigInteger.ZERO));
            if (sum.compareTo(MOST) > 0) {
                throw new Unpriceable(
                        Unpriceable.Why.INVALID_AMOUNT, "The amount is worth more points than one operation may move.");
            }
            if (points.stream().anyMatch(each -> each.signum() > 0)) {
                out.add(new Award.Base(
                        rules.get(rule).rule().id(),
                        points.stream().map(BigInteger::longValueExact).toList()));
            }
        }
        return out;
    }

    /** For each rule the points of those lines at each level. */
    private List<List<BigInteger>> sums(Predicate<Line> which) {
        List<List<Line>> byRule = basket.byRule(rules.size(), which);
        List<List<BigInteger>> out = new ArrayList<>();
        for (int rule = 0; rule < rules.size(); rule++) {
            Tariff tariff = rules.get(rule).tariff();
            List<BigInteger> points = new ArrayList<>();
            for (int level = 0; level < program.levels.size(); level++) {
                points.add(tariff == null ? BigInteger.ZERO : tariff.points(byRule.get(rule), level));
            }
            out.add(points);
        }
        return out;
    }

    private long bonus(int level, BigInteger points) {
        Exact extra = program.levels.extra().get(level);
        return extra.sign() == 0 ? 0 : floor(points, extra);
    }

    private static long floor(BigInteger points, Exact times) {
        return new Exact(points, BigInteger.ONE).times(times).floor().min(MOST).longValueExact();
    }

    /** @param promo whose conditions hold, as far as they don't depend on the member */
    Candidate candidate(CompiledProgram.Promo promo, Candidate.Occasion occasion) {
        Promotion promotion = promo.promotion();
        List<Long> wish = new ArrayList<>();
        for (int level = 0; level < program.levels.size(); level++) {
            boolean holds = promo.conditions().missedAt(level, at) == null;
            wish.add(holds ? wish(promo, occasion, level) : Candidate.NOT);
        }
        Candidate.GiftOffer gift = promotion.give() instanceof Give.Gift give
                ? new Candidate.GiftOffer(give.reward(), give.validDays(), give.count())
                : null;
        return new Candidate(
                promotion.id(),
                occasion,
                promotion.event() instanceof Event.TierReached reached ? program.levels.index(reached.tier()) : 0,
                wish,
                gift,
                promotion.group(),
                mode(promotion.group()),
                promotion.priority(),
                promotion.exclusive(),
                promotion.qualifies(),
                Caps.of(promotion, at),
                promotion.progress() == null ? null : advance(promotion, promotion.progress()),
                program.budgets.get(promotion.budget()),
                program.needs(promotion.when(), promotion.limits(), at),
                !(promotion.give() instanceof Give.Multiply || promotion.give() instanceof Give.ByRate),
                promotion.when().minimum() == null
                        ? 0
                        : Minor.of(promotion.when().minimum(), program.document.currency()));
    }

    private Candidate.Mode mode(@Nullable String group) {
        for (Stacking.Group each : program.document.stacking().groups()) {
            if (each.id().equals(group)) {
                return switch (each.mode()) {
                    case ALL -> Candidate.Mode.ALL;
                    case BEST -> Candidate.Mode.BEST;
                    case FIRST -> Candidate.Mode.FIRST;
                };
            }
        }
        return Candidate.Mode.ALL;
    }

    private long wish(CompiledProgram.Promo promo, Candidate.Occasion occasion, int level) {
        Give give = promo.promotion().give();
        if (give instanceof Give.Flat flat) {
            return flat.points();
        } else if (give instanceof Give.Gift) {
            return 0;
        }
        boolean ofPurchase = occasion == Candidate.Occasion.OPERATION;
        if (give instanceof Give.Multiply multiply) {
            return ofPurchase ? multiplied(multiply, promo.promotion(), level) : 0;
        }
        boolean onItems = ((Give.ByRate) give).on() == Give.On.ITEMS;
        Tariff tariff = Objects.requireNonNull(promo.tariff());
        List<Line> lines = basket.eligible().stream()
                .filter(onItems ? items(promo.promotion()) : line -> true)
                .toList();
        return tariff.points(lines, level).min(MOST).longValueExact();
    }

    private long multiplied(Give.Multiply multiply, Promotion promotion, int level) {
        Exact extra = Exact.of(multiply.by()).minus(Exact.ONE).max(Exact.ZERO);
        BigInteger points = BigInteger.valueOf(baseSum(level));
        if (multiply.on() == Give.On.ITEMS) {
            points = BigInteger.ZERO;
            for (List<BigInteger> ofRule : sums(items(promotion))) {
                points = points.add(ofRule.get(level));
            }
        }
        if (multiply.of() == Give.Of.BASE_AND_TIER) {
            points = points.add(BigInteger.valueOf(bonus(level, points)));
        }
        return floor(points, extra);
    }

    /** Whether a line is one of those that the promotion is about. */
    static Predicate<Line> items(Promotion promotion) {
        Match match = Objects.requireNonNullElse(promotion.when().items(), Match.ALL);
        return line -> line.has(match);
    }

    /** How many rewarded runs of a streak are kept. */
    static long keptRuns(int target) {
        return Math.max(1, KEPT_PERIODS / target);
    }

    private Advance advance(Promotion promotion, Progress progress) {
        if (progress instanceof Progress.Count count) {
            boolean ofUnits = count.counts() == Progress.Counts.QUANTITY;
            long stamps = 1;
            if (ofUnits && basket != Basket.NONE) {
                stamps = basket.eligible().stream()
                                .filter(items(promotion))
                                .filter(Line::isBought)
                                .mapToLong(Line::thousandths)
                                .sum()
                        / 1000;
            }
            return new Advance.Stamp(count.target(), count.repeat(), stamps, ofUnits);
        }
        Progress.Streak streak = (Progress.Streak) progress;
        Unit unit = switch (streak.unit()) {
            case DAY -> Unit.DAY;
            case WEEK -> Unit.WEEK;
            case MONTH -> Unit.MONTH;
        };
        long oldest = unit.number(now.day() - program.backdateDays()) - streak.target() + 1;
        return new Advance.Step(streak.target(), streak.repeat(), at.window(unit), oldest, keptRuns(streak.target()));
    }
}
