package dev.stampede.document;

import java.time.Instant;
import java.time.ZoneId;
import java.util.Currency;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One version of one programme. All of it is in force, or none of it.
 *
 * @param program the programme's id
 * @param basedOn the version that was edited; 0 before the first
 * @param effectiveFrom null means "now": as soon as all gateways know the version
 * @param corrects the version that this one replaces also for the past; null if none
 * @param reason why the version was published; null if its author gave none
 * @param sandbox null where the programme goes by real time; only its first version says when the clock starts
 * @param earn the first rule that matches a line prices it
 * @param redeem the first rule whose window holds prices an amount that is paid with points
 * @param tiers null where the programme has none
 * @param limits what one member may earn or redeem in the programme
 * @param partnerRequired whether each purchase and payment must name a partner
 */
public record ProgramDocument(
        String program,
        String name,
        long basedOn,
        @Nullable Instant effectiveFrom,
        @Nullable Long corrects,
        @Nullable String reason,
        @Nullable Sandbox sandbox,
        ZoneId timeZone,
        Currency currency,
        Points points,
        Rounding rounding,
        List<MemberAttribute> attributes,
        List<ItemAttribute> itemAttributes,
        List<Measure> measures,
        List<EarnRule> earn,
        List<RedeemRule> redeem,
        @Nullable Tiers tiers,
        Stacking stacking,
        List<Budget> budgets,
        List<Promotion> promotions,
        List<Reward> rewards,
        List<MemberLimit> limits,
        List<Partner> partners,
        boolean partnerRequired) {
    public ProgramDocument {
        attributes = List.copyOf(attributes);
        itemAttributes = List.copyOf(itemAttributes);
        measures = List.copyOf(measures);
        earn = List.copyOf(earn);
        redeem = List.copyOf(redeem);
        budgets = List.copyOf(budgets);
        promotions = List.copyOf(promotions);
        rewards = List.copyOf(rewards);
        limits = List.copyOf(limits);
        partners = List.copyOf(partners);
    }

    /**
     * A programme whose time is its own and stands still until it is moved.
     *
     * @param now where its clock starts; null means the real time of its publication
     */
    public record Sandbox(@Nullable Instant now) {
        /** No sandbox's clock is before this. */
        public static final Instant FIRST = Instant.parse("1971-01-01T00:00:00Z");

        /** No sandbox's clock is after this: the days of its points have years of four digits. */
        public static final Instant LAST = Instant.parse("9000-01-01T00:00:00Z");

        /** Whether a sandbox's clock can be at that time. */
        public static boolean covers(Instant now) {
            return !now.isBefore(FIRST) && !now.isAfter(LAST);
        }
    }

    /** Rounding is always down. */
    public record Rounding(Scope scope) {}

    /** How often is rounded: once per earn rule and basket, or once per earn rule and line. */
    public enum Scope {
        BASKET,
        LINE
    }
}
