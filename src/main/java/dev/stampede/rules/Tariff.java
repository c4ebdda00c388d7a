package dev.stampede.rules;

import dev.stampede.document.ProgramDocument.Scope;
import dev.stampede.document.Rate;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A rate, with the numbers of each level. Exact until it is rounded down: once for all lines, or once for each. */
final class Tariff {
    private final Rate rate;
    private final boolean perLine;
    private final List<Step> steps;

    /** So many points per so much. */
    private record Step(long points, Exact per) {}

    /** @param levels the ids of the levels; a single "" where the programme has none */
    Tariff(Rate rate, Scope scope, List<String> levels) {
        this.rate = rate;
        this.perLine = scope == Scope.LINE;
        this.steps = levels.stream().map(level -> step(rate, level)).toList();
    }

    private static Step step(Rate rate, String level) {
        if (rate instanceof Rate.ByAmount by) {
            return step(by.points(), by.per(), by.byTier(), level);
        } else if (rate instanceof Rate.ByQuantity by) {
            return step(by.points(), by.per(), by.byTier(), level);
        } else if (rate instanceof Rate.ByAttribute by) {
            return step(by.points(), by.per(), by.byTier(), level);
        } else if (rate instanceof Rate.ByOperation by) {
            return new Step(by.points(), Exact.ONE);
        }
        return new Step(0, Exact.ONE);
    }

    private static Step step(long points, BigDecimal per, List<Rate.TierRate> byTier, String level) {
        for (Rate.TierRate tier : byTier) {
            if (tier.tiers().contains(level)) {
                return new Step(tier.points(), Exact.of(tier.per()));
            }
        }
        return new Step(points, Exact.of(per));
    }

    /** Points for these lines at a level: 0 or more. */
    BigInteger points(List<Line> lines, int level) {
        if (lines.isEmpty()) {
            return BigInteger.ZERO;
        }
        Step step = steps.get(level);
        if (rate instanceof Rate.ByOperation) {
            return lines.stream().anyMatch(Line::isBought) ? BigInteger.valueOf(step.points()) : BigInteger.ZERO;
        }
        BigInteger points = BigInteger.ZERO;
        if (perLine) {
            for (Line line : lines) {
                points = points.add(rounded(value(line, step), step));
            }
        } else {
            Exact sum = Exact.ZERO;
            for (Line line : lines) {
                sum = sum.plus(value(line, step));
            }
            points = rounded(sum, step);
        }
        return points.max(BigInteger.ZERO);
    }

    /** For amounts the number of {@code per}, for everything else points. */
    private Exact value(Line line, Step step) {
        if (rate instanceof Rate.ByAmount) {
            return Exact.of(line.amount()).per(step.per());
        } else if (!line.isBought()) {
            return Exact.ZERO;
        } else if (rate instanceof Rate.ByQuantity) {
            return Exact.of(line.thousandths(), 1000).per(step.per());
        } else if (rate instanceof Rate.ByAttribute by) {
            Exact exact = number(line, by.attribute())
                    .per(step.per())
                    .times(step.points())
                    .times(factor(line, by.factor()));
            return exact.sign() > 0 ? exact.max(Exact.of(by.minimum())) : exact;
        }
        return Exact.ZERO;
    }

    private BigInteger rounded(Exact value, Step step) {
        if (rate instanceof Rate.ByAttribute) {
            return value.floor();
        } else if (rate instanceof Rate.ByAmount by && by.units() == Rate.Units.WHOLE) {
            return value.floor().multiply(BigInteger.valueOf(step.points()));
        }
        return value.times(step.points()).floor();
    }

    private static Exact number(Line line, String attribute) {
        String text = line.attributes().get(attribute);
        return text == null ? Exact.ZERO : Exact.of(new BigDecimal(text));
    }

    private static Exact factor(Line line, Rate.@Nullable Factor factor) {
        if (factor == null) {
            return Exact.ONE;
        }
        String value = line.attributes().get(factor.attribute());
        BigDecimal of = value == null ? null : factor.table().get(value);
        return Exact.of(of == null ? factor.otherwise() : of);
    }
}
