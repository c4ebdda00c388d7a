package dev.stampede.rules;

import dev.stampede.document.ItemAttribute;
import dev.stampede.points.PointLimits;
import dev.stampede.points.Unpriceable;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Makes baskets of purchases: the rest that nobody listed becomes a line, and each line finds its earn rule. */
final class Baskets {
    private static final BigDecimal THOUSAND = BigDecimal.valueOf(1000);
    private static final long MOST_THOUSANDTHS = 1_000_000_000L;

    private final CompiledProgram program;

    Baskets(CompiledProgram program) {
        this.program = program;
    }

    /** @throws Unpriceable if the lines exceed the amount, or one of them can't be read */
    Basket of(Call.Purchase purchase) {
        List<Line> lines = new ArrayList<>();
        long sum = 0;
        for (Call.Item item : purchase.lines()) {
            Line line = line(item);
            lines.add(line);
            sum = Math.addExact(sum, line.minor());
        }
        long amount = amount(purchase, sum);
        checkAmount(amount, sum);
        int listed = lines.size();
        if (listed == 0 || amount > sum) {
            lines.add(rest(amount - sum));
        }
        Basket basket =
                priced(amount, lines, listed, program.earn(purchase.place().partner()));
        if (Math.abs(basket.eligibleAmount()) > PointLimits.MAX) {
            throw invalid("The lines are too large, or too far below 0.");
        }
        return basket;
    }

    /** Whether the lines can be read and fit the amount, of a purchase whose lines earn nothing of their own. */
    void check(Call.Purchase purchase) {
        long sum = 0;
        for (Call.Item item : purchase.lines()) {
            sum = Math.addExact(sum, line(item).minor());
        }
        checkAmount(amount(purchase, sum), sum);
    }

    /** The same for lines of a call whose points are stated. */
    void check(List<Call.Item> lines) {
        for (Call.Item item : lines) {
            var unused = line(item);
        }
    }

    private long amount(Call.Purchase purchase, long sum) {
        return purchase.amount() == null ? sum : Minor.checked(purchase.amount(), program.document.currency());
    }

    private static void checkAmount(long amount, long sum) {
        if (amount < 0) {
            throw invalid("amount, or the sum of items, is less than 0.");
        } else if (sum > amount) {
            throw invalid("items cost more than amount.");
        }
    }

    private long minor(Call.Item item) {
        return Minor.checked(item.amount(), program.document.currency());
    }

    private static Unpriceable invalid(String message) {
        return new Unpriceable(Unpriceable.Why.INVALID_AMOUNT, message);
    }

    private Line rest(long minor) {
        return new Line(null, Set.of(), Minor.major(minor, program.document.currency()), minor, 1000, Map.of());
    }

    private Line line(Call.Item item) {
        BigDecimal thousandths = item.quantity().multiply(THOUSAND);
        if (thousandths.signum() <= 0
                || thousandths.stripTrailingZeros().scale() > 0
                || thousandths.compareTo(BigDecimal.valueOf(MOST_THOUSANDTHS)) > 0) {
            throw invalid("A quantity is more than 0, at most 1000000, and has at most 3 decimals.");
        }
        item.attributes().forEach(this::check);
        return new Line(
                item.sku(),
                item.categories(),
                item.amount(),
                minor(item),
                thousandths.longValueExact(),
                item.attributes());
    }

    private void check(String attribute, String value) {
        ItemAttribute known = program.document.itemAttributes().stream()
                .filter(each -> each.id().equals(attribute))
                .findFirst()
                .orElseThrow(() -> new Unpriceable(
                        Unpriceable.Why.UNKNOWN_ATTRIBUTE, "There is no attribute " + attribute + " of lines."));
        boolean fits;
        if (known instanceof ItemAttribute.Code code) {
            fits = value.codePointCount(0, value.length()) <= code.maxLength();
        } else if (known instanceof ItemAttribute.Fraction fraction) {
            fits = isNumber(value, fraction.decimals(), fraction.max());
        } else {
            fits = isNumber(value, 0, ((ItemAttribute.Whole) known).max());
        }
        if (!fits) {
            throw invalid("The attribute " + attribute + " of a line can't be " + value + ".");
        }
    }

    private static boolean isNumber(String value, int decimals, long max) {
        if (!value.matches("[0-9]{1,12}(\\.[0-9]{1,6})?")) {
            return false;
        }
        BigDecimal number = new BigDecimal(value);
        return number.stripTrailingZeros().scale() <= decimals && number.compareTo(BigDecimal.valueOf(max)) <= 0;
    }

    private static Basket priced(long amount, List<Line> lines, int listed, List<CompiledProgram.Earn> rules) {
        List<Basket.Priced> out = new ArrayList<>();
        for (Line line : lines) {
            int rule = -1;
            for (int i = 0; i < rules.size() && rule < 0; i++) {
                if (matches(rules.get(i), line, lines)) {
                    rule = i;
                }
            }
            // a line for which there is no rule earns nothing, as if it were excluded
            out.add(new Basket.Priced(line, rule, rule >= 0 && rules.get(rule).tariff() != null));
        }
        return new Basket(amount, out, listed);
    }

    private static boolean matches(CompiledProgram.Earn rule, Line line, List<Line> all) {
        var match = rule.rule().match();
        return line.has(match) && (match.quantity() == null || Line.hold(match, all));
    }
}
