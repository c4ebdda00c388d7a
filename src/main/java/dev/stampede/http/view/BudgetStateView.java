package dev.stampede.http.view;

import dev.stampede.award.Award;
import dev.stampede.gateway.SharedTotals;
import java.util.List;
import java.util.stream.Stream;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** How much is left of the budget of a promotion. */
@Schema(name = "BudgetState", description = "How much is left of the budget of a promotion.")
public record BudgetStateView(
        @Schema(description = "The id of the promotion", examples = "double-stars")
        String promotion,

        @Schema(description = "The id of its budget, which other promotions can share", examples = "holiday")
        String budget,

        @Schema(
                description = "How much is left, as far as this gateway knows: `nearly exhausted` is at most 5 % of the"
                        + " total. A hint: nothing is reserved",
                enumeration = {"available", "nearly exhausted", "exhausted"},
                examples = "available")
        String state) {

    /** Of each promotion with a budget that is open to the purchase. */
    public static List<BudgetStateView> of(SharedTotals totals, String program, Award award) {
        return award.candidates().stream()
                .flatMap(each -> Stream.ofNullable(each.budget())
                        .map(budget -> new BudgetStateView(
                                each.promotion(),
                                budget.name(),
                                totals.level(program, budget).toString())))
                .toList();
    }
}
