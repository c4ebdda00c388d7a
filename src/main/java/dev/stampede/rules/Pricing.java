package dev.stampede.rules;

import dev.stampede.award.Award;
import dev.stampede.award.Candidate;
import dev.stampede.document.Event;
import dev.stampede.document.Match;
import dev.stampede.document.Measure;
import dev.stampede.document.MemberLimit;
import dev.stampede.document.Promotion;
import dev.stampede.points.PointLimits;
import dev.stampede.points.Unpriceable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Prices one call: its base, what each level adds, what it counts for, and the promotions that may be had. */
final class Pricing {
    /** An operation may lie so far ahead, because clocks differ. */
    private static final long MOST_AHEAD_MS = 2000;

    private final CompiledProgram program;
    private final Call call;
    private final Moment at;
    private final Moment now;
    private final @Nullable Basket basket;
    private final @Nullable List<Line> eligible;
    private final @Nullable Exact money;
    private final List<CompiledProgram.Earn> rules;
    private final Wishes wishes;

    /** @throws Unpriceable if the call has no price */
    Pricing(CompiledProgram program, Call call, Moment at, Moment came, Moment now) {
        this.program = program;
        this.call = call;
        this.at = at;
        this.now = now;
        if (call instanceof Call.Action action && !program.actions.contains(action.action())) {
            throw new Unpriceable(Unpriceable.Why.UNKNOWN_ACTION, "No promotion is for " + action.action() + ".");
        }
        if (call instanceof Call.Purchase
                || call instanceof Call.Stated
                || call.place().partner() != null) {
            program.checkPartner(call.place().partner());
        }
        checkTime(program, at, came);
        this.rules = program.earn(call.place().partner());
        this.basket = call instanceof Call.Purchase purchase ? new Baskets(program).of(purchase) : null;
        this.eligible = basket == null ? null : basket.eligible();
        this.money =
                basket == null ? null : Exact.of(Minor.major(basket.eligibleAmount(), program.document.currency()));
        this.wishes = new Wishes(program, rules, basket == null ? Basket.NONE : basket, at, now);
    }

    static void checkTime(CompiledProgram program, Moment at, Moment came) {
        if (at.ms() > came.ms() + MOST_AHEAD_MS || at.day() < came.day() - program.backdateDays()) {
            throw new Unpriceable(
                    Unpriceable.Why.OCCURRED_AT_OUT_OF_RANGE,
                    "occurredAt is in the future, or more than " + program.backdateDays() + " days ago.");
        }
    }

    Award award() {
        List<Candidate> candidates = candidates();
        List<Predicate<Line>> stamped = new ArrayList<>();
        for (Candidate candidate : candidates) {
            if (candidate.advance() != null) {
                stamped.add(items(candidate.promotion()));
            }
        }
        return new Award(
                at.day(),
                now.day(),
                program.backdateDays(),
                call instanceof Call.Stated stated ? stated.points() : 0,
                wishes.base(),
                wishes.bonus(),
                measures(candidates),
                candidates,
                Objects.requireNonNullElse(program.document.stacking().maxBonusPerOperation(), PointLimits.MAX),
                Caps.of(program.document.limits(), MemberLimit.On.EARN, at),
                program.levels(),
                program.levels(),
                basket == null ? Award.Basket.NONE : basket.forReversal(stamped));
    }

    private Predicate<Line> items(String promotion) {
        return program.promotions.stream()
                .map(CompiledProgram.Promo::promotion)
                .filter(each -> each.id().equals(promotion))
                .map(Wishes::items)
                .findFirst()
                .orElseThrow();
    }

    /** Of what is no purchase, only promotions count that qualify: for measures of points. */
    private List<Award.Measured> measures(List<Candidate> candidates) {
        List<Award.Measured> out = new ArrayList<>();
        if (!counts(candidates)) {
            return out;
        }
        for (CompiledProgram.Counted each : program.measures) {
            Measure measure = each.measure();
            boolean ofBase = measure instanceof Measure.PointsEarned points
                    && points.include().contains(Measure.Part.BASE);
            boolean ofBonus = measure instanceof Measure.PointsEarned points
                    && points.include().contains(Measure.Part.TIER);
            if (isPurchase() || ofBase || ofBonus) {
                List<Long> values = new ArrayList<>();
                for (int level = 0; level < program.levels.size(); level++) {
                    values.add(basket == null || !isPurchase() ? 0 : value(measure, each.tariff(), basket, level));
                }
                out.add(new Award.Measured(measure.id(), values, ofBase, ofBonus));
            }
        }
        return out;
    }

    /** Whether it has lines that are not outside of everything. */
    private boolean isPurchase() {
        return eligible != null && !eligible.isEmpty();
    }

    /** Whether it may count for measures; what a level gives does not, in the operation that reaches it. */
    private boolean counts(List<Candidate> candidates) {
        return isPurchase()
                || (!(call instanceof Call.Stated)
                        && candidates.stream()
                                .anyMatch(each -> each.qualifies() && each.occasion() != Candidate.Occasion.LEVEL));
    }

    private long value(Measure measure, @Nullable Tariff tariff, Basket basket, int level) {
        if (measure instanceof Measure.Amount) {
            return Math.max(0, basket.eligibleAmount());
        } else if (measure instanceof Measure.Operations) {
            return 1;
        } else if (measure instanceof Measure.PointsEarned points) {
            return (points.include().contains(Measure.Part.BASE) ? wishes.baseSum(level) : 0)
                    + (points.include().contains(Measure.Part.TIER)
                            ? wishes.bonus().get(level)
                            : 0);
        }
        Match match = ((Measure.ByRate) measure).match();
        List<Line> lines =
                basket.eligible().stream().filter(line -> line.has(match)).toList();
        return tariff == null ? 0 : tariff.points(lines, level).min(Wishes.MOST).longValueExact();
    }

    /** Those of the operation first, then those of the enrolment, then those of levels. */
    private List<Candidate> candidates() {
        List<Candidate> out = new ArrayList<>();
        for (Candidate.Occasion occasion : Candidate.Occasion.values()) {
            if (occasion == Candidate.Occasion.LEVEL && !counts(out)) {
                break; // nothing can make the member reach one
            }
            for (CompiledProgram.Promo promo : program.promotions) {
                if (occasion(promo.promotion()) == occasion && missed(promo) == null) {
                    out.add(wishes.candidate(promo, occasion));
                }
            }
        }
        return out;
    }

    /** What sets off a promotion in this call; null if nothing does. */
    private Candidate.@Nullable Occasion occasion(Promotion promotion) {
        Event event = promotion.event();
        if (event instanceof Event.Enrol) {
            return Candidate.Occasion.ENROL;
        } else if (event instanceof Event.Action action) {
            return call instanceof Call.Action done && done.action().equals(action.action())
                    ? Candidate.Occasion.OPERATION
                    : null;
        } else if (event instanceof Event.TierReached reached) {
            return program.levels.index(reached.tier()) > 0 ? Candidate.Occasion.LEVEL : null;
        }
        return isPurchase() ? Candidate.Occasion.OPERATION : null;
    }

    private @Nullable String missed(CompiledProgram.Promo promo) {
        return promo.conditions().missed(at, call.place(), eligible, money);
    }

    Map<String, String> whyNot(Held held) {
        Map<String, String> out = new LinkedHashMap<>();
        for (CompiledProgram.Promo promo : program.promotions) {
            String first = first(promo, held);
            if (first != null) {
                out.put("promotion:" + promo.promotion().id(), first);
            }
        }
        return out;
    }

    private @Nullable String first(CompiledProgram.Promo promo, Held held) {
        Promotion promotion = promo.promotion();
        Candidate.Occasion occasion = occasion(promotion);
        if (occasion == null
                || (occasion == Candidate.Occasion.ENROL && !held.enrols())
                || (promotion.event() instanceof Event.TierReached tier && !isPassed(tier, held))) {
            return "event";
        }
        String missed = missed(promo);
        if (missed != null) {
            return missed;
        }
        boolean isLevel = promotion.event() instanceof Event.TierReached;
        String atLevel = isLevel ? null : promo.conditions().missedAt(held.level(), at);
        if (atLevel != null) {
            return atLevel;
        }
        return program.needs(promotion.when(), promotion.limits(), at).missed(held.member());
    }

    private boolean isPassed(Event.TierReached tier, Held held) {
        int index = program.levels.index(tier.tier());
        return held.level() < index && index <= held.reached();
    }

    /** Why rules give nothing, if they do: also those whose conditions hold. */
    Map<String, String> whyNothing(Held held, Set<String> advanced) {
        Map<String, String> out = new LinkedHashMap<>();
        List<List<Line>> lines = basket == null ? List.of() : basket.byRule(rules.size(), line -> true);
        for (int i = 0; i < rules.size(); i++) {
            boolean isOutside = rules.get(i).tariff() == null;
            String why =
                    basket == null ? "event" : isOutside ? "none" : lines.get(i).isEmpty() ? "match" : "nothing";
            out.put("base:" + rules.get(i).rule().id(), why);
        }
        for (CompiledProgram.Promo promo : program.promotions) {
            String id = promo.promotion().id();
            String first = first(promo, held);
            out.put("promotion:" + id, first != null ? first : advanced.contains(id) ? "progress" : "nothing");
        }
        return out;
    }
}
