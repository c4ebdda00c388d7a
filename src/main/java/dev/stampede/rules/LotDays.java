package dev.stampede.rules;

import dev.stampede.award.DayNumbers;
import dev.stampede.document.Expiry;
import dev.stampede.document.Points;
import java.time.LocalDate;
import java.time.YearMonth;
import org.jspecify.annotations.Nullable;

/**
 * The days of the points of an earn, in days since 1970-01-01 in the programme's zone.
 *
 * @param on the last day on which they count
 * @param matures the day on which they become available; null: at once
 */
public record LotDays(long on, @Nullable Long matures) {
    private static final int MONTHS_OF_A_QUARTER = 3;

    static LotDays of(Points points, LocalDate today) {
        return new LotDays(
                on(points.expiry(), today),
                points.pendingDays() == 0 ? null : Long.valueOf(today.toEpochDay() + points.pendingDays()));
    }

    private static long on(Expiry expiry, LocalDate today) {
        if (expiry instanceof Expiry.Months months) {
            return end(today.plusMonths(months.months()), months.end()).toEpochDay();
        } else if (expiry instanceof Expiry.Days days) {
            return today.toEpochDay() + days.days();
        } else if (expiry instanceof Expiry.Inactivity inactivity) {
            return today.plusMonths(inactivity.months()).toEpochDay();
        }
        return DayNumbers.FOREVER;
    }

    private static LocalDate end(LocalDate day, Expiry.End of) {
        return switch (of) {
            case NONE -> day;
            case MONTH -> YearMonth.from(day).atEndOfMonth();
            case QUARTER ->
                YearMonth.from(day)
                        .plusMonths(MONTHS_OF_A_QUARTER - 1L - (day.getMonthValue() - 1) % MONTHS_OF_A_QUARTER)
                        .atEndOfMonth();
            case YEAR -> LocalDate.of(day.getYear(), 12, 31);
        };
    }
}
