package dev.stampede.rules;

import dev.stampede.award.DayNumbers;
import dev.stampede.award.LevelRules;
import dev.stampede.document.Measure;
import dev.stampede.document.ProgramDocument;
import dev.stampede.document.Tiers;
import java.util.ArrayList;
import java.util.List;

/**
 * The levels of a programme: as rules for the settlement, and what each adds to the base.
 *
 * @param ids lowest first; a single "" where the programme has none
 * @param extra for each level its multiplier - 1; 0 or more
 */
record LevelTable(List<String> ids, List<Exact> extra, LevelRules rules) {
    /** The year from which calendar periods are counted; it matters only if a year is no multiple of the period. */
    private static final int ANCHOR_YEAR = 2000;

    LevelTable {
        ids = List.copyOf(ids);
        extra = List.copyOf(extra);
    }

    static LevelTable of(ProgramDocument document) {
        Tiers tiers = document.tiers();
        if (tiers == null) {
            return new LevelTable(List.of(""), List.of(Exact.ZERO), LevelRules.NONE);
        }
        List<String> ids = new ArrayList<>();
        List<Exact> extra = new ArrayList<>();
        List<LevelRules.Level> levels = new ArrayList<>();
        for (Tiers.Level level : tiers.levels()) {
            ids.add(level.id());
            extra.add(Exact.of(level.multiplier()).minus(Exact.ONE).max(Exact.ZERO));
            levels.add(level(level, document));
        }
        return new LevelTable(ids, extra, rules(tiers, levels));
    }

    private static LevelRules rules(Tiers tiers, List<LevelRules.Level> levels) {
        LevelRules.Cycle cycle = LevelRules.Cycle.ROLLING;
        long anchor = 0;
        if (tiers.period() instanceof Tiers.Period.Calendar calendar) {
            cycle = LevelRules.Cycle.CALENDAR;
            anchor = DayNumbers.day(
                    ANCHOR_YEAR,
                    calendar.startsOn().getMonthValue(),
                    calendar.startsOn().getDayOfMonth());
        } else if (tiers.period() instanceof Tiers.Period.Anniversary) {
            cycle = LevelRules.Cycle.ANNIVERSARY;
        }
        boolean toNextPeriod = false;
        long graceDays = 0;
        long validMonths = 0;
        if (tiers.validity() instanceof Tiers.Validity.Until until) {
            toNextPeriod = until.until() == Tiers.End.NEXT_PERIOD_END;
            graceDays = until.graceDays();
        } else {
            validMonths = ((Tiers.Validity.Months) tiers.validity()).months();
        }
        return new LevelRules(
                cycle,
                anchor,
                tiers.period().months(),
                toNextPeriod,
                graceDays,
                validMonths,
                switch (tiers.downgrade()) {
                    case KEEP -> LevelRules.Downgrade.KEEP;
                    case ONE_DOWN -> LevelRules.Downgrade.ONE_DOWN;
                    case REQUALIFIED -> LevelRules.Downgrade.REQUALIFIED;
                },
                tiers.onReversal() == Tiers.OnReversal.LOWER,
                levels);
    }

    private static LevelRules.Level level(Tiers.Level level, ProgramDocument document) {
        if (level.qualify() instanceof Tiers.Qualify.All all) {
            return new LevelRules.Level(level.id(), true, thresholds(all.thresholds(), document));
        } else if (level.qualify() instanceof Tiers.Qualify.Any any) {
            return new LevelRules.Level(level.id(), false, thresholds(any.thresholds(), document));
        }
        return new LevelRules.Level(level.id(), false, List.of());
    }

    private static List<LevelRules.Threshold> thresholds(List<Tiers.Threshold> from, ProgramDocument document) {
        return from.stream()
                .map(each -> {
                    boolean isMoney = document.measures().stream()
                            .anyMatch(measure -> measure instanceof Measure.Amount
                                    && measure.id().equals(each.measure()));
                    long atLeast = isMoney
                            ? Minor.of(each.atLeast(), document.currency())
                            : each.atLeast().longValueExact();
                    return new LevelRules.Threshold(each.measure(), atLeast);
                })
                .toList();
    }

    int size() {
        return ids.size();
    }

    /** @return -1 if there is none of that id */
    int index(String id) {
        return ids.indexOf(id);
    }
}
