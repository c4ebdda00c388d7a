package dev.stampede.award;

import dev.stampede.points.PointLimits;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Whether something that claims to be the settlement of an award may be one, whatever the member was before: nobody
 * gets more than the award has for a member of his level, and all that is told, kept for a reversal, and true of the
 * member afterwards agrees.
 */
public final class SettlementCheck {
    private final Award award;
    private final Settled settled;
    private final Parts parts;
    private final List<Candidate> marked;
    private long sum;
    private long limited;
    private long qualifying;
    private long bonuses;

    private SettlementCheck(Award award, Settled settled) {
        this.award = award;
        this.settled = settled;
        this.parts = settled.parts();
        this.marked = award.candidates().stream()
                .filter(each -> each.advance() != null)
                .toList();
    }

    /** The flaw; null if there is none. */
    public static @Nullable String flaw(Award award, Settled settled) {
        return new SettlementCheck(award, settled).flaw();
    }

    private @Nullable String flaw() {
        int levels = Math.max(1, award.levels().levels().size());
        MemberState member = settled.member();
        if (member.joined() == null
                || settled.level() < 0
                || settled.level() >= levels
                || held(member) != settled.reached()) {
            return "the member has another level than is told";
        }
        if (!isOfPurchase()) {
            return "the parts are those of another purchase";
        }
        String wrong = sharesFlaw();
        if (wrong != null) {
            return wrong;
        }
        if (sum != settled.points()) {
            return "the points are not the sum of their parts";
        }
        if (bonuses > award.maxBonus() || limited > PointLimits.MAX_PER_OPERATION) {
            return "it gives more than the program allows";
        }
        if (!isTold()) {
            return "what is told is not what was given";
        }
        return areMeasuresRight() && areLimitsRight() && areStepsRight()
                ? null
                : "what it counts for is not what the award says";
    }

    private int held(MemberState member) {
        Draft draft = new Draft(member);
        Lapse.apply(draft, award.lapse(), award.today(), award.backdateDays());
        return new Levels(award.levels(), draft).held(award.today());
    }

    private boolean isOfPurchase() {
        Award.Basket basket = award.basket();
        return parts.amount() == basket.amount()
                && parts.eligible() == basket.eligible()
                && parts.lines().equals(basket.lines())
                && parts.soFar().equals(Parts.SoFar.NOTHING);
    }

    /** What the base gives at the level, by its rule, in the order in which it is told. */
    private Map<String, Long> base() {
        Map<String, Long> base = new HashMap<>();
        base.put("stated", award.stated());
        award.base()
                .forEach(each -> base.put("base:" + each.rule(), each.points().get(settled.level())));
        if (!award.levels().levels().isEmpty()) {
            String level = award.levels().levels().get(settled.level()).id();
            base.put("tier:" + level, award.bonus().get(settled.level()));
        }
        base.values().removeIf(points -> points == 0);
        return base;
    }

    private @Nullable String sharesFlaw() {
        Map<String, Long> base = base();
        Set<String> seen = new HashSet<>();
        for (Parts.Share share : parts.shares()) {
            if (!seen.add(share.rule())
                    || share.points() < 0
                    || share.points() > share.full()
                    || share.left() != share.points()) {
                return "a part is there twice, or gives more than it may";
            }
            Long most = base.remove(share.rule());
            boolean right = most == null ? isOfCandidate(share) : isOfBase(share, most);
            if (!right) {
                return "the award has no such part as " + share.rule();
            }
            sum += share.points();
            limited += share.limited() ? share.points() : 0;
            qualifying += share.measured() == Parts.Counting.ALWAYS ? share.full() : 0;
        }
        return base.isEmpty() ? null : "a part of the base is missing";
    }

    private boolean isOfBase(Parts.Share share, long most) {
        Parts.Counting measured = share.rule().startsWith("base:")
                ? Parts.Counting.BASE
                : share.rule().startsWith("tier:") ? Parts.Counting.BONUS : Parts.Counting.NOT;
        return share.full() == most
                && share.kind() == Parts.Kind.SHARE
                && share.limited()
                && share.measured() == measured
                && share.minimum() == 0
                && share.uses().isEmpty()
                && share.gift() == null
                && share.gifts() == 0;
    }

    private boolean isOfCandidate(Parts.Share share) {
        if (!share.rule().equals("promotion:" + share.promotion())) {
            return false;
        }
        for (Candidate candidate : award.candidates()) {
            if (candidate.promotion().equals(share.promotion())) {
                return isOf(candidate, share);
            }
        }
        return false;
    }

    private boolean isOf(Candidate candidate, Parts.Share share) {
        boolean ofLevel = candidate.occasion() == Candidate.Occasion.LEVEL;
        boolean occurs = switch (candidate.occasion()) {
            case OPERATION -> true;
            case ENROL -> settled.enrols();
            case LEVEL -> candidate.level() > settled.level() && candidate.level() <= settled.reached();
        };
        long wish = candidate.wish().get(ofLevel ? candidate.level() : settled.level());
        long complete = mostComplete(candidate);
        Candidate.GiftOffer offer = candidate.gift();
        Gift gift = offer == null ? null : offer.from(candidate.promotion(), award.today());
        Parts.Kind kind = candidate.advance() != null
                ? Parts.Kind.PROGRESS
                : candidate.isFlat() ? Parts.Kind.FLAT : Parts.Kind.SHARE;
        bonuses += ofLevel ? 0 : share.points();
        return occurs
                && candidate.needs().missed(settled.member()) == null
                && wish >= 0
                && share.full() <= (offer == null ? Turn.product(complete, wish) : 0)
                && share.gifts() >= 0
                && share.gifts() <= (offer == null ? 0 : complete * offer.count())
                && Objects.equals(share.gift(), gift)
                && share.kind() == kind
                && share.limited() != ofLevel
                && share.measured() == (candidate.qualifies() && !ofLevel ? Parts.Counting.ALWAYS : Parts.Counting.NOT)
                && share.minimum() == candidate.minimum()
                && areUsesRight(candidate, share, complete, candidate.needs().birthYear(settled.member()))
                && isOfBudget(candidate.budget());
    }

    private static boolean gives(Parts.Share share) {
        return share.points() > 0 || share.gifts() > 0;
    }

    /** What a share takes of a budget. */
    private static long units(Shared budget, Parts.Share share) {
        return budget.ofUses() ? gives(share) ? 1 : 0 : share.points();
    }

    /** What a settlement uses of shared totals, by their numbers. */
    public static SortedMap<Integer, Long> uses(Award award, Parts parts) {
        SortedMap<Integer, Long> uses = new TreeMap<>();
        for (Parts.Share share : parts.shares()) {
            for (Candidate candidate : award.candidates()) {
                Shared budget = candidate.budget();
                if (budget != null
                        && candidate.promotion().equals(share.promotion())
                        && share.rule().equals("promotion:" + share.promotion())
                        && units(budget, share) > 0) {
                    uses.merge(budget.id(), units(budget, share), Long::sum);
                }
            }
        }
        return uses;
    }

    private boolean isOfBudget(@Nullable Shared budget) {
        return budget == null
                || budget.left() == null
                || uses(award, parts).getOrDefault(budget.id(), 0L) <= budget.left();
    }

    /** How often a promotion can have become complete at most. */
    private long mostComplete(Candidate candidate) {
        Advance advance = candidate.advance();
        if (advance instanceof Advance.Stamp) {
            return settled.member()
                    .stamps()
                    .getOrDefault(candidate.promotion(), Stamps.NONE)
                    .given();
        } else if (advance instanceof Advance.Step) {
            return settled.member()
                    .streaks()
                    .getOrDefault(candidate.promotion(), Streak.NONE)
                    .given();
        }
        return 1;
    }

    private static boolean areUsesRight(Candidate candidate, Parts.Share share, long complete, long birthYear) {
        List<Cap> counted = candidate.caps().stream().filter(Cap::isCounted).toList();
        int ofLimits = gives(share) ? counted.size() : 0;
        Shared budget = candidate.budget();
        List<Parts.Use> ofBudget = budget == null || !budget.returns() || units(budget, share) == 0
                ? List.of()
                : List.of(new Parts.Use(budget.counter(), budget.ofUses(), units(budget, share)));
        if (share.uses().size() != ofLimits + ofBudget.size()
                || !share.uses().subList(ofLimits, share.uses().size()).equals(ofBudget)) {
            return false;
        }
        for (int i = 0; i < ofLimits; i++) {
            Parts.Use use = share.uses().get(i);
            Cap cap = counted.get(i);
            if (!use.counter().equals(cap.counter(birthYear))
                    || use.ofUses() != cap.ofUses()
                    || use.left() < 0
                    || use.left() > cap.max()
                    || use.left() > (cap.ofUses() ? complete : share.full())) {
                return false;
            }
        }
        return true;
    }

    /** The explanation has exactly the parts, and besides what gave nothing. */
    private boolean isTold() {
        Map<String, Parts.Share> shares = new HashMap<>();
        parts.shares().forEach(share -> shares.put(share.rule(), share));
        for (Part part : settled.explanation()) {
            Parts.Share share = shares.remove(part.rule());
            boolean same = share == null
                    ? part.points() == 0 && part.gifts() == 0 && part.reason() != null
                    : part.points() == share.points()
                            && part.gifts() == share.gifts()
                            && Objects.equals(
                                    part.reward(),
                                    share.gift() == null ? null : share.gift().reward());
            if (!same || part.wanted() < part.points()) {
                return false;
            }
        }
        return shares.values().stream().allMatch(share -> share.points() == 0 && share.gifts() == 0);
    }

    private boolean areMeasuresRight() {
        List<Parts.Measured> expected = new ArrayList<>();
        for (Award.Measured each : award.measures()) {
            long by = each.values().get(settled.level()) + (each.ofPoints() ? qualifying : 0);
            if (by > 0 && parts.period() != null) {
                expected.add(new Parts.Measured(each.measure(), each.ofBase(), each.ofBonus(), by, by));
            }
        }
        return parts.measures().equals(expected)
                && (parts.period() == null || !award.measures().isEmpty());
    }

    private boolean areLimitsRight() {
        List<Parts.Use> expected = new ArrayList<>();
        for (Cap cap : award.limits()) {
            if (cap.isCounted() && limited > 0) {
                expected.add(new Parts.Use(cap.counter(0), cap.ofUses(), cap.ofUses() ? 1 : limited));
            }
        }
        return parts.limits().equals(expected);
    }

    private boolean areStepsRight() {
        Set<String> seen = new HashSet<>();
        for (Parts.Step step : parts.steps()) {
            if (step.mark() < 0 || step.mark() >= marked.size() || !seen.add(step.promotion())) {
                return false;
            }
            Candidate candidate = marked.get((int) step.mark());
            Advance advance = candidate.advance();
            boolean right = advance instanceof Advance.Stamp stamp
                    ? step.stamps() == stamp.stamps()
                            && step.ofUnits() == stamp.ofUnits()
                            && step.period() == null
                            && step.run() == null
                    : advance instanceof Advance.Step of
                            && step.stamps() == 1
                            && !step.ofUnits()
                            && Objects.equals(step.period(), of.period());
            if (advance == null
                    || !right
                    || !step.promotion().equals(candidate.promotion())
                    || step.target() != advance.target()) {
                return false;
            }
        }
        return true;
    }
}
