package dev.stampede.account;

import dev.stampede.award.Award;
import dev.stampede.award.Parts;
import dev.stampede.award.SettlementCheck;
import dev.stampede.award.Shared;
import dev.stampede.codec.PartsText;
import dev.stampede.codec.Taken;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a proposal gives back to stock, because holds end by it that took some, or a payment is undone. The call does
 * not say how much that is: Postgres checks it.
 */
final class GivenBack {
    private static final String RELEASE = "release";

    private GivenBack() {}

    /** Whether holds end by it, or it undoes something that may be a payment. */
    static boolean mayBe(Proposal proposal) {
        Decision decision = proposal.decision();
        boolean ends = decision.lapsed()
                && decision.entries().stream().anyMatch(entry -> entry.type().equals(RELEASE));
        boolean undoes = decision.target() != null
                && proposal.undo() == null
                && !(proposal.operation() instanceof Operation.Capture)
                && !"earn".equals(proposal.undoes());
        return decision.ok() && (ends || undoes);
    }

    /** An object of units by budgets, as Postgres checks it; null if nothing can come back. */
    static @Nullable String text(Proposal proposal) {
        return mayBe(proposal)
                ? of(proposal).entrySet().stream()
                        .map(back -> "\"" + back.getKey() + "\":" + back.getValue())
                        .collect(Collectors.joining(",", "{", "}"))
                : null;
    }

    /**
     * What it uses less than what it says that it takes, by budgets; without those where that is 0.
     *
     * @throws IllegalArgumentException if what it tells cannot be read
     */
    private static SortedMap<Integer, Long> of(Proposal proposal) {
        String parts = proposal.settles() ? proposal.decision().parts() : null;
        return of(proposal, parts == null ? null : PartsText.read(parts));
    }

    /**
     * The same of a proposal of which the parts were read.
     *
     * @param parts what it has settled; null if it settles no award
     */
    static SortedMap<Integer, Long> of(Proposal proposal, @Nullable Parts parts) {
        SortedMap<Integer, Long> back = new TreeMap<>();
        Operation operation = proposal.operation();
        Decision decision = proposal.decision();
        Award award = operation.award();
        if (decision.ok() && operation.claim() != null && decision.told() != null) {
            add(back, Taken.read(decision.told()).uses(), 1);
        } else if (award != null && award.shares() && parts != null) {
            back.putAll(SettlementCheck.uses(award, parts));
        } else if (decision.ok() && proposal.undo() != null) {
            add(back, proposal.undo().uses(), -1);
        }
        decision.uses().forEach(use -> back.merge(use.budget(), -use.units(), Long::sum));
        back.values().removeIf(units -> units == 0);
        return back;
    }

    private static void add(SortedMap<Integer, Long> sum, List<Parts.Use> uses, long sign) {
        for (Parts.Use use : uses) {
            int total = Shared.idOf(use.counter());
            if (total != 0) {
                sum.merge(total, sign * use.left(), Long::sum);
            }
        }
    }
}
