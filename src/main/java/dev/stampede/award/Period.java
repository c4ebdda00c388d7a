package dev.stampede.award;

/**
 * A time in which a member collects measures.
 *
 * @param first its first day
 * @param last its last day
 */
record Period(long first, long last) {

    /**
     * The period in which a day lies. Each period is computed from the anchor (or the day on which the member joined),
     * so that a 31st comes back after a month that has none.
     */
    static Period of(LevelRules rules, long joined, long day) {
        if (rules.cycle() == LevelRules.Cycle.ROLLING) {
            long month = DayNumbers.month(day);
            return new Period(DayNumbers.firstOfMonth(month), DayNumbers.firstOfMonth(month + 1) - 1);
        }
        long start = rules.cycle() == LevelRules.Cycle.CALENDAR ? rules.anchor() : joined;
        long number = Math.floorDiv(DayNumbers.month(day) - DayNumbers.month(start), rules.months());
        if (DayNumbers.plusMonths(start, number * rules.months()) > day) {
            number--; // the month is right, but its day has not come yet
        }
        return new Period(
                DayNumbers.plusMonths(start, number * rules.months()),
                DayNumbers.plusMonths(start, (number + 1) * rules.months()) - 1);
    }
}
