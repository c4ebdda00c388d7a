package dev.stampede.seal;

import dev.stampede.account.BudgetUse;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What is left of shared totals, as far as this gateway knows. It can be more than there is, never less for longer than
 * until the next poll: only the ledger's word decides. Used from all event loops.
 */
public final class BudgetBook {
    private final Map<Integer, Long> known = new ConcurrentHashMap<>();

    /** The ledger has looked at all parts of a budget. */
    void left(int budget, long units) {
        known.put(budget, units);
    }

    /** Operations were sealed that use so much. */
    void used(List<BudgetUse> uses) {
        for (BudgetUse use : uses) {
            known.computeIfPresent(use.budget(), (budget, left) -> left - Math.max(0, use.units()));
        }
    }
}
