package dev.stampede.publish;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonRawValue;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.stampede.document.ProgramDocument;
import dev.stampede.document.RedeemRule;
import dev.stampede.document.Reward;
import dev.stampede.document.Tiers;
import dev.stampede.gateway.SharedTotals;
import dev.stampede.http.view.FindingView;
import dev.stampede.http.view.PresentMember;
import dev.stampede.points.MemberPoints;
import dev.stampede.points.PointLimits;
import dev.stampede.program.InForce;
import dev.stampede.rules.CompiledProgram;
import dev.stampede.rules.Offer;
import dev.stampede.seal.BudgetBook;
import java.time.Instant;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/** How programs and their versions are told. */
final class ProgramViews {
    private ProgramViews() {}

    @Schema(name = "ProgramList", description = "All programs.")
    record ListView(
            @Schema(description = "In the order of their ids")
            List<LineView> items) {}

    @Schema(name = "ProgramLine", description = "A program in short.")
    record LineView(
            @Schema(description = "The program's id", examples = "demo")
            String id,

            @Schema(
                    description = "Its name; null if no version is in force, or it cannot be read",
                    examples = "Demo",
                    nullable = true)
            @Nullable
            String name,

            @Schema(description = "Its currency (ISO 4217); null like the name", examples = "EUR", nullable = true)
            @Nullable
            String currency,

            @Schema(
                    description = "The version in force; null like the name",
                    minimum = "1",
                    examples = "1",
                    nullable = true)
            @Nullable
            Integer version) {
        static LineView of(String id, InForce found) {
            return found instanceof InForce.Rules rules
                    ? new LineView(
                            id,
                            rules.document().name(),
                            rules.document().currency().getCurrencyCode(),
                            rules.version())
                    : new LineView(id, null, null, null);
        }
    }

    @Schema(name = "Program", description = "What a program offers now.")
    record ProgramView(
            @Schema(description = "The program's id", examples = "demo")
            String id,

            @Schema(description = "Its name", examples = "Demo")
            String name,

            @Schema(description = "The version in force", minimum = "1", examples = "1")
            int version,

            @Schema(description = "Since when it is in force", examples = "2026-11-21T12:00:00Z")
            Instant effectiveFrom,

            @Schema(description = "Its currency (ISO 4217)", examples = "EUR")
            String currency,

            @Schema(description = "The time zone in which days begin (IANA)", examples = "UTC")
            String timeZone,

            @Schema(description = "What its points are called")
            NamesView points,

            @Schema(description = "What points are worth as money; the first that may be used at a time holds")
            List<WorthView> redeem,

            @Schema(description = "Its tiers, lowest first") List<TierView> tiers,

            @Schema(description = "What members can have for points")
            List<RewardView> rewards) {
        static ProgramView of(InForce.Rules rules) {
            ProgramDocument document = rules.document();
            return new ProgramView(
                    document.program(),
                    document.name(),
                    rules.version(),
                    rules.effectiveFrom(),
                    document.currency().getCurrencyCode(),
                    document.timeZone().getId(),
                    new NamesView(
                            document.points().names().one(),
                            document.points().names().other()),
                    document.redeem().stream().map(WorthView::of).toList(),
                    document.tiers() == null
                            ? List.of()
                            : document.tiers().levels().stream()
                                    .map(TierView::of)
                                    .toList(),
                    document.rewards().stream()
                            .filter(reward -> !reward.grantOnly())
                            .map(RewardView::of)
                            .toList());
        }
    }

    @Schema(name = "BudgetList", description = "What is left of shared totals.")
    record BudgetsView(
            @Schema(description = "In the order in which they were published first")
            List<BudgetView> items) {
        static BudgetsView of(String program, List<BudgetBook.Total> totals) {
            return new BudgetsView(totals.stream()
                    .filter(total -> total.program().equals(program))
                    .map(total -> new BudgetView(
                            total.name(), total.kind(), total.total(), total.total() - total.left(), total.left()))
                    .toList());
        }
    }

    @Schema(name = "Budget", description = "What all members share: a budget of promotions, or the stock of a reward.")
    record BudgetView(
            @Schema(description = "The id of the budget, or of the reward", examples = "holiday")
            String id,

            @Schema(
                    description = "What it counts: points or uses of promotions, or the stock of a reward",
                    enumeration = {"points", "uses", "stock"},
                    examples = "points")
            String of,

            @Schema(description = "All of it", minimum = "0", maximum = "" + PointLimits.MAX, examples = "500")
            long total,

            @Schema(description = "What was used of it", minimum = "0", maximum = "" + PointLimits.MAX, examples = "80")
            long used,

            @Schema(description = "What is left of it", minimum = "0", maximum = "" + PointLimits.MAX, examples = "420")
            long left) {}

    @Schema(name = "PointNames", description = "What points are called.")
    record NamesView(
            @Schema(description = "One of them", examples = "point")
            String one,

            @Schema(description = "Any other number of them", examples = "points")
            String other) {}

    @Schema(name = "PointsWorth", description = "What points are worth as money.")
    record WorthView(
            @Schema(description = "The rule's id", examples = "money")
            String id,

            @Schema(description = "So many points", minimum = "1", examples = "100")
            long points,

            @Schema(description = "pay so much money, in the program's currency", examples = "1")
            String value,

            @Schema(description = "The smallest number of points that can be redeemed", minimum = "0", examples = "0")
            long minimum,

            @Schema(description = "Only multiples of it can be redeemed", minimum = "1", examples = "1")
            long step,

            @Schema(
                    description = "The first moment of the rule, on the clocks of the program's time zone; null if it"
                            + " has none",
                    examples = "2027-01-01T00:00",
                    nullable = true)
            @Nullable
            String from,

            @Schema(
                    description = "The first moment after its end, on the same clocks; null if it has none",
                    examples = "2027-03-01T00:00",
                    nullable = true)
            @Nullable
            String to,

            @Schema(description = "The tiers for which it holds; empty means all", examples = "[\"gold\"]")
            List<String> tiers) {
        static WorthView of(RedeemRule rule) {
            return new WorthView(
                    rule.id(),
                    rule.points(),
                    rule.value().toPlainString(),
                    rule.minimum(),
                    rule.step(),
                    text(rule.when().from()),
                    text(rule.when().to()),
                    rule.when().tiers().stream().sorted().toList());
        }

        private static @Nullable String text(@Nullable LocalDateTime local) {
            return local == null ? null : local.toString();
        }
    }

    @Schema(name = "Tier", description = "A tier, and what reaches it.")
    record TierView(
            @Schema(description = "The tier's id", examples = "gold")
            String id,

            @Schema(description = "Its name", examples = "Gold")
            String name,

            @Schema(description = "By what the base of an earn is multiplied", examples = "1.5")
            String multiplier,

            @Schema(
                    description = "Whether one of the thresholds is enough (`any`) or all are needed (`all`); null for"
                            + " the first tier and for one that is only granted",
                    enumeration = {"any", "all"},
                    examples = "any",
                    nullable = true)
            @Nullable
            String qualify,

            @Schema(description = "What must be collected in a period; empty where `qualify` is null")
            List<ThresholdView> thresholds) {
        static TierView of(Tiers.Level level) {
            String qualify = null;
            List<Tiers.Threshold> thresholds = List.of();
            if (level.qualify() instanceof Tiers.Qualify.Any any) {
                qualify = "any";
                thresholds = any.thresholds();
            } else if (level.qualify() instanceof Tiers.Qualify.All all) {
                qualify = "all";
                thresholds = all.thresholds();
            }
            return new TierView(
                    level.id(),
                    level.name(),
                    level.multiplier().toPlainString(),
                    qualify,
                    thresholds.stream()
                            .map(each -> new ThresholdView(
                                    each.measure(), each.atLeast().toPlainString()))
                            .toList());
        }
    }

    @Schema(name = "Threshold", description = "How much of a measure a tier asks for.")
    record ThresholdView(
            @Schema(description = "The measure's id", examples = "stars")
            String measure,

            @Schema(description = "So much of it: money for a measure of amounts, else a number", examples = "500")
            String atLeast) {}

    @Schema(name = "RewardOffer", description = "A reward.")
    record RewardView(
            @Schema(description = "The reward's id", examples = "brewed")
            String id,

            @Schema(description = "Its name", examples = "A brewed coffee")
            String name,

            @Schema(description = "What it costs; the first that has the member's tier holds")
            List<CostView> cost,

            @Schema(
                    description = "What it is worth, in the program's currency; null if not said",
                    examples = "3.50",
                    nullable = true)
            @Nullable
            String value) {
        static RewardView of(Reward reward) {
            return new RewardView(
                    reward.id(),
                    reward.name(),
                    reward.cost().stream()
                            .map(cost ->
                                    new CostView(cost.tiers().stream().sorted().toList(), cost.points()))
                            .toList(),
                    reward.value() == null ? null : reward.value().toPlainString());
        }
    }

    @Schema(name = "Catalogue", description = "What members can have for points.")
    record CatalogueView(
            @Schema(description = "In the order of the program")
            List<OfferView> items) {
        static CatalogueView of(CompiledProgram program, SharedTotals totals, long nowMs) {
            return new CatalogueView(program.document().rewards().stream()
                    .filter(reward -> !reward.grantOnly())
                    .map(reward -> offer(
                            program,
                            reward,
                            program.closed(reward.id(), nowMs),
                            null,
                            totals.stock(program.document().program(), reward.id()),
                            nowMs))
                    .toList());
        }

        /**
         * The same for a member, with what he has as a gift. A piece that his next operation gives back is left for
         * him.
         */
        static CatalogueView of(
                CompiledProgram program, PresentMember present, MemberPoints points, SharedTotals totals, long nowMs) {
            List<Offer> offers = present.offers(program, nowMs);
            List<OfferView> items = new ArrayList<>();
            for (int i = 0; i < offers.size(); i++) {
                Offer offer = offers.get(i);
                Reward reward = program.document().rewards().get(i);
                if (!reward.grantOnly() || offer.isGift()) {
                    MemberOfferView member = MemberOfferView.of(offer, points);
                    String whyNot = points.isFrozen() ? "frozen" : offer.whyNot();
                    BudgetBook.Total stock = totals.stock(program.document().program(), reward.id(), present.back());
                    items.add(offer(program, reward, whyNot, member, stock, nowMs));
                }
            }
            return new CatalogueView(items);
        }

        /**
         * @param whyNot the first condition that does not hold; null if all hold, but for the stock
         * @param total the reward's stock, as it is known
         */
        private static OfferView offer(
                CompiledProgram program,
                Reward reward,
                @Nullable String whyNot,
                @Nullable MemberOfferView member,
                BudgetBook.@Nullable Total total,
                long nowMs) {
            StockView stock = reward.stock() == null ? null : StockView.of(total);
            boolean isOut = stock != null && stock.left() == 0;
            return new OfferView(
                    RewardView.of(reward),
                    reward.when().tiers().stream().sorted().toList(),
                    !isOut && program.closed(reward.id(), nowMs) == null,
                    whyNot == null && isOut ? "stock" : whyNot,
                    stock,
                    member);
        }
    }

    @Schema(name = "CatalogueReward", description = "A reward, and whether it can be had now.")
    record OfferView(
            @JsonUnwrapped RewardView reward,

            @Schema(description = "The tiers that can have it; empty means all", examples = "[\"gold\"]")
            List<String> tiers,

            @Schema(description = "Whether it can be had at this time, and something is left of it", examples = "true")
            boolean available,

            @Schema(
                    description = "The first condition that does not hold: of time `from`, `to`, `dates`, `weekdays` or"
                            + " `hours`; for an `account` also `tiers`, `attributes`, `birthday`, `gift` (it is only"
                            + " given as a gift), `limit` or `frozen`; last of all `stock` (nothing is left of it);"
                            + " null if all hold",
                    examples = "weekdays",
                    nullable = true)
            @Nullable
            String whyNot,

            @Schema(description = "Its stock; null where it has no end, or is not known yet", nullable = true) @Nullable
            StockView stock,

            @JsonUnwrapped @Nullable MemberOfferView member) {}

    @Schema(
            name = "Stock",
            description = "How much is left of a reward, as far as this gateway knows: a quarter of a second ago. A"
                    + " hint: nothing is reserved, and only a payment says whether there is one left.")
    record StockView(
            @Schema(description = "All of it", minimum = "0", maximum = "" + PointLimits.MAX, examples = "500")
            long total,

            @Schema(description = "What is left", minimum = "0", maximum = "" + PointLimits.MAX, examples = "420")
            long left,

            @Schema(
                    description = "The same in words: `nearly exhausted` is at most 5 % of the total",
                    enumeration = {"available", "nearly exhausted", "exhausted"},
                    examples = "available")
            String state) {
        static @Nullable StockView of(BudgetBook.@Nullable Total total) {
            return total == null
                    ? null
                    : new StockView(
                            total.total(),
                            total.left(),
                            SharedTotals.Level.of(total).toString());
        }
    }

    /** What is told of a reward for an account. */
    record MemberOfferView(
            @Schema(
                    description = "With `account`: whether all conditions hold for the member, wherever he is, and"
                            + " however many points he has and pieces are left",
                    examples = "true",
                    nullable = true)
            @Nullable
            Boolean eligible,

            @Schema(
                    description = "With `account`: whether the member has the points for it, or has it as a gift",
                    examples = "true",
                    nullable = true)
            @Nullable
            Boolean affordable,

            @Schema(
                    description = "With `account`: what it costs the member, 0 for a gift; left out where members of"
                            + " the tier can't have it for points",
                    minimum = "0",
                    maximum = "" + PointLimits.MAX,
                    examples = "100",
                    nullable = true)
            @JsonInclude(JsonInclude.Include.NON_NULL)
            @Nullable
            Long points,

            @Schema(
                    description = "With `account`: the points that the member must still get, those that pay a debt"
                            + " included; left out like `points`",
                    minimum = "0",
                    maximum = "" + PointLimits.MAX,
                    examples = "0",
                    nullable = true)
            @JsonInclude(JsonInclude.Include.NON_NULL)
            @Nullable
            Long missing,

            @Schema(
                    description = "With `account`: whether the member has it as a gift",
                    examples = "false",
                    nullable = true)
            @Nullable
            Boolean gift) {
        static MemberOfferView of(Offer offer, MemberPoints points) {
            Long cost = offer.points();
            boolean affordable = cost != null && cost <= points.available();
            long missing = cost == null || affordable ? 0 : cost + points.debt() - points.available();
            return new MemberOfferView(
                    offer.whyNot() == null && !points.isFrozen(),
                    affordable,
                    cost,
                    cost == null ? null : Long.valueOf(missing),
                    offer.isGift());
        }
    }

    @Schema(name = "RewardCost", description = "What a reward costs members of some tiers.")
    record CostView(
            @Schema(description = "The tiers; empty means all", examples = "[\"gold\"]")
            List<String> tiers,

            @Schema(description = "Points", minimum = "0", examples = "100")
            long points) {}

    @Schema(name = "Version", description = "A version of a program.")
    record VersionView(
            @Schema(description = "Its number, from 1", minimum = "1", examples = "2")
            int version,

            @Schema(description = "When it takes effect", examples = "2026-11-21T12:00:00Z")
            Instant effectiveFrom,

            @Schema(
                    description = "The version that it replaces also for the past; null if none",
                    minimum = "1",
                    examples = "1",
                    nullable = true)
            @Nullable
            Integer corrects,

            @Schema(description = "Why it was published; null if not said", examples = "Winter", nullable = true)
            @Nullable
            String reason,

            @Schema(description = "When it was published", examples = "2026-11-21T11:59:55Z")
            Instant publishedAt,

            @Schema(description = "By whom; null if not known", examples = "ops", nullable = true) @Nullable
            String publishedBy) {
        static VersionView of(Object[] row) {
            return new VersionView(
                    (Integer) row[0], (Instant) row[1], (Integer) row[2], (String) row[3], (Instant) row[4], (String)
                            row[5]);
        }
    }

    @Schema(name = "VersionPage", description = "A page of a program's versions.")
    record PageView(
            @Schema(description = "Newest first") List<VersionView> items,

            @Schema(
                    description = "The cursor of the next page; null on the last page",
                    examples = "MTc",
                    nullable = true)
            @Nullable
            String cursor) {}

    @Schema(name = "PublishedVersion", description = "A version with its document.")
    record DocumentView(
            @JsonUnwrapped VersionView published,

            @Schema(
                    type = SchemaType.OBJECT,
                    description = "The document as it was published, to the letter",
                    additionalProperties = Schema.True.class,
                    examples = "{\"format\":\"stampede.program/1\"}")
            @JsonRawValue
            String document) {
        static DocumentView of(VersionRow row) {
            return new DocumentView(
                    new VersionView(
                            row.version, row.effectiveFrom, row.corrects, row.reason, row.publishedAt, row.publishedBy),
                    row.document);
        }
    }

    @Schema(name = "Publication", description = "A version that was published, or would be.")
    record PublicationView(
            @Schema(description = "Its number", minimum = "1", examples = "2")
            int version,

            @Schema(description = "When it takes effect", examples = "2026-11-21T12:00:00Z")
            Instant effectiveFrom,

            @Schema(
                    description = "What is different from the version before; empty for the first",
                    examples = "[\"earn rule base: rate.points 1 -> 2\"]")
            List<String> diff,

            @Schema(description = "Warnings: what looks wrong, and is published all the same")
            List<FindingView> findings) {}
}
