package dev.stampede.rules;

import dev.stampede.award.Needs;
import dev.stampede.award.Needs.Range;
import dev.stampede.document.MemberAttribute.BirthDate;
import dev.stampede.document.MemberAttribute.LeapDay;
import dev.stampede.document.When.Birthday;
import java.time.LocalDate;
import java.time.Year;
import java.util.ArrayList;
import java.util.List;

/** Turns "near the birthday" around: on which days of the year members are born to whom it applies today. */
final class Birthdays {
    private static final int LAST_DAY = 1231;

    private final BirthDate attribute;

    Birthdays(BirthDate attribute) {
        this.attribute = attribute;
    }

    Needs.Birthdays near(Birthday birthday, LocalDate day) {
        List<Range> ranges = new ArrayList<>();
        if (birthday instanceof Birthday.Around around) {
            LocalDate from = day.minusDays(around.after());
            LocalDate to = day.plusDays(around.before());
            if (from.getYear() < to.getYear()) {
                ranges.add(range(from, LocalDate.of(from.getYear(), 12, 31)));
                from = LocalDate.of(to.getYear(), 1, 1);
            }
            ranges.add(range(from, to));
        } else {
            ranges.add(range(day.withDayOfMonth(1), day.withDayOfMonth(day.lengthOfMonth())));
        }
        return new Needs.Birthdays(attribute.id(), attribute.noticeDays(), onFeb28(), true, ranges);
    }

    /** No condition: the birthday that was last tells in which window is counted. */
    Needs.Birthdays last(LocalDate day) {
        LocalDate first = LocalDate.of(day.getYear(), 1, 1);
        Range since = range(first, day);
        List<Range> ranges = List.of(since, new Range(since.to() + 1, LAST_DAY, day.getYear() - 1L));
        return new Needs.Birthdays(attribute.id(), attribute.noticeDays(), onFeb28(), false, ranges);
    }

    private boolean onFeb28() {
        return attribute.leapDay() == LeapDay.FEB28;
    }

    /** Whose birthday lies between two days of one year. */
    private Range range(LocalDate from, LocalDate to) {
        boolean moves = !Year.isLeap(from.getYear());
        long first = code(from);
        long last = code(to);
        if (moves && onFeb28() && last == 228) {
            last = 229;
        }
        if (moves && !onFeb28() && first == 301) {
            first = 229;
        }
        return new Range(first, last, from.getYear());
    }

    private static long code(LocalDate day) {
        return day.getMonthValue() * 100L + day.getDayOfMonth();
    }
}
