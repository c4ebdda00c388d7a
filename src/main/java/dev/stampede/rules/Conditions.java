package dev.stampede.rules;

import dev.stampede.document.When;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The conditions of a {@code when}, as far as they don't depend on the member; and at which levels they hold. */
final class Conditions {
    private static final String WEEKDAYS = "weekdays";

    private final When when;
    private final List<String> levels;
    private final @Nullable Instant from;
    private final long fromMs;
    private final long toMs;
    private final @Nullable Exact minimum;

    /** @param levels the ids of the levels; a single "" where the programme has none */
    Conditions(When when, ZoneId zone, List<String> levels) {
        this.when = when;
        this.levels = levels;
        this.from = when.from() == null ? null : from(when.from(), zone);
        this.fromMs = from == null ? Long.MIN_VALUE : from.toEpochMilli();
        this.toMs = when.to() == null ? Long.MAX_VALUE : to(when.to(), zone).toEpochMilli();
        this.minimum = when.minimum() == null ? null : Exact.of(when.minimum());
    }

    /** In a gap forward by its length, in an overlap the earlier one. */
    static Instant from(LocalDateTime local, ZoneId zone) {
        return ZonedDateTime.of(local, zone).withEarlierOffsetAtOverlap().toInstant();
    }

    /** In a gap forward by its length, in an overlap the later one. */
    static Instant to(LocalDateTime local, ZoneId zone) {
        return ZonedDateTime.of(local, zone).withLaterOffsetAtOverlap().toInstant();
    }

    When when() {
        return when;
    }

    /**
     * The first condition that does not hold; null if all do. Those of the member are not looked at; {@code from} is
     * missed only if no level is early enough.
     *
     * @param basket null where the call is no purchase
     * @param money of the basket, without lines that are outside of everything
     */
    @Nullable
    String missed(Moment at, Call.Place place, @Nullable List<Line> basket, @Nullable Exact money) {
        String time = missedTime(at);
        if (time != null) {
            return time;
        } else if (misses(when.channels(), place.channel())) {
            return "channels";
        } else if (misses(when.stores(), place.store())) {
            return "stores";
        } else if (misses(when.partners(), place.partner())) {
            return "partners";
        } else if (minimum != null && (money == null || money.compareTo(minimum) < 0)) {
            return "minimum";
        } else if (when.items() != null && (basket == null || !Line.hold(when.items(), basket))) {
            return "items";
        }
        return null;
    }

    private static boolean misses(Set<String> wanted, @Nullable String is) {
        return !wanted.isEmpty() && (is == null || !wanted.contains(is));
    }

    /** The same for the conditions of time alone. */
    @Nullable
    String missedTime(Moment at) {
        if (!hasBegun(at)) {
            return "from";
        } else if (at.ms() >= toMs) {
            return "to";
        } else if (when.hours().isEmpty()) {
            return missedDay(at.date());
        }
        String missed = "hours";
        for (LocalDate day : days(at)) {
            String ofDay = missedDay(day);
            if (ofDay == null) {
                return null;
            }
            missed = missed.equals(WEEKDAYS) ? missed : ofDay;
        }
        return missed;
    }

    private @Nullable String missedDay(LocalDate day) {
        if (!when.dates().isEmpty() && !when.dates().contains(day)) {
            return "dates";
        }
        return when.weekdays().isEmpty() || when.weekdays().contains(day.getDayOfWeek()) ? null : WEEKDAYS;
    }

    /**
     * The days to which a moment belongs: its own, if it is within the hours of that day; the day before, if it is
     * within hours that began there.
     */
    private List<LocalDate> days(Moment at) {
        long seconds = at.local().toLocalTime().toSecondOfDay();
        List<LocalDate> days = new ArrayList<>();
        for (When.Hours hours : when.hours()) {
            boolean afterFrom = seconds >= hours.from() * 60L;
            boolean beforeTo = seconds < hours.to() * 60L;
            if (hours.overMidnight() ? afterFrom : afterFrom && beforeTo) {
                days.add(at.date());
            } else if (hours.overMidnight() && beforeTo) {
                days.add(at.date().minusDays(1));
            }
        }
        return days;
    }

    /** For a level at least. */
    private boolean hasBegun(Moment at) {
        boolean any = at.ms() >= fromMs;
        for (int level = 0; level < levels.size() && !any; level++) {
            any = hasBegun(at, level);
        }
        return any;
    }

    private boolean hasBegun(Moment at, int level) {
        if (from == null || at.ms() >= fromMs) {
            return true;
        }
        return when.earlyAccess().stream()
                .filter(early -> early.tiers().contains(levels.get(level)))
                .anyMatch(early ->
                        at.ms() >= from.minus(early.hours(), ChronoUnit.HOURS).toEpochMilli());
    }

    /** The condition of a level that does not hold; null if they all do. */
    @Nullable
    String missedAt(int level, Moment at) {
        if (!when.tiers().isEmpty() && !when.tiers().contains(levels.get(level))) {
            return "tiers";
        }
        return hasBegun(at, level) ? null : "from";
    }
}
