package dev.stampede.award;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.LocalDate;
import java.time.temporal.IsoFields;
import org.junit.jupiter.api.Test;

class DayNumbersTest {
    private static final long FIRST = LocalDate.of(1890, 1, 1).toEpochDay();
    private static final long LAST = LocalDate.of(2410, 12, 31).toEpochDay();

    @Test
    void isTheCalendarOfJavaTime() {
        for (long day = FIRST; day <= LAST; day++) {
            LocalDate date = LocalDate.ofEpochDay(day);
            DayNumbers.Date is = DayNumbers.date(day);
            assertEquals(date, LocalDate.of((int) is.year(), (int) is.month(), (int) is.day()));
            assertEquals(day, DayNumbers.day(is.year(), is.month(), is.day()));
        }
        assertEquals(LocalDate.of(9999, 12, 31).toEpochDay(), DayNumbers.FOREVER);
    }

    @Test
    void monthsAreAddedAsJavaTimeDoes() {
        for (long day = FIRST; day <= LAST; day += 7) {
            for (long months = -25; months <= 25; months += 5) {
                assertEquals(
                        LocalDate.ofEpochDay(day).plusMonths(months).toEpochDay(), DayNumbers.plusMonths(day, months));
            }
        }
    }

    @Test
    void weeksStartOnMonday() {
        for (long day = 0; day <= LAST; day++) {
            LocalDate date = LocalDate.ofEpochDay(day);
            boolean same = DayNumbers.week(day) == DayNumbers.week(day - 1);
            assertEquals(
                    date.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR)
                            == date.minusDays(1).get(IsoFields.WEEK_OF_WEEK_BASED_YEAR),
                    same);
        }
    }

    @Test
    void windowsHaveALastDay() {
        long day = LocalDate.of(2027, 2, 10).toEpochDay();
        assertEquals(day, lastDay(Unit.DAY, day));
        assertEquals(LocalDate.of(2027, 2, 14).toEpochDay(), lastDay(Unit.WEEK, day));
        assertEquals(LocalDate.of(2027, 2, 28).toEpochDay(), lastDay(Unit.MONTH, day));
        assertEquals(LocalDate.of(2027, 12, 31).toEpochDay(), lastDay(Unit.YEAR, day));
        assertEquals(DayNumbers.FOREVER, lastDay(Unit.EVER, day));
    }

    private static long lastDay(Unit unit, long day) {
        return unit.lastDay(unit.number(day));
    }
}
