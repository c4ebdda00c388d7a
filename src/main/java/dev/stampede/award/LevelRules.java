package dev.stampede.award;

import java.util.List;
import java.util.Map;

/**
 * How members reach levels and lose them.
 *
 * @param anchor a day on which a calendar period starts; not used by the other cycles
 * @param months the length of a period
 * @param toNextPeriod whether a level lasts to the end of the next period; otherwise to the end of its own
 * @param graceDays days that it lasts longer
 * @param validMonths how long a level lasts where the cycle is rolling
 * @param lower whether a reversal can take a level away
 * @param levels lowest first; empty where the programme has none
 */
public record LevelRules(
        Cycle cycle,
        long anchor,
        long months,
        boolean toNextPeriod,
        long graceDays,
        long validMonths,
        Downgrade downgrade,
        boolean lower,
        List<Level> levels) {
    public static final LevelRules NONE =
            new LevelRules(Cycle.CALENDAR, 0, 12, false, 0, 0, Downgrade.KEEP, false, List.of());

    public LevelRules {
        levels = List.copyOf(levels);
    }

    public enum Cycle {
        /** The same periods for all members. */
        CALENDAR,
        /** Periods that start on the day on which the member joined. */
        ANNIVERSARY,
        /** This month and the twelve before it. */
        ROLLING
    }

    /** What a member has after the last day of a level. */
    public enum Downgrade {
        KEEP,
        ONE_DOWN,
        REQUALIFIED
    }

    /**
     * @param all whether all thresholds are needed; otherwise one is enough
     * @param thresholds empty: not to be reached, only granted
     */
    public record Level(String id, boolean all, List<Threshold> thresholds) {
        public Level {
            thresholds = List.copyOf(thresholds);
        }

        boolean isReachedBy(Map<String, Long> sums) {
            long reached = thresholds.stream()
                    .filter(each -> sums.getOrDefault(each.measure(), 0L) >= each.atLeast())
                    .count();
            return reached > 0 && (!all || reached == thresholds.size());
        }
    }

    public record Threshold(String measure, long atLeast) {}

    /** The index of the highest level that these sums reach; 0 is the first level. */
    int reachedBy(Map<String, Long> sums) {
        for (int i = levels.size() - 1; i > 0; i--) {
            if (levels.get(i).isReachedBy(sums)) {
                return i;
            }
        }
        return 0;
    }

    /** The index of a level; 0 if there is none of that id (any more). */
    int index(String id) {
        for (int i = 0; i < levels.size(); i++) {
            if (levels.get(i).id().equals(id)) {
                return i;
            }
        }
        return 0;
    }
}
