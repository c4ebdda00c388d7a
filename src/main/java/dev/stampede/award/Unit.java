package dev.stampede.award;

/** The length of a window in which something is counted. */
public enum Unit {
    /** One operation: nothing is kept. */
    OPERATION,
    DAY,
    WEEK,
    MONTH,
    YEAR,
    /** From a birthday of the member on; numbered by its year. */
    BIRTHDAY,
    /** One window without end. */
    EVER;

    /** The number of the window in which that day lies; 0 where days don't tell. */
    public long number(long day) {
        return switch (this) {
            case DAY -> day;
            case WEEK -> DayNumbers.week(day);
            case MONTH -> DayNumbers.month(day);
            case YEAR -> DayNumbers.year(day);
            case OPERATION, BIRTHDAY, EVER -> 0;
        };
    }

    /** The last day on which something can be counted in that window. */
    public long lastDay(long number) {
        return switch (this) {
            case OPERATION, DAY -> number;
            case WEEK -> number * 7 + 3;
            case MONTH -> DayNumbers.firstOfMonth(number + 1) - 1;
            case YEAR -> DayNumbers.day(number + 1, 1, 1) - 1;
            case BIRTHDAY -> DayNumbers.day(number + 2, 1, 1) - 1;
            case EVER -> DayNumbers.FOREVER;
        };
    }
}
