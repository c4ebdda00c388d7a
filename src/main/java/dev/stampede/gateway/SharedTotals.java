package dev.stampede.gateway;

import dev.stampede.account.BudgetUse;
import dev.stampede.account.Operation;
import dev.stampede.award.Award;
import dev.stampede.award.Candidate;
import dev.stampede.award.Claim;
import dev.stampede.award.Shared;
import dev.stampede.seal.BudgetBook;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.IntToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Prices operations by what is left of the totals that all members share. Only where too little is left for everything
 * that an operation could use, is that said to it: otherwise the ledger decides when it seals.
 */
public final class SharedTotals {
    static final String UNKNOWN = "The program's budgets are not known yet. Try again later.";

    private final BudgetBook book;

    public SharedTotals(BudgetBook book) {
        this.book = book;
    }

    /** Whether all totals of the operation have a number: a version is known a moment before its budgets. */
    boolean knows(Operation operation) {
        String program = operation.account().program();
        for (Shared total : totals(operation)) {
            if (number(program, total) == 0) {
                return false;
            }
        }
        return true;
    }

    private int number(String program, Shared total) {
        Integer number = book.number(program, total.kind().code(), total.name());
        return number == null ? 0 : number;
    }

    // --- In a write path -----------------------------------------------------------------------------

    /**
     * Starts to try for what the attempt's operation could use. Refuses that while others try for what is left: nobody
     * is told that nothing is left as long as those who try for it may not get it.
     */
    boolean startTrying(Attempt attempt) {
        stopTrying(attempt);
        Operation operation = attempt.operation;
        String program = operation.account().program();
        for (Shared total : totals(operation)) {
            int number = number(program, total);
            long wanted = wanted(operation, total);
            long units = Math.min(wanted, left(number, attempt::left));
            if (units < wanted) {
                book.lacked(number);
            }
            if (units > 0 && !attempt.tried().containsKey(number)) { // several promotions can share a budget
                if (!book.tries(number, units)) {
                    stopTrying(attempt);
                    return false;
                }
                attempt.tries(number, units);
            }
        }
        return true;
    }

    /** Of what it tried for, the attempt goes on with what its decided operation uses. */
    void decided(Attempt attempt, List<BudgetUse> uses) {
        if (attempt.tried().isEmpty()) {
            return;
        }
        attempt.tried().replaceAll((number, units) -> {
            long needless = Math.max(0, units - Math.max(0, used(uses, number)));
            book.ended(number, needless);
            return units - needless;
        });
    }

    /** The attempt has got what it tried for, or does not try any more. */
    void stopTrying(Attempt attempt) {
        if (!attempt.tried().isEmpty()) {
            attempt.tried().forEach(book::ended);
            attempt.tried().clear();
        }
    }

    /** What operations of this gateway try to get of a total now. */
    long tried(String program, Shared total) {
        return book.tried(number(program, total));
    }

    private static List<Shared> totals(Operation operation) {
        Award award = operation.award();
        Claim claim = operation.claim();
        if (award != null) {
            List<Shared> budgets = new ArrayList<>();
            for (Candidate each : award.candidates()) {
                if (each.budget() != null) {
                    budgets.add(each.budget());
                }
            }
            return budgets;
        }
        return claim == null || claim.stock() == null ? List.of() : List.of(claim.stock());
    }

    private static long wanted(Operation operation, Shared total) {
        Award award = operation.award();
        return award == null ? 1 : award.most(total);
    }

    /** @param most what is left of a total at most, by its number, beside what is known of it */
    Operation sharing(Operation operation, IntToLongFunction most) {
        String program = operation.account().program();
        return operation.sharing(
                total -> known(program, total, wanted(operation, total), number -> left(number, most)));
    }

    // --- What is told, and promises nothing ----------------------------------------------------------

    /** An award as it would be priced now. */
    public Award sharing(String program, Award award) {
        return award.sharing(total -> known(program, total, award.most(total), book::told));
    }

    /** How much is left of a budget. One that is not known yet is new: nothing is gone of it. */
    public Level level(String program, Shared total) {
        BudgetBook.Total known = book.total(program, total.kind().code(), total.name());
        return known == null ? Level.AVAILABLE : Level.of(known);
    }

    /**
     * How much is left of the stock of a reward for a member who would get a piece of it.
     *
     * @param uses of the operation by which he would: it can give back a piece at the same time
     */
    public Level level(String program, Shared stock, List<BudgetUse> uses) {
        BudgetBook.Total known = stock(program, stock.name());
        return known == null ? Level.AVAILABLE : Level.of(known.plus(1 - used(uses, known.number())));
    }

    private static long used(List<BudgetUse> uses, int number) {
        return uses.stream()
                .filter(use -> use.budget() == number)
                .mapToLong(BudgetUse::units)
                .sum();
    }

    /** The stock of a reward, with what is left of it at most; null if it has none, or it is not known yet. */
    public BudgetBook.@Nullable Total stock(String program, String reward) {
        return book.total(program, Shared.Kind.STOCK.code(), reward);
    }

    /**
     * The same for a member.
     *
     * @param back what his next operation gives back, by the numbers of totals
     */
    public BudgetBook.@Nullable Total stock(String program, String reward, Map<Integer, Long> back) {
        BudgetBook.Total known = stock(program, reward);
        return known == null ? null : known.plus(back.getOrDefault(known.number(), 0L));
    }

    /** Whether nothing is left of a reward for that member. */
    public boolean isOut(String program, String reward, Map<Integer, Long> back) {
        BudgetBook.Total known = stock(program, reward, back);
        return known != null && known.left() == 0;
    }

    /** How much is left of a total, in words. */
    public enum Level {
        AVAILABLE("available"),
        /** At most a twentieth is left. */
        NEARLY_EXHAUSTED("nearly exhausted"),
        EXHAUSTED("exhausted");

        private static final int NEARLY = 20;

        private final String text;

        Level(String text) {
            this.text = text;
        }

        public static Level of(BudgetBook.Total total) {
            if (total.left() == 0) {
                return EXHAUSTED;
            }
            return total.left() <= total.total() / NEARLY ? NEARLY_EXHAUSTED : AVAILABLE;
        }

        @Override
        public String toString() {
            return text;
        }
    }

    /** @param left what is left of a total at most, by its number */
    private Shared known(String program, Shared total, long wanted, IntToLongFunction left) {
        int number = number(program, total);
        long rest = left.applyAsLong(number);
        return total.of(number, rest < wanted ? Long.valueOf(rest) : null);
    }

    private long left(int number, IntToLongFunction most) {
        return Math.min(book.left(number), most.applyAsLong(number));
    }
}
