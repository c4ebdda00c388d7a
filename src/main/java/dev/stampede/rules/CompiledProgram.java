package dev.stampede.rules;

import dev.stampede.award.Award;
import dev.stampede.award.Claim;
import dev.stampede.award.LevelRules;
import dev.stampede.award.MemberState;
import dev.stampede.award.Needs;
import dev.stampede.award.PlainPrice;
import dev.stampede.award.Shared;
import dev.stampede.document.AttributeValue;
import dev.stampede.document.Budget;
import dev.stampede.document.CountedAs;
import dev.stampede.document.EarnRule;
import dev.stampede.document.Event;
import dev.stampede.document.Expiry;
import dev.stampede.document.Give;
import dev.stampede.document.Limit;
import dev.stampede.document.Measure;
import dev.stampede.document.MemberAttribute;
import dev.stampede.document.MemberLimit;
import dev.stampede.document.Partner;
import dev.stampede.document.ProgramDocument;
import dev.stampede.document.Promotion;
import dev.stampede.document.Rate;
import dev.stampede.document.RedeemRule;
import dev.stampede.document.Reward;
import dev.stampede.document.When;
import dev.stampede.points.LocalDay;
import dev.stampede.points.Renewal;
import dev.stampede.points.Unpriceable;
import java.math.BigDecimal;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Currency;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A version of a programme, ready to compute with. Made once from its document; never changes. */
public final class CompiledProgram {
    final ProgramDocument document;
    final ZoneId zone;
    final LevelTable levels;
    final List<Promo> promotions;
    final List<Counted> measures;
    final Map<String, Shared> budgets = new HashMap<>();
    final Map<String, Prize> rewards = new LinkedHashMap<>();
    final Set<String> actions = new HashSet<>();
    private final List<Earn> earn;
    private final List<Pay> redeem;
    private final Map<String, List<Earn>> earnOf = new HashMap<>();
    private final Map<String, List<Pay>> redeemOf = new HashMap<>();
    private final @Nullable Birthdays birthdays;
    private final DeclaredAttributes attributes;
    private final Set<String> progress;
    private final Set<String> counters;
    private final @Nullable PlainPrice plainPrice;

    private CompiledProgram(ProgramDocument document) {
        this.document = document;
        this.zone = document.timeZone();
        this.levels = LevelTable.of(document);
        this.attributes = new DeclaredAttributes(document.attributes());
        this.birthdays = document.attributes().stream()
                .filter(MemberAttribute.BirthDate.class::isInstance)
                .map(each -> new Birthdays((MemberAttribute.BirthDate) each))
                .findFirst()
                .orElse(null);
        this.earn = earn(document.earn());
        this.redeem = redeem(document.redeem());
        for (Partner partner : document.partners()) {
            earnOf.put(partner.id(), earn(partner.earn()));
            redeemOf.put(partner.id(), redeem(partner.redeem()));
        }
        this.measures = document.measures().stream().map(this::counted).toList();
        this.promotions = document.promotions().stream().map(this::promo).toList();
        for (Budget budget : document.budgets()) {
            budgets.put(
                    budget.id(),
                    new Shared(
                            budget.id(),
                            budget.of() == CountedAs.USES ? Shared.Kind.USES : Shared.Kind.POINTS,
                            budget.exhausted() == Budget.Exhausted.PARTIAL,
                            budget.returns(),
                            0,
                            null));
        }
        this.progress = document.promotions().stream()
                .filter(each -> each.progress() != null)
                .map(Promotion::id)
                .collect(Collectors.toUnmodifiableSet());
        this.counters = Caps.counters(document);
        for (Reward reward : document.rewards()) {
            rewards.put(reward.id(), new Prize(reward, conditions(reward.when())));
        }
        this.plainPrice = isOnePrice() ? plainPrice(document.redeem().get(0), document.currency()) : null;
    }

    public static CompiledProgram of(ProgramDocument document) {
        return new CompiledProgram(document);
    }

    /** @param tariff null where the lines are outside of everything */
    record Earn(EarnRule rule, @Nullable Tariff tariff) {}

    record Pay(RedeemRule rule, Conditions conditions) {}

    record Prize(Reward reward, Conditions conditions) {}

    /** @param tariff of measures by rate; null for others */
    record Counted(Measure measure, @Nullable Tariff tariff) {}

    /** @param tariff of promotions by rate; null for others */
    record Promo(
            Promotion promotion,
            Conditions conditions,
            @Nullable Tariff tariff) {}

    private List<Earn> earn(List<EarnRule> rules) {
        return rules.stream()
                .map(rule -> new Earn(rule, Basket.isEligible(rule.rate()) ? tariff(rule.rate()) : null))
                .toList();
    }

    private List<Pay> redeem(List<RedeemRule> rules) {
        return rules.stream()
                .map(rule -> new Pay(rule, conditions(rule.when())))
                .toList();
    }

    private Counted counted(Measure measure) {
        return new Counted(measure, measure instanceof Measure.ByRate by ? tariff(by.rate()) : null);
    }

    private Promo promo(Promotion promotion) {
        if (promotion.event() instanceof Event.Action event) {
            actions.add(event.action());
        }
        Tariff tariff = promotion.give() instanceof Give.ByRate give ? tariff(give.rate()) : null;
        return new Promo(promotion, conditions(promotion.when()), tariff);
    }

    private Tariff tariff(Rate rate) {
        return new Tariff(rate, document.rounding().scope(), levels.ids());
    }

    private Conditions conditions(When when) {
        return new Conditions(when, zone, levels.ids());
    }

    /** The earn rules that hold for a partner, or without one. */
    List<Earn> earn(@Nullable String partner) {
        return partner == null ? earn : earnOf.getOrDefault(partner, List.of());
    }

    List<Pay> redeem(@Nullable String partner) {
        return partner == null ? redeem : redeemOf.getOrDefault(partner, List.of());
    }

    /** @throws Unpriceable if the partner is unknown, or one is needed */
    void checkPartner(@Nullable String partner) {
        if (partner == null ? document.partnerRequired() : !earnOf.containsKey(partner)) {
            throw new Unpriceable(
                    Unpriceable.Why.PARTNER_UNKNOWN,
                    partner == null ? "A partner must be named." : "There is no partner " + partner + ".");
        }
    }

    /** What conditions and limits ask of the member. */
    Needs needs(When when, List<Limit> limits, Moment at) {
        List<Needs.OneOf> attributes = new ArrayList<>();
        for (Map.Entry<String, List<AttributeValue>> each : when.attributes().entrySet()) {
            attributes.add(new Needs.OneOf(
                    each.getKey(), each.getValue().stream().map(Line::text).collect(Collectors.toSet())));
        }
        Needs.Birthdays birthday = null;
        if (birthdays != null && when.birthday() != null) {
            birthday = birthdays.near(when.birthday(), at.date());
        } else if (birthdays != null && Caps.needBirthday(limits)) {
            birthday = birthdays.last(at.date());
        }
        return attributes.isEmpty() && birthday == null ? Needs.NOTHING : new Needs(attributes, birthday);
    }

    /** What it was made of. */
    public ProgramDocument document() {
        return document;
    }

    /** What is known of its members, besides what they did. */
    public DeclaredAttributes attributes() {
        return attributes;
    }

    /** How many of the rewarded runs of a streak a member keeps: the newest ones. */
    public static long keptRuns(int target) {
        return Wishes.keptRuns(target);
    }

    /** The ids of the promotions of which members have stamps or streaks. */
    public Set<String> inProgress() {
        return progress;
    }

    /** The names of the counters of its limits. */
    public Set<String> counters() {
        return counters;
    }

    /** How members reach levels and lose them. */
    public LevelRules levels() {
        return levels.rules();
    }

    /** The ids of the levels, lowest first; a single "" where there are none. */
    public List<String> levelIds() {
        return levels.ids();
    }

    /**
     * The local day of a time, in days since 1970-01-01.
     *
     * @param ms since the epoch
     */
    public long day(long ms) {
        return Moment.of(ms, zone).day();
    }

    public Currency currency() {
        return document.currency();
    }

    /** In which its days begin and end. */
    public ZoneId zone() {
        return zone;
    }

    public long backdateDays() {
        return document.points().backdateDays();
    }

    /**
     * The days of the lot that an earn makes.
     *
     * @param present the zone in which days end when it is decided; a later version than this may be in force
     */
    public LotDays lotDays(long nowMs, ZoneId present) {
        return LotDays.of(document.points(), Moment.of(nowMs, present).date());
    }

    /** What an earn at that time does for the points that the member has; null for nothing. */
    public @Nullable Renewal renewedByEarn(long nowMs, ZoneId present) {
        return renewedBy(Expiry.Renewal.EARN, nowMs, present);
    }

    /** The same for a payment with points. */
    public @Nullable Renewal renewedByRedeem(long nowMs) {
        return renewedBy(Expiry.Renewal.REDEEM, nowMs, zone);
    }

    private @Nullable Renewal renewedBy(Expiry.Renewal activity, long nowMs, ZoneId present) {
        return document.points().expiry() instanceof Expiry.Inactivity inactivity
                        && inactivity.renewedBy().contains(activity)
                ? new Renewal(
                        lotDays(nowMs, present).on(), LocalDay.start(LocalDay.number(nowMs, present) + 1, present))
                : null;
    }

    /**
     * What a call is worth at each level.
     *
     * @param atMs when it happened, in ms since the epoch
     * @param nowMs the time of the decision
     * @throws Unpriceable if it has no price
     */
    public Award price(Call call, long atMs, long nowMs) {
        return price(call, atMs, nowMs, nowMs);
    }

    /**
     * The same for a call that came before the decision: what is too long ago is so when it comes, or never.
     *
     * @param cameMs when it came
     */
    public Award price(Call call, long atMs, long cameMs, long nowMs) {
        return pricing(call, atMs, cameMs, nowMs).award();
    }

    /** The same where another version is in force at the decision: the tier ends, and limits are forgotten, by it. */
    public Award price(Call call, long atMs, long cameMs, long nowMs, CompiledProgram present) {
        Award award = price(call, atMs, cameMs, nowMs);
        return present == this ? award : award.decided(present.day(nowMs), present.levels(), present.backdateDays());
    }

    /**
     * Whether a call can be told, of which only the amount is priced.
     *
     * @param atMs when it happened, in ms since the epoch
     * @param cameMs when the call came
     * @throws Unpriceable if it happened too long ago, or the lines of the purchase do not fit its amount
     */
    public void check(Call call, long atMs, long cameMs) {
        if (atMs != cameMs) {
            Pricing.checkTime(this, Moment.of(atMs, zone), Moment.of(cameMs, zone));
        }
        if (call instanceof Call.Purchase purchase) {
            new Baskets(this).check(purchase);
        }
    }

    /**
     * Whether the lines of a call can be read that nobody prices, because the caller states its points.
     *
     * @throws Unpriceable if one has an attribute, a quantity or an amount that there can't be
     */
    public void check(List<Call.Item> lines) {
        new Baskets(this).check(lines);
    }

    private Pricing pricing(Call call, long atMs, long cameMs, long nowMs) {
        Moment now = Moment.of(nowMs, zone);
        return new Pricing(this, call, Moment.of(atMs, zone), cameMs == nowMs ? now : Moment.of(cameMs, zone), now);
    }

    /**
     * The first condition of each promotion that does not hold for a call; those whose conditions all hold are left
     * out.
     *
     * @return by the rule's name, in the order of the document
     */
    public Map<String, String> whyNot(Call call, long atMs, long nowMs, Held held) {
        return pricing(call, atMs, nowMs, nowMs).whyNot(held);
    }

    /**
     * Why each earn rule and each promotion gives nothing for a call, if it gives nothing: its first condition that
     * does not hold, or {@code match} (an earn rule without a line), {@code none} (its lines are outside of
     * everything), {@code progress} (not complete yet), {@code nothing} (there is nothing to give). Whether the call
     * came in time is not judged again.
     *
     * @param advanced the ids of promotions that the call brought nearer to completion
     * @return by the rule's name, in the order of the document
     * @throws Unpriceable if it has no price
     */
    public Map<String, String> whyNothing(Call call, long atMs, long nowMs, Held held, Set<String> advanced) {
        return pricing(call, atMs, atMs, nowMs).whyNothing(held, advanced);
    }

    /**
     * The first condition of time that keeps everybody from having a reward; null if none does.
     *
     * @param reward the id of one that there is
     */
    public @Nullable String closed(String reward, long nowMs) {
        return Objects.requireNonNull(rewards.get(reward)).conditions().missedTime(Moment.of(nowMs, zone));
    }

    private static PlainPrice plainPrice(RedeemRule rule, Currency currency) {
        return new PlainPrice(rule.id(), null, Minor.decimals(currency), Payments.rate(rule, currency));
    }

    /**
     * What points pay for, if that is the same for every member at every time: then a payment needs no {@link Claim},
     * unless it names a reward or a partner. Otherwise null.
     */
    public @Nullable PlainPrice plainPrice() {
        return plainPrice;
    }

    private boolean isOnePrice() {
        return document.redeem().size() == 1
                && document.redeem().get(0).when().equals(When.ALWAYS)
                && document.redeem().get(0).minimum() <= 1
                && document.redeem().get(0).step() <= 1
                && isFinite(
                        document.redeem().get(0).points(),
                        document.redeem().get(0).value())
                && document.limits().stream().noneMatch(limit -> limit.on() == MemberLimit.On.REDEEM)
                && !document.partnerRequired()
                && levels.rules().levels().isEmpty();
    }

    /** Whether so many points for each so much money is a rate that a decimal can say. */
    public static boolean isFinite(long points, BigDecimal per) {
        try {
            return BigDecimal.valueOf(points).divide(per).signum() >= 0;
        } catch (ArithmeticException e) {
            return false;
        }
    }

    /** What an amount of money costs in points, rounded up. */
    public Claim claimAmount(BigDecimal amount, Call.Place place, long nowMs) {
        return new Payments(this, place, Moment.of(nowMs, zone)).amount(amount);
    }

    /** What points are worth, rounded down. */
    public Claim claimPoints(long points, Call.Place place, long nowMs) {
        return new Payments(this, place, Moment.of(nowMs, zone)).points(points);
    }

    /**
     * Why each other redeem rule does not say what the points of a payment are worth: its first condition that does not
     * hold, or {@code order} if another rule comes before it.
     *
     * @param taken the id of the rule that said it
     * @param nowMs the time of the decision
     * @param member as he was right after it
     * @return by the rule's name, in the order of the document; null if these rules would have taken another one
     * @throws Unpriceable if the partner is unknown
     */
    public @Nullable Map<String, String> whyNotPaid(String taken, Call.Place place, long nowMs, MemberState member) {
        return new Payments(this, place, Moment.of(nowMs, zone)).whyNot(taken, member);
    }

    /** When a code stops being valid that is made at that time for a reward, in ms since the epoch; null if none is. */
    public @Nullable Long codeUntil(String reward, long nowMs) {
        Prize prize = rewards.get(reward);
        Reward.Code code = prize == null ? null : prize.reward().code();
        return code == null ? null : Long.valueOf(LocalDay.start(day(nowMs) + code.validDays() + 1, zone));
    }

    /** @throws Unpriceable if there is no such reward */
    public Claim claimReward(String reward, Call.Place place, long nowMs) {
        return new Payments(this, place, Moment.of(nowMs, zone)).reward(reward);
    }
}
