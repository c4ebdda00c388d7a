package dev.stampede.simulate;

import dev.stampede.document.Budget;
import dev.stampede.document.CountedAs;
import dev.stampede.document.ProgramDocument;
import dev.stampede.http.view.FindingView;
import dev.stampede.points.PointLimits;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.TreeSet;
import java.util.UUID;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

@Schema(name = "Simulation", description = "A draft of a program beside what was given in a period.")
record SimulationView(
        @Schema(description = "Its id. Only the gateway that runs it knows it")
        UUID id,

        @Schema(description = "The program", examples = "coffee")
        String program,

        @Schema(
                description = "Whether it runs, or how it ended",
                enumeration = {"running", "done", "failed", "cancelled"},
                examples = "done")
        String state,

        @Schema(description = "The beginning of the period", examples = "2026-11-01T00:00:00Z")
        Instant from,

        @Schema(description = "The end of the period, which does not belong to it", examples = "2026-12-01T00:00:00Z")
        Instant to,

        @Schema(description = "When it was asked for", examples = "2026-12-01T09:00:00Z")
        Instant startedAt,

        @Schema(description = "How far it is") ProgressView progress,

        @Schema(
                description = "Why it failed or was cancelled; null otherwise",
                nullable = true,
                examples = "It was cancelled.")
        @Nullable
        String detail,

        @Schema(description = "Warnings about the document") List<FindingView> findings,

        @Schema(
                description = "Until when the Postgres that is read has operations, if that is before the end of the"
                        + " period: a standby that lags. The rest of the period is missing. By the real clock; null"
                        + " if nothing is missing, or if it is not known yet",
                nullable = true,
                examples = "2026-11-30T23:59:12Z")
        @Nullable
        Instant dataUntil,

        @Schema(description = "What came of it; null unless it is done", nullable = true) @Nullable
        ResultView result) {
    /** Of what can be taken back, too. */
    private static final String LEAST = "-" + PointLimits.MAX;

    @Schema(name = "SimulationProgress", description = "How far a simulation is.")
    record ProgressView(
            @Schema(
                    description = "Accounts that were looked at. Where a budget runs out, each is looked at twice",
                    minimum = "0",
                    examples = "1200")
            long accounts,

            @Schema(description = "How many will be: an estimate", minimum = "0", examples = "2000")
            long estimatedAccounts,

            @Schema(description = "Operations that were read", minimum = "0", examples = "34000")
            long operations) {}

    @Schema(
            name = "SimulationResult",
            description = "A period as it was sealed (`before`), and under the draft (`after`).")
    record ResultView(
            @Schema(description = "Operations of the period that were done", minimum = "0", examples = "34000")
            long operations,

            @Schema(description = "Those that the draft was asked to price", minimum = "0", examples = "31000")
            long priced,

            @Schema(description = "As it was sealed") TotalsView before,

            @Schema(description = "Under the draft") TotalsView after,

            @Schema(description = "Members who did something in the period")
            MembersView members,

            @Schema(
                    description = "By what gave the points: `base:` an earn rule, `tier:` a level, `promotion:` a"
                            + " promotion. `not_reproduced` is the difference to what was sealed where"
                            + " `notReproduced` is above 0")
            List<RuleView> rules,

            @Schema(description = "By tier; a single one without a name where the program has none")
            List<TierView> tiers,

            @Schema(description = "By local day of the draft's time zone")
            List<DayView> days,

            @Schema(description = "The draft's budgets") List<BudgetView> budgets,

            @Schema(description = "Redeems and holds that were made, and that the draft would have declined")
            SomeView declinedRedeems,

            @Schema(description = "Earns that the draft has no price for: they give nothing")
            SomeView notPriced,

            @Schema(
                    description = "Operations that did not come to what was sealed when they were computed again. If"
                            + " there are any, `after` is in doubt")
            SomeView notReproduced) {}

    @Schema(name = "SimulationTotals", description = "All points of a simulated period.")
    record TotalsView(
            @Schema(description = "Points earned, less those taken back", minimum = LEAST, examples = "120000")
            long earned,

            @Schema(description = "Points paid with, less those given back", minimum = LEAST, examples = "80000")
            long redeemed,

            @Schema(
                    description = "Points that the members who did something in the period have at its end, also on"
                            + " hold and pending",
                    minimum = "0",
                    examples = "540000")
            long outstanding,

            @Schema(description = "Points that they owe", minimum = "0", examples = "0")
            long debt,

            @Schema(
                    implementation = String.class,
                    description = "What the outstanding points are worth by the first redeem rule that always holds, in"
                            + " the program's currency; null if there is none",
                    nullable = true,
                    examples = "5400.00")
            @Nullable
            String liability) {}

    @Schema(name = "SimulationMembers", description = "Members by whether they earn more or less.")
    record MembersView(
            @Schema(description = "All of them", minimum = "0", examples = "1800")
            long count,

            @Schema(description = "Those who earn more under the draft", minimum = "0", examples = "900")
            long up,

            @Schema(description = "Those who earn less", minimum = "0", examples = "40")
            long down,

            @Schema(description = "Those who earn the same", minimum = "0", examples = "860")
            long same,

            @Schema(description = "The ten who gain most, the largest first")
            List<MovedView> largestUp,

            @Schema(description = "The ten who lose most, the largest first")
            List<MovedView> largestDown) {}

    @Schema(name = "SimulationMember", description = "What a member earns in a simulated period.")
    record MovedView(
            @Schema(description = "The account", examples = "m-1")
            String account,

            @Schema(description = "Points earned as it was sealed", minimum = LEAST, examples = "120")
            long before,

            @Schema(description = "Points earned under the draft", minimum = LEAST, examples = "180")
            long after) {}

    @Schema(name = "SimulationRule", description = "What a rule gave in a simulated period.")
    record RuleView(
            @Schema(description = "The rule", examples = "promotion:double-stars")
            String rule,

            @Schema(description = "Points as it was sealed, less those taken back", minimum = LEAST, examples = "4000")
            long before,

            @Schema(description = "Points under the draft, less those taken back", minimum = LEAST, examples = "8000")
            long after) {}

    @Schema(name = "SimulationTier", description = "What the members of a tier earned in a simulated period.")
    record TierView(
            @Schema(
                    description = "The tier that they held then; null where there is none",
                    nullable = true,
                    examples = "gold")
            @Nullable
            String tier,

            @Schema(description = "Points as it was sealed", minimum = LEAST, examples = "70000")
            long earnedBefore,

            @Schema(description = "Points under the draft", minimum = LEAST, examples = "90000")
            long earnedAfter,

            @Schema(description = "Members who have it at the end, as it was sealed", minimum = "0", examples = "300")
            long membersBefore,

            @Schema(description = "Members who have it at the end, under the draft", minimum = "0", examples = "320")
            long membersAfter) {}

    @Schema(name = "SimulationDay", description = "A day of a simulated period.")
    record DayView(
            @Schema(description = "The day", examples = "2026-11-27")
            LocalDate on,

            @Schema(description = "Points earned as it was sealed", minimum = LEAST, examples = "9000")
            long earnedBefore,

            @Schema(description = "Points earned under the draft", minimum = LEAST, examples = "12000")
            long earnedAfter,

            @Schema(description = "Points paid with as it was sealed", minimum = LEAST, examples = "4000")
            long redeemedBefore,

            @Schema(description = "Points paid with under the draft", minimum = LEAST, examples = "4000")
            long redeemedAfter) {}

    @Schema(name = "SimulationBudget", description = "What of a budget would have been used in a simulated period.")
    record BudgetView(
            @Schema(description = "The id of the budget", examples = "holiday")
            String budget,

            @Schema(
                    description = "What it counts",
                    enumeration = {"points", "uses"},
                    examples = "points")
            String of,

            @Schema(description = "All of it, in the draft", minimum = "0", examples = "100000")
            long total,

            @Schema(description = "What was used of it before the period", minimum = LEAST, examples = "20000")
            long usedEarlier,

            @Schema(description = "What was used in the period, as it was sealed", minimum = LEAST, examples = "30000")
            long usedBefore,

            @Schema(
                    description = "What would have been used in the period, under the draft",
                    minimum = LEAST,
                    examples = "80000")
            long usedAfter,

            @Schema(
                    description = "When it ran out, as it was sealed; null if it did not",
                    nullable = true,
                    examples = "2026-11-28T10:00:00Z")
            @Nullable
            Instant ranOutBefore,

            @Schema(
                    description = "When it would have run out, under the draft, to a ten-thousandth of the period; null"
                            + " if it would not",
                    nullable = true,
                    examples = "2026-11-27T18:00:00Z")
            @Nullable
            Instant ranOutAfter) {}

    @Schema(name = "SimulationOperations", description = "Some operations of a simulated period.")
    record SomeView(
            @Schema(description = "How many", minimum = "0", examples = "12")
            long count,

            @Schema(
                    description = "What they moved, in points; 0 where that is not known",
                    minimum = "0",
                    examples = "3400")
            long points,

            @Schema(
                    type = SchemaType.OBJECT,
                    description = "How many, by the code of the refusal",
                    additionalProperties = Schema.True.class,
                    examples = "{\"insufficient_points\":12}")
            Map<String, Long> codes,

            @Schema(description = "The ids of the first ten")
            List<UUID> operations) {}

    static SimulationView of(Simulation simulation) {
        Simulation.End end = simulation.end();
        return new SimulationView(
                simulation.id,
                simulation.program,
                end.state().name().toLowerCase(Locale.ROOT),
                simulation.from,
                simulation.to,
                simulation.startedAt,
                new ProgressView(simulation.accounts(), simulation.estimatedAccounts(), simulation.operations()),
                end.why(),
                simulation.findings,
                simulation.dataUntil(),
                end.result());
    }

    static ResultView result(Simulation simulation, ProgramDocument draft, Simulation.Result result) {
        Comparison found = result.comparison();
        Totals before = found.before;
        Totals after = found.after;
        List<RuleView> rules = new ArrayList<>();
        for (String rule : union(before.rules.keySet(), after.rules.keySet())) {
            rules.add(new RuleView(rule, before.rules.getOrDefault(rule, 0L), after.rules.getOrDefault(rule, 0L)));
        }
        List<TierView> tiers = new ArrayList<>();
        for (String tier : union(before.tiers.keySet(), after.tiers.keySet())) {
            Totals.Row was = before.tiers.getOrDefault(tier, new Totals.Row());
            Totals.Row is = after.tiers.getOrDefault(tier, new Totals.Row());
            tiers.add(new TierView(tier.isEmpty() ? null : tier, was.earned, is.earned, was.members, is.members));
        }
        List<DayView> days = new ArrayList<>();
        for (Long day : union(before.days.keySet(), after.days.keySet())) {
            Totals.Row was = before.days.getOrDefault(day, new Totals.Row());
            Totals.Row is = after.days.getOrDefault(day, new Totals.Row());
            days.add(new DayView(LocalDate.ofEpochDay(day), was.earned, is.earned, was.redeemed, is.redeemed));
        }
        return new ResultView(
                found.operations,
                found.priced,
                totals(before, result.liabilityBefore()),
                totals(after, result.liabilityAfter()),
                new MembersView(
                        found.members,
                        found.membersUp,
                        found.membersDown,
                        found.members - found.membersUp - found.membersDown,
                        moved(found.up),
                        moved(found.down)),
                rules,
                tiers,
                days,
                draft.budgets().stream()
                        .map(budget -> budget(simulation, result, budget))
                        .toList(),
                some(found.declined, found.declinedPoints),
                some(found.notPriced, 0),
                some(found.notReproduced, 0));
    }

    private static <K extends Comparable<K>> TreeSet<K> union(Collection<K> one, Collection<K> other) {
        TreeSet<K> all = new TreeSet<>(one);
        all.addAll(other);
        return all;
    }

    private static TotalsView totals(Totals of, @Nullable BigDecimal liability) {
        return new TotalsView(
                of.earned, of.redeemed, of.outstanding, of.debt, liability == null ? null : liability.toPlainString());
    }

    private static List<MovedView> moved(PriorityQueue<Comparison.Moved> of) {
        return Comparison.largestFirst(of).stream()
                .map(each -> new MovedView(each.account(), each.before(), each.after()))
                .toList();
    }

    private static BudgetView budget(Simulation simulation, Simulation.Result result, Budget budget) {
        Comparison found = result.comparison();
        int number = found.number(budget);
        long earlier = result.usedEarlier().getOrDefault(number, 0L);
        long left = budget.total() - earlier;
        Usage none = new Usage(simulation.from.toEpochMilli(), simulation.to.toEpochMilli());
        Usage before = found.usedBefore.getOrDefault(number, none);
        Usage after = found.usedAfter.getOrDefault(number, none);
        return new BudgetView(
                budget.id(),
                budget.of() == CountedAs.USES ? "uses" : "points",
                budget.total(),
                earlier,
                before.used(),
                after.used(),
                instant(before.ranOutMs(left)),
                instant(after.ranOutMs(left)));
    }

    private static @Nullable Instant instant(@Nullable Long ms) {
        return ms == null ? null : Instant.ofEpochMilli(ms);
    }

    private static SomeView some(Comparison.Some of, long points) {
        return new SomeView(of.count, points, of.codes, of.first);
    }
}
