package dev.stampede.gateway;

import dev.stampede.account.Operation;
import dev.stampede.award.Award;
import dev.stampede.award.Claim;
import dev.stampede.award.Shared;
import dev.stampede.seal.BudgetBook;
import java.util.Locale;
import java.util.function.IntToLongFunction;

/**
 * Prices operations by what is left of the totals that all members share. Only where too little is left for everything
 * that an operation could use, is that said to it: otherwise the ledger decides when it seals.
 */
public final class SharedTotals {
    static final String UNKNOWN = "The program's budgets are not known yet. Try again later.";

    private final BudgetBook book;

    SharedTotals(BudgetBook book) {
        this.book = book;
    }

    /** Whether all totals of the operation have a number: a version is known a moment before its budgets. */
    boolean knows(Operation operation) {
        String program = operation.account().program();
        Award award = operation.award();
        Claim claim = operation.claim();
        return (award == null
                        || award.candidates().stream()
                                .allMatch(each -> each.budget() == null || number(program, each.budget()) != 0))
                && (claim == null || claim.stock() == null || number(program, claim.stock()) != 0);
    }

    private int number(String program, Shared total) {
        Integer number = book.number(program, total.kind().name().toLowerCase(Locale.ROOT), total.name());
        return number == null ? 0 : number;
    }

    /** @param most what is left of a total at most, by its number, beside what is known of it */
    Operation sharing(Operation operation, IntToLongFunction most) {
        String program = operation.account().program();
        Award award = operation.award();
        return operation.sharing(total -> known(program, total, award == null ? 1 : award.most(total), most));
    }

    /** An award as it would be priced now. */
    public Award sharing(String program, Award award) {
        return award.sharing(total -> known(program, total, award.most(total), number -> Long.MAX_VALUE));
    }

    /** A claim as it would be priced now. */
    public Claim sharing(String program, Claim claim) {
        return claim.sharing(total -> known(program, total, 1, number -> Long.MAX_VALUE));
    }

    private Shared known(String program, Shared total, long wanted, IntToLongFunction most) {
        int number = number(program, total);
        long left = Math.min(book.left(number), most.applyAsLong(number));
        return total.of(number, left < wanted ? Long.valueOf(left) : null);
    }
}
