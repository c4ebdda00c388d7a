package dev.stampede.rules;

import dev.stampede.award.Award;
import dev.stampede.award.LineText;
import dev.stampede.document.Rate;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * A purchase whose lines have found their earn rules.
 *
 * @param amount money of the whole purchase, in the smallest unit
 * @param lines all of them, those that the caller listed first; each with its rule
 * @param listed how many the caller listed
 * @param eligible the lines that are not outside of everything
 */
record Basket(long amount, List<Priced> lines, int listed, List<Line> eligible) {
    /** Marks are the bits of one number that Lua holds exactly; stamps beyond them go back only with the whole. */
    private static final int MOST_MARKS = 52;

    /** So few lines need no more room than there is, whatever they are. */
    private static final int ALWAYS_FIT = 100;

    static final Basket NONE = new Basket(0, List.of(), 0);

    Basket(long amount, List<Priced> lines, int listed) {
        this(
                amount,
                List.copyOf(lines),
                listed,
                lines.stream().filter(Priced::isEligible).map(Priced::line).toList());
    }

    /** @param rule the position of the first earn rule that matches; -1 if none does */
    record Priced(Line line, int rule, boolean isEligible) {}

    /** Money, in the smallest unit. */
    long eligibleAmount() {
        long sum = 0;
        for (Line line : eligible) {
            sum += line.minor();
        }
        return sum;
    }

    /** The eligible lines of each rule, for which a condition holds; a rule without such a line has none. */
    List<List<Line>> byRule(int rules, Predicate<Line> which) {
        List<List<Line>> of = new ArrayList<>();
        for (int i = 0; i < rules; i++) {
            of.add(new ArrayList<>());
        }
        for (Priced each : lines) {
            if (each.isEligible() && which.test(each.line())) {
                of.get(each.rule()).add(each.line());
            }
        }
        return of;
    }

    static boolean isEligible(Rate rate) {
        return !(rate instanceof Rate.None);
    }

    /**
     * What a reversal must know. Lines that would need too much room are left out: such a purchase can be given back
     * whole, by amount or by points, but not by items.
     *
     * @param stamped for each promotion with progress, to which lines it belongs
     */
    Award.Basket forReversal(List<Predicate<Line>> stamped) {
        boolean byMoney =
                lines.stream().anyMatch(each -> each.isEligible() && each.line().minor() > 0);
        List<Award.Line> out = new ArrayList<>();
        // where nothing was listed there is nothing to return by line; a rest that was not listed is the last line
        for (Priced each : listed == 0 ? List.<Priced>of() : lines) {
            long marks = 0;
            long weight = 0;
            if (each.isEligible()) {
                weight =
                        byMoney ? Math.max(0, each.line().minor()) : each.line().thousandths();
                for (int i = 0; i < Math.min(MOST_MARKS, stamped.size()); i++) {
                    marks |= stamped.get(i).test(each.line()) && each.line().isBought() ? 1L << i : 0;
                }
            }
            out.add(new Award.Line(weight, each.line().thousandths(), marks));
        }
        boolean fit = out.size() <= ALWAYS_FIT || LineText.write(out).length() <= LineText.MOST_CHARACTERS;
        return new Award.Basket(amount, eligibleAmount(), fit ? out : List.of());
    }
}
