package dev.stampede.award;

/**
 * The calendar on plain numbers, so that Lua can do the same: a day is a number of days since 1970-01-01, a month is
 * year x 12 + month - 1, a week is a number of ISO weeks since the one of 1970-01-01.
 */
public final class DayNumbers {
    /** 9999-12-31: the last day of what has no end. */
    public static final long FOREVER = 2_932_896;

    private static final long DAYS_OF_400_YEARS = 146_097;
    /** From 0000-03-01 to 1970-01-01. */
    private static final long TO_1970 = 719_468;

    private DayNumbers() {}

    /**
     * A date of the Gregorian calendar.
     *
     * @param month 1 to 12
     * @param day 1 to 31
     */
    public record Date(long year, long month, long day) {}

    /** @param month 1 to 12 */
    public static long day(long year, long month, long dayOfMonth) {
        // years that begin in March, so that the leap day is the last one
        long y = month <= 2 ? year - 1 : year;
        long fourCenturies = Math.floorDiv(y, 400);
        long yearOfThem = y - fourCenturies * 400;
        long dayOfYear = Math.floorDiv(153 * (month > 2 ? month - 3 : month + 9) + 2, 5) + dayOfMonth - 1;
        long dayOfThem = yearOfThem * 365 + Math.floorDiv(yearOfThem, 4) - Math.floorDiv(yearOfThem, 100) + dayOfYear;
        return fourCenturies * DAYS_OF_400_YEARS + dayOfThem - TO_1970;
    }

    public static Date date(long day) {
        long z = day + TO_1970;
        long fourCenturies = Math.floorDiv(z, DAYS_OF_400_YEARS);
        long of = z - fourCenturies * DAYS_OF_400_YEARS;
        long yearOfThem = Math.floorDiv(
                of - Math.floorDiv(of, 1460) + Math.floorDiv(of, 36_524) - Math.floorDiv(of, 146_096), 365);
        long dayOfYear = of - (365 * yearOfThem + Math.floorDiv(yearOfThem, 4) - Math.floorDiv(yearOfThem, 100));
        long m = Math.floorDiv(5 * dayOfYear + 2, 153);
        long month = m < 10 ? m + 3 : m - 9;
        long year = yearOfThem + fourCenturies * 400 + (month <= 2 ? 1 : 0);
        return new Date(year, month, dayOfYear - Math.floorDiv(153 * m + 2, 5) + 1);
    }

    public static long year(long day) {
        return date(day).year();
    }

    public static long month(long day) {
        Date date = date(day);
        return date.year() * 12 + date.month() - 1;
    }

    public static long week(long day) {
        return Math.floorDiv(day + 3, 7); // 1970-01-01 was a Thursday
    }

    public static long firstOfMonth(long month) {
        long year = Math.floorDiv(month, 12);
        return day(year, month - year * 12 + 1, 1);
    }

    public static boolean isLeap(long year) {
        return day(year, 3, 1) - day(year, 2, 28) == 2;
    }

    /** That many months later (or earlier): the same day of the month, or its last one. */
    public static long plusMonths(long day, long months) {
        Date date = date(day);
        long month = date.year() * 12 + date.month() - 1 + months;
        long first = firstOfMonth(month);
        long length = firstOfMonth(month + 1) - first;
        return first + Math.min(date.day(), length) - 1;
    }
}
