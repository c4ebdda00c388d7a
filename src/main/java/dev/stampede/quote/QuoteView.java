package dev.stampede.quote;

import dev.stampede.award.Award;
import dev.stampede.award.DayNumbers;
import dev.stampede.award.MemberState;
import dev.stampede.award.Parts;
import dev.stampede.award.Settled;
import dev.stampede.award.Settlement;
import dev.stampede.gateway.SharedTotals;
import dev.stampede.http.view.BudgetStateView;
import dev.stampede.http.view.MemberView;
import dev.stampede.http.view.MemberView.GiftView;
import dev.stampede.http.view.OperationView.ExplanationView;
import dev.stampede.points.PointLimits;
import dev.stampede.rules.Call;
import dev.stampede.rules.CompiledProgram;
import dev.stampede.rules.Explanation;
import dev.stampede.rules.Held;
import dev.stampede.rules.LotDays;
import java.time.LocalDate;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/** What an earn would do. */
@Schema(name = "Quote", description = "What an earn would give. Nothing has moved, and nothing is reserved.")
record QuoteView(
        @Schema(
                description = "The version that prices it; null for a document that is not published",
                minimum = "1",
                examples = "1",
                nullable = true)
        @Nullable
        Integer programVersion,

        @Schema(
                description = "Points that would be given",
                minimum = "0",
                maximum = "" + PointLimits.MAX,
                examples = "42")
        long points,

        @Schema(
                description = "The tier that the member holds; null where the program has none",
                examples = "silver",
                nullable = true)
        @Nullable
        String tier,

        @Schema(
                description = "The tier that he would have afterwards; null where the program has none",
                examples = "gold",
                nullable = true)
        @Nullable
        String reached,

        @Schema(
                type = SchemaType.OBJECT,
                description = "By how much each measure would grow; money as a decimal in quotes",
                additionalProperties = Schema.True.class,
                examples = "{\"stars\":42}")
        Map<String, Object> measures,

        @Schema(description = "Rewards that he would be given")
        List<GiftView> gifts,

        @Schema(description = "What gives how much, and which promotions don't, and why")
        List<ExplanationView> explanation,

        @Schema(
                description = "How much is left of the budget of each promotion that is open to the purchase and has"
                        + " one")
        List<BudgetStateView> budgets,

        @Schema(
                description = "The last day on which the points would count; null if they never expire",
                nullable = true)
        @Nullable
        LocalDate expiresOn,

        @Schema(description = "The day from which the points would be available, if not at once", nullable = true)
        @Nullable
        LocalDate availableOn) {

    /**
     * The quote of a call.
     *
     * @param version null for a document that is not published
     * @param present what is in force at the decision
     * @param atMs when it happens, in ms since the epoch
     * @param nowMs when it is decided
     * @param member as he was when he was last seen
     * @param enrolled whether there is an account
     * @param totals what is left of budgets
     * @throws dev.stampede.points.Unpriceable if it has no price
     */
    static QuoteView of(
            CompiledProgram program,
            @Nullable Integer version,
            Call call,
            long atMs,
            long nowMs,
            CompiledProgram present,
            MemberState member,
            boolean enrolled,
            SharedTotals totals) {
        String id = program.document().program();
        Award award = program.price(call, atMs, nowMs, nowMs, present);
        Settled settled = Settlement.settle(totals.sharing(id, award), member, enrolled);
        LotDays days = program.lotDays(nowMs, present.zone());
        boolean tiered = program.document().tiers() != null;
        return new QuoteView(
                version,
                settled.points(),
                tiered ? program.levelIds().get(settled.level()) : null,
                tiered ? program.levelIds().get(settled.reached()) : null,
                measures(settled.parts().measures(), program),
                settled.parts().shares().stream().flatMap(QuoteView::gift).toList(),
                Stream.of(
                                Explanation.of(settled.explanation()),
                                Explanation.whyNot(program.whyNot(call, atMs, nowMs, Held.in(settled))))
                        .flatMap(List::stream)
                        .map(ExplanationView::of)
                        .toList(),
                BudgetStateView.of(totals, id, award),
                days.on() == DayNumbers.FOREVER ? null : LocalDate.ofEpochDay(days.on()),
                days.matures() == null ? null : LocalDate.ofEpochDay(days.matures()));
    }

    private static Map<String, Object> measures(List<Parts.Measured> grown, CompiledProgram program) {
        Map<String, Object> measures = new LinkedHashMap<>();
        grown.forEach(each -> measures.put(each.measure(), MemberView.told(program, each.measure(), each.value())));
        return measures;
    }

    private static Stream<GiftView> gift(Parts.Share share) {
        return share.gift() == null || share.gifts() == 0
                ? Stream.empty()
                : Stream.of(new GiftView(
                        share.gift().reward(),
                        share.gifts(),
                        LocalDate.ofEpochDay(share.gift().until())));
    }
}
