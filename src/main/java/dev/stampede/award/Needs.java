package dev.stampede.award;

import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a member must be like, apart from his level.
 *
 * @param attributes all of them must hold
 * @param birthday null where his birthday does not matter
 */
public record Needs(List<OneOf> attributes, @Nullable Birthdays birthday) {
    public static final Needs NOTHING = new Needs(List.of(), null);
    private static final Pattern DATE = Pattern.compile("[0-9]{4}-([0-9]{2})-([0-9]{2})");

    public Needs {
        attributes = List.copyOf(attributes);
    }

    /** The attribute has one of these values. */
    public record OneOf(String attribute, Set<String> values) {
        public OneOf {
            values = Set.copyOf(values);
        }
    }

    /**
     * On which days of the year the member may have been born, seen from the day of the operation.
     *
     * @param attribute that holds the date of birth, as yyyy-mm-dd
     * @param noticeDays days before the birthday on which the attribute must have had its value already
     * @param leapOnFeb28 whether 29 February is 28 February in a common year; otherwise it is 1 March
     * @param required whether one of the ranges must hold; otherwise they only tell in which year is counted
     */
    public record Birthdays(
            String attribute, long noticeDays, boolean leapOnFeb28, boolean required, List<Range> ranges) {
        public Birthdays {
            ranges = List.copyOf(ranges);
        }
    }

    /**
     * Days of a year, as month x 100 + day of the month.
     *
     * @param year in which the birthday is that is meant
     */
    public record Range(long from, long to, long year) {}

    /** The first condition that does not hold for the member; null if all do. */
    public @Nullable String missed(MemberState member) {
        for (OneOf need : attributes) {
            MemberState.Attribute has = member.attributes().get(need.attribute());
            if (has == null || !need.values().contains(has.value())) {
                return "attributes";
            }
        }
        return birthday != null && birthYear(member) == 0 ? "birthday" : null;
    }

    /** The year of the member's birthday that is meant; 0 if there is none. */
    long birthYear(MemberState member) {
        if (birthday == null) {
            return 0;
        }
        MemberState.Attribute born = member.attributes().get(birthday.attribute());
        if (born == null) {
            return 0;
        }
        Matcher date = DATE.matcher(born.value());
        if (!date.matches()) {
            return 0; // an earlier version of the programme meant something else by it
        }
        long month = Long.parseLong(date.group(1));
        long dayOfMonth = Long.parseLong(date.group(2));
        long code = month * 100 + dayOfMonth;
        for (Range range : birthday.ranges()) {
            if (range.from() <= code && code <= range.to()) {
                long day = birthday(range.year(), month, dayOfMonth, birthday.leapOnFeb28());
                return !birthday.required() || born.since() + birthday.noticeDays() <= day ? range.year() : 0;
            }
        }
        return 0;
    }

    private static long birthday(long year, long month, long dayOfMonth, boolean leapOnFeb28) {
        long day = DayNumbers.day(year, month, dayOfMonth); // 29 February of a common year is the day after the 28th
        return leapOnFeb28 && month == 2 && dayOfMonth == 29 && !DayNumbers.isLeap(year) ? day - 1 : day;
    }
}
