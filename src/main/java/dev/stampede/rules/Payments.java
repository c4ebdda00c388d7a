package dev.stampede.rules;

import dev.stampede.award.Candidate;
import dev.stampede.award.Cap;
import dev.stampede.award.Claim;
import dev.stampede.award.Denial;
import dev.stampede.award.MemberState;
import dev.stampede.award.Needs;
import dev.stampede.award.Shared;
import dev.stampede.award.Standing;
import dev.stampede.document.MemberLimit;
import dev.stampede.document.RedeemRule;
import dev.stampede.document.Reward;
import dev.stampede.points.PointLimits;
import dev.stampede.points.Unpriceable;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Currency;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Prices a payment with points: of an amount, of a number of points, or for a reward. */
final class Payments {
    private final CompiledProgram program;
    private final Call.Place place;
    private final Moment now;

    /** @throws Unpriceable if the partner is unknown */
    Payments(CompiledProgram program, Call.Place place, Moment now) {
        this.program = program;
        this.place = place;
        this.now = now;
        program.checkPartner(place.partner());
    }

    /** For rewards {@link #anywhere}. */
    Payments(CompiledProgram program, Moment now) {
        this.program = program;
        this.place = Call.Place.UNKNOWN;
        this.now = now;
    }

    /**
     * Rounded up, to the next step.
     *
     * @param amount money, more than 0
     */
    Claim amount(BigDecimal amount) {
        long value = Minor.checked(amount, program.document.currency());
        return byRule(rule -> {
            BigInteger points = Exact.of(amount)
                    .times(rule.points())
                    .per(Exact.of(rule.value()))
                    .ceiling();
            BigInteger step = BigInteger.valueOf(Math.max(1, rule.step()));
            BigInteger steps = new Exact(points, step).ceiling();
            BigInteger cost = steps.multiply(step);
            if (cost.compareTo(BigInteger.valueOf(PointLimits.MAX_PER_OPERATION)) > 0) {
                throw new Unpriceable(
                        Unpriceable.Why.INVALID_AMOUNT, "The amount costs more points than one operation may move.");
            }
            return new Price(cost.longValueExact(), value, null);
        });
    }

    /** The value is rounded down. */
    Claim points(long points) {
        return byRule(rule -> {
            BigInteger minor = Exact.of(rule.value())
                    .times(BigInteger.TEN
                            .pow(Minor.decimals(program.document.currency()))
                            .longValueExact())
                    .times(points)
                    .per(Exact.of(rule.points()))
                    .floor();
            boolean isStep = points % Math.max(1, rule.step()) == 0;
            long value = minor.min(BigInteger.valueOf(PointLimits.MAX)).longValueExact();
            return new Price(points, value, isStep ? null : Denial.NOT_A_STEP);
        });
    }

    private record Price(long points, long value, @Nullable Denial denial) {}

    private Claim byRule(Function<RedeemRule, Price> price) {
        List<Claim.Option> options = new ArrayList<>();
        for (CompiledProgram.Pay pay : program.redeem(place.partner())) {
            if (pay.conditions().missed(now, place, null, null) == null) {
                RedeemRule rule = pay.rule();
                Price is = price.apply(rule);
                Denial denial = is.points() < rule.minimum() ? Denial.BELOW_MINIMUM : is.denial();
                options.add(new Claim.Option(
                        rule.id(),
                        perLevel(pay.conditions(), Collections.nCopies(program.levels.size(), is.points())),
                        is.value(),
                        rate(rule, program.document.currency()),
                        denial,
                        program.needs(rule.when(), List.of(), now)));
            }
        }
        return claim(null, options, List.of(), null);
    }

    /**
     * Why each other redeem rule does not say what points are worth: its first condition that does not hold, or
     * {@code order} if all hold and the rule that was taken comes before it.
     *
     * @param taken the id of the rule that said it
     * @param member as he was right after the payment, which changes nothing that conditions ask for
     * @return by the rule's name, in the order of the document; null if these rules would have taken another one
     */
    @Nullable
    Map<String, String> whyNot(String taken, MemberState member) {
        int level = Standing.of(member, program.levels(), now.day(), program.backdateDays())
                .level();
        Map<String, String> out = new LinkedHashMap<>();
        boolean isBehind = false;
        for (CompiledProgram.Pay pay : program.redeem(place.partner())) {
            RedeemRule rule = pay.rule();
            String missed = missed(pay, level, member);
            if (isBehind || !rule.id().equals(taken)) {
                out.put("redeem:" + rule.id(), missed == null ? "order" : missed);
            }
            if (!isBehind && (missed == null) != rule.id().equals(taken)) {
                return null;
            }
            isBehind |= missed == null;
        }
        return isBehind ? out : null;
    }

    private @Nullable String missed(CompiledProgram.Pay pay, int level, MemberState member) {
        String missed = pay.conditions().missed(now, place, null, null);
        if (missed == null) {
            missed = pay.conditions().missedAt(level, now);
        }
        return missed != null
                ? missed
                : program.needs(pay.rule().when(), List.of(), now).missed(member);
    }

    /** In the currency's smallest unit, however many decimals the rule has. */
    static Claim.Rate rate(RedeemRule rule, Currency currency) {
        BigDecimal minor = rule.value().movePointRight(Minor.decimals(currency));
        int beyond = Math.max(0, minor.stripTrailingZeros().scale());
        return new Claim.Rate(
                BigDecimal.valueOf(rule.points()).movePointRight(beyond).longValueExact(),
                minor.movePointRight(beyond).longValueExact());
    }

    /** @throws Unpriceable if there is no such reward */
    Claim reward(String id) {
        CompiledProgram.Prize prize = program.rewards.get(id);
        if (prize == null) {
            throw new Unpriceable(Unpriceable.Why.REWARD_NOT_FOUND, "There is no reward " + id + ".");
        }
        return claim(prize, prize.conditions().missed(now, place, null, null) == null);
    }

    /** The same for a reward that there is, as if the place were right. */
    Claim anywhere(CompiledProgram.Prize prize) {
        return claim(prize, prize.conditions().missedTime(now) == null);
    }

    private Claim claim(CompiledProgram.Prize prize, boolean isOpen) {
        Reward reward = prize.reward();
        String id = reward.id();
        List<Claim.Option> options = new ArrayList<>();
        if (isOpen) {
            Needs needs = program.needs(reward.when(), reward.limits(), now);
            Long value =
                    reward.value() == null ? null : Long.valueOf(Minor.of(reward.value(), program.document.currency()));
            options.add(new Claim.Option(id, perLevel(prize.conditions(), costs(reward)), value, null, null, needs));
        }
        Shared stock = reward.stock() == null ? null : new Shared(id, Shared.Kind.STOCK, false, true, 0, null);
        return claim(id, options, Caps.of(reward, now), stock);
    }

    private List<Long> costs(Reward reward) {
        return program.levels.ids().stream().map(level -> cost(reward, level)).toList();
    }

    /** @return {@link Claim#ONLY_AS_GIFT} where members of the level can't have it for points */
    static long cost(Reward reward, String level) {
        if (!reward.grantOnly()) {
            for (Reward.Cost cost : reward.cost()) {
                if (cost.tiers().isEmpty() || cost.tiers().contains(level)) {
                    return cost.points();
                }
            }
        }
        return Claim.ONLY_AS_GIFT;
    }

    private List<Long> perLevel(Conditions conditions, List<Long> points) {
        List<Long> out = new ArrayList<>();
        for (int level = 0; level < points.size(); level++) {
            out.add(conditions.missedAt(level, now) == null ? points.get(level) : Long.valueOf(Candidate.NOT));
        }
        return out;
    }

    private Claim claim(@Nullable String reward, List<Claim.Option> options, List<Cap> caps, @Nullable Shared stock) {
        return new Claim(
                reward,
                options,
                caps,
                Caps.of(program.document.limits(), MemberLimit.On.REDEEM, now),
                stock,
                Minor.decimals(program.document.currency()),
                now.day(),
                program.backdateDays(),
                program.levels(),
                null);
    }
}
