package dev.stampede.award;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Settles a payment with points with the state of the member, and the reversal of one. */
public final class Redeeming {
    private Redeeming() {}

    public static Redeemed settle(Claim claim, MemberState before) {
        Draft member = new Draft(before);
        Lapse.apply(member, claim.levels(), claim.today(), claim.backdateDays());
        MemberState now = member.state();
        int level = new Levels(claim.levels(), member).held(claim.today());
        Claim.Option option = claim.options().stream()
                .filter(each -> each.points().get(level) != Candidate.NOT
                        && each.needs().missed(now) == null)
                .findFirst()
                .orElse(null);
        Gift gift = gift(claim, member);
        if (option == null || (option.points().get(level) == Claim.ONLY_AS_GIFT && gift == null)) {
            return denied(now, claim.reward() == null ? Denial.NOT_REDEEMABLE_HERE : Denial.REWARD_UNAVAILABLE);
        }
        if (option.denial() != null) {
            return denied(now, option.denial());
        }
        long points = gift == null ? option.points().get(level) : 0;
        long birthYear = option.needs().birthYear(now);
        List<Parts.Use> uses = new ArrayList<>();
        Cap full = count(claim.caps(), points, birthYear, member, uses);
        boolean ofReward = full != null;
        full = ofReward ? full : count(claim.limits(), points, 0, member, uses);
        if (full != null) {
            Counter counter = full.isCounted() ? full.counter(ofReward ? birthYear : 0) : null;
            return new Redeemed(now, Denial.LIMIT_EXCEEDED, counter, "", 0, null, null, List.of());
        }
        if (claim.isOut()) {
            return denied(now, Denial.OUT_OF_STOCK);
        }
        if (claim.stock() != null) {
            uses.add(new Parts.Use(claim.stock().counter(), true, 1));
        }
        if (gift != null) {
            member.gifts.remove(gift);
            new ProgressBook(member).used(gift.promotion(), 1);
        }
        return new Redeemed(member.state(), null, null, option.rule(), points, option.value(), gift, uses);
    }

    private static Redeemed denied(MemberState member, Denial why) {
        return new Redeemed(member, why, null, "", 0, null, null, List.of());
    }

    /** The gift that ends soonest, if the member has one. */
    private static @Nullable Gift gift(Claim claim, Draft member) {
        return member.gifts.stream()
                .filter(gift -> gift.reward().equals(claim.reward()))
                .findFirst()
                .orElse(null);
    }

    /** @return the limit that has no room; null if all have */
    private static @Nullable Cap count(
            List<Cap> caps, long points, long birthYear, Draft member, List<Parts.Use> uses) {
        for (Cap cap : caps) {
            long by = cap.ofUses() ? 1 : points;
            Counter counter = cap.counter(birthYear);
            long used = cap.isCounted() ? member.counters.getOrDefault(counter, 0L) : 0;
            if (by > cap.max() - used) {
                return cap;
            }
            if (cap.isCounted() && by > 0) {
                member.count(counter, by);
                uses.add(new Parts.Use(counter, cap.ofUses(), by));
            }
        }
        return null;
    }

    /**
     * Gives back what a payment took of limits, and the gift if it is still valid. Of all that time alone changes, it
     * changes the gifts only: the rest needs the levels of the version in force, which a payment does not know.
     *
     * @param redeemed what it took, see {@link Redeemed#uses}
     * @param gift that it used; null if none
     * @param points that are given back
     * @param whole whether nothing of the payment is left: only then its uses and its gift come back
     */
    public static MemberState giveBack(
            List<Parts.Use> redeemed, @Nullable Gift gift, long points, boolean whole, MemberState before, long today) {
        Draft member = new Draft(before);
        member.gifts.removeIf(each -> each.until() < today);
        for (Parts.Use use : redeemed) {
            if ((whole || !use.ofUses()) && member.counters.containsKey(use.counter())) {
                member.count(use.counter(), use.ofUses() ? -use.left() : -points);
            }
        }
        if (gift != null && whole && gift.until() >= today) {
            member.giveBack(gift);
            new ProgressBook(member).used(gift.promotion(), -1);
        }
        return member.state();
    }
}
