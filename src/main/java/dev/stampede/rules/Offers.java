package dev.stampede.rules;

import dev.stampede.award.Candidate;
import dev.stampede.award.Claim;
import dev.stampede.award.Denial;
import dev.stampede.award.Lapse;
import dev.stampede.award.MemberState;
import dev.stampede.award.Redeemed;
import dev.stampede.award.Redeeming;
import dev.stampede.award.Standing;
import dev.stampede.document.Reward;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** What a member can have for points at a time, wherever he is: conditions of place are not looked at. */
public final class Offers {
    private final CompiledProgram program;
    private final MemberState member;
    private final int level;
    private final Moment now;
    private final Payments payments;

    private Offers(CompiledProgram program, MemberState member, int level, Moment now) {
        this.program = program;
        this.member = member;
        this.level = level;
        this.now = now;
        this.payments = new Payments(program, now);
    }

    /** @param member as he was when he was last seen */
    public static Offers of(CompiledProgram program, MemberState member, long nowMs) {
        Moment now = Moment.of(nowMs, program.zone);
        MemberState present = Lapse.at(member, program.levels(), now.day(), program.backdateDays());
        int level = Standing.of(present, program.levels(), now.day(), program.backdateDays())
                .level();
        return new Offers(program, present, level, now);
    }

    /** In the order of the document. */
    public List<Offer> all() {
        return program.rewards.values().stream().map(this::offer).toList();
    }

    /**
     * The cheapest reward that he may have, and has not the points for; null if there is none.
     *
     * @param available his points
     * @param isOut whether nothing is left of a reward
     */
    public @Nullable Offer next(long available, Predicate<Reward> isOut) {
        return program.rewards.values().stream()
                .filter(prize -> cost(prize) > available)
                .filter(prize -> !isOut.test(prize.reward()))
                .sorted(Comparator.comparingLong(this::cost))
                .map(this::offer)
                .filter(offer -> offer.whyNot() == null && !offer.isGift())
                .findFirst()
                .orElse(null);
    }

    private long cost(CompiledProgram.Prize prize) {
        return Payments.cost(prize.reward(), program.levels.ids().get(level));
    }

    private Offer offer(CompiledProgram.Prize prize) {
        Claim claim = payments.anywhere(prize);
        Redeemed would = Redeeming.settle(claim, member);
        if (would.denial() == null) {
            return new Offer(prize.reward().id(), would.points(), would.gift() != null, null);
        }
        long cost = claim.options().isEmpty()
                ? cost(prize)
                : claim.options().get(0).points().get(level);
        return new Offer(
                prize.reward().id(),
                cost == Candidate.NOT || cost == Claim.ONLY_AS_GIFT ? null : Long.valueOf(cost),
                false,
                whyNot(prize, would.denial()));
    }

    private String whyNot(CompiledProgram.Prize prize, Denial denial) {
        Conditions conditions = prize.conditions();
        String missed = conditions.missedTime(now);
        if (missed == null) {
            missed = conditions.missedAt(level, now);
        }
        if (missed == null) {
            missed = program.needs(prize.reward().when(), prize.reward().limits(), now)
                    .missed(member);
        }
        if (missed == null) {
            missed = denial == Denial.LIMIT_EXCEEDED ? "limit" : "gift";
        }
        return missed;
    }
}
