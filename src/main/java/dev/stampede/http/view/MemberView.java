package dev.stampede.http.view;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.stampede.account.Image;
import dev.stampede.award.Gift;
import dev.stampede.award.Lapse;
import dev.stampede.award.MemberState;
import dev.stampede.award.Stamps;
import dev.stampede.award.Standing;
import dev.stampede.award.Streak;
import dev.stampede.award.Unit;
import dev.stampede.document.Give;
import dev.stampede.document.Measure;
import dev.stampede.document.ProgramDocument;
import dev.stampede.document.Progress;
import dev.stampede.document.Promotion;
import dev.stampede.document.Reward;
import dev.stampede.gateway.SharedTotals;
import dev.stampede.points.MemberPoints;
import dev.stampede.points.PointLimits;
import dev.stampede.program.InForce;
import dev.stampede.rules.CompiledProgram;
import dev.stampede.rules.Offer;
import dev.stampede.rules.Offers;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * What a member has in his program besides points, at a time: with all that time alone has changed, whether or not an
 * operation has recorded it. A part is null where the program has nothing of the kind.
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record MemberView(
        @Schema(description = "The member's tier; left out where the program has none", nullable = true) @Nullable
        TierView tier,

        @Schema(
                type = SchemaType.OBJECT,
                description = "What the member has collected in the current period (or in this month and the twelve"
                        + " before it), by measure: a number, or for money a decimal in quotes; left out where the"
                        + " program has no tiers",
                additionalProperties = Schema.True.class,
                examples = "{\"stars\":510}",
                nullable = true)
        @Nullable
        Map<String, Object> measures,

        @Schema(
                description = "The promotions that need several purchases; left out where the program has none",
                nullable = true)
        @Nullable
        List<ProgressView> progress,

        @Schema(
                description = "Rewards that the member has as gifts, those that end soonest first; left out where the"
                        + " program gives none",
                nullable = true)
        @Nullable
        List<GiftView> gifts,

        @Schema(
                description = "The cheapest reward that the member may have and has not the points for, and of which"
                        + " something is left as far as this gateway knows; left out where there is none",
                nullable = true)
        @Nullable
        NextRewardView nextReward) {

    /** A level as a member has it. */
    @Schema(name = "MemberTier", description = "A member's tier.")
    public record TierView(
            @Schema(description = "The tier's id", examples = "gold")
            String id,

            @Schema(description = "Its name", examples = "Gold")
            String name,

            @Schema(
                    description = "The last day on which the member has it for sure; null if it has no end",
                    nullable = true)
            @Nullable
            LocalDate until,

            @Schema(description = "Whether the member has it only because it was granted", examples = "false")
            boolean granted,

            @Schema(description = "The next tier that can be reached; null if there is none", nullable = true) @Nullable
            NextTierView next) {}

    /** A level that can be reached. */
    @Schema(name = "NextTier", description = "The next tier, and what is missing for it.")
    public record NextTierView(
            @Schema(description = "The tier's id", examples = "platinum")
            String id,

            @Schema(
                    description = "The last day of the period in which it can be reached; null where every month"
                            + " counts with the twelve before it",
                    nullable = true)
            @Nullable
            LocalDate by,

            @Schema(description = "What is missing of each measure; 0 where it is enough")
            List<MissingView> missing,

            @Schema(
                    description = "Whether one of the measures is enough (`any`) or all are needed (`all`)",
                    enumeration = {"any", "all"},
                    examples = "any")
            String of) {}

    /** How much of a measure is missing. */
    @Schema(name = "MissingMeasure", description = "How much of a measure is missing.")
    public record MissingView(
            @Schema(description = "The measure's id", examples = "stars")
            String measure,

            @Schema(
                    implementation = Object.class,
                    description = "A number, or for money a decimal in quotes",
                    examples = "340")
            Object missing) {}

    /** How far a member is with a promotion. */
    @Schema(name = "Progress", description = "How far a member is with a promotion that needs several purchases.")
    public record ProgressView(
            @Schema(description = "The promotion's id", examples = "ninth-free")
            String promotion,

            @Schema(
                    description = "All stamps so far; of days, weeks or months in a row, the length of the run that"
                            + " ends in this one or the one before, and that has not been rewarded",
                    minimum = "0",
                    examples = "10")
            long count,

            @Schema(description = "How often it has been completed", minimum = "0", examples = "1")
            long given,

            @Schema(description = "How many make it complete", minimum = "1", examples = "9")
            long target) {}

    /** Gifts of one kind. */
    @Schema(name = "Gift", description = "Rewards that the member need not pay.")
    public record GiftView(
            @Schema(description = "The reward's id", examples = "free-coffee")
            String reward,

            @Schema(description = "How many", minimum = "1", examples = "1")
            long count,

            @Schema(description = "The last day on which they can be used")
            LocalDate until) {}

    /** What a member can save for. */
    @Schema(name = "NextReward", description = "A reward, and how many points are missing for it.")
    public record NextRewardView(
            @Schema(description = "The reward's id", examples = "brewed")
            String reward,

            @Schema(
                    description = "The points that the member must still get, those that pay a debt included",
                    minimum = "1",
                    maximum = "" + PointLimits.MAX,
                    examples = "60")
            long missing) {}

    /**
     * What the member of that image has at {@code nowMs}.
     *
     * @param rules the version that is in force then
     * @param totals what is left of rewards, as it is known
     * @return null where the program has nothing besides points
     */
    public static @Nullable MemberView of(InForce.Rules rules, Image image, long nowMs, SharedTotals totals) {
        ProgramDocument document = rules.document();
        if (document.tiers() == null
                && document.promotions().isEmpty()
                && document.rewards().isEmpty()) {
            return null;
        }
        MemberPoints points = image.state().at(nowMs, rules.zone());
        PresentMember member = PresentMember.of(image, nowMs, rules.compiled().day(nowMs));
        return of(
                rules.compiled(),
                member.state(),
                points.available(),
                points.debt(),
                nowMs,
                reward -> reward.stock() != null && totals.isOut(document.program(), reward.id(), member.back()));
    }

    /**
     * @param last the member as he was when he was last seen
     * @param isOut whether nothing is left of a reward
     */
    static MemberView of(
            CompiledProgram program, MemberState last, long available, long debt, long nowMs, Predicate<Reward> isOut) {
        long today = program.day(nowMs);
        MemberState member = Lapse.at(last, program.levels(), today, program.backdateDays());
        ProgramDocument document = program.document();
        Standing standing =
                document.tiers() == null ? null : Standing.of(member, program.levels(), today, program.backdateDays());
        List<ProgressView> progress = progress(document, member, today);
        boolean givesRewards =
                document.promotions().stream().anyMatch(promotion -> promotion.give() instanceof Give.Gift);
        Offer next = document.rewards().isEmpty()
                ? null
                : Offers.of(program, member, nowMs).next(available, isOut);
        return new MemberView(
                standing == null ? null : tier(program, standing),
                standing == null || document.measures().isEmpty() ? null : measures(program, standing),
                progress.isEmpty() ? null : progress,
                givesRewards || !member.gifts().isEmpty() ? gifts(member.gifts()) : null,
                next == null
                        ? null
                        : new NextRewardView(next.reward(), Objects.requireNonNull(next.points()) + debt - available));
    }

    private static TierView tier(CompiledProgram program, Standing standing) {
        Standing.Next next = standing.next();
        return new TierView(
                program.levelIds().get(standing.level()),
                Objects.requireNonNull(program.document().tiers())
                        .levels()
                        .get(standing.level())
                        .name(),
                date(standing.until()),
                standing.granted(),
                next == null
                        ? null
                        : new NextTierView(
                                program.levelIds().get(next.level()),
                                date(next.by()),
                                next.missing().entrySet().stream()
                                        .map(each -> new MissingView(
                                                each.getKey(), told(program, each.getKey(), each.getValue())))
                                        .toList(),
                                next.all() ? "all" : "any"));
    }

    private static @Nullable LocalDate date(@Nullable Long day) {
        return day == null ? null : LocalDate.ofEpochDay(day);
    }

    private static Map<String, Object> measures(CompiledProgram program, Standing standing) {
        Map<String, Object> measures = new LinkedHashMap<>();
        for (Measure each : program.document().measures()) {
            measures.put(each.id(), told(program, each.id(), standing.sums().getOrDefault(each.id(), 0L)));
        }
        return measures;
    }

    /** A number of a measure as it is shown: money as a plain decimal. */
    public static Object told(CompiledProgram program, String measure, long number) {
        boolean isMoney = program.document().measures().stream()
                .anyMatch(each -> each instanceof Measure.Amount && each.id().equals(measure));
        int decimals = Math.max(0, program.currency().getDefaultFractionDigits());
        return isMoney ? BigDecimal.valueOf(number, decimals).toPlainString() : Long.valueOf(number);
    }

    private static List<ProgressView> progress(ProgramDocument document, MemberState member, long today) {
        List<ProgressView> progress = new ArrayList<>();
        for (Promotion promotion : document.promotions()) {
            if (promotion.progress() instanceof Progress.Streak steps) {
                Streak streak = member.streaks().getOrDefault(promotion.id(), Streak.NONE);
                long now = Unit.valueOf(steps.unit().name()).number(today);
                progress.add(new ProgressView(promotion.id(), streak.current(now), streak.given(), steps.target()));
            } else if (promotion.progress() instanceof Progress.Count card) {
                Stamps stamps = member.stamps().getOrDefault(promotion.id(), Stamps.NONE);
                progress.add(new ProgressView(promotion.id(), stamps.count(), stamps.given(), card.target()));
            }
        }
        return progress;
    }

    /** @param gifts those that end soonest first */
    private static List<GiftView> gifts(List<Gift> gifts) {
        Map<GiftView, Long> counts = new LinkedHashMap<>();
        gifts.forEach(gift ->
                counts.merge(new GiftView(gift.reward(), 1, LocalDate.ofEpochDay(gift.until())), 1L, Long::sum));
        return counts.entrySet().stream()
                .map(each -> new GiftView(
                        each.getKey().reward(), each.getValue(), each.getKey().until()))
                .toList();
    }
}
