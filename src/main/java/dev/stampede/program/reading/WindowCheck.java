package dev.stampede.program.reading;

import dev.stampede.document.MemberAttribute;
import dev.stampede.document.ProgramDocument;
import dev.stampede.document.RedeemRule;
import dev.stampede.document.When;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Is there a moment at which each set of conditions holds? Times are local: no zone changes that. */
final class WindowCheck {
    /** Within so many days each weekday occurs, so that longer windows need not be looked through. */
    private static final int DAYS_LOOKED_THROUGH = 9;

    private static final int MINUTES_OF_DAY = 24 * 60;

    private final ProgramDocument document;
    private final Place root;
    private final Findings findings;
    /** On the wall clock; null if the document takes effect at once. */
    private final @Nullable LocalDateTime effective;

    WindowCheck(ProgramDocument document, Place root, Findings findings) {
        this.document = document;
        this.root = root;
        this.findings = findings;
        this.effective = document.effectiveFrom() == null
                ? null
                : LocalDateTime.ofInstant(document.effectiveFrom(), document.timeZone());
    }

    void check() {
        sandbox(document.sandbox());
        redeem(document.redeem(), root);
        for (int i = 0; i < document.partners().size(); i++) {
            redeem(document.partners().get(i).redeem(), root.at("partners", i));
        }
        for (int i = 0; i < document.promotions().size(); i++) {
            when(document.promotions().get(i).when(), root.at("promotions", i, "when"));
        }
        for (int i = 0; i < document.rewards().size(); i++) {
            when(document.rewards().get(i).when(), root.at("rewards", i, "when"));
        }
    }

    private void sandbox(ProgramDocument.@Nullable Sandbox sandbox) {
        if (sandbox != null && sandbox.now() != null && !ProgramDocument.Sandbox.covers(sandbox.now())) {
            findings.error(
                    root.at("sandbox", "now"),
                    Finding.Code.OUT_OF_RANGE,
                    "The clock of a sandbox goes from " + ProgramDocument.Sandbox.FIRST + " to "
                            + ProgramDocument.Sandbox.LAST + ".");
        }
    }

    private void redeem(List<RedeemRule> rules, Place owner) {
        for (int i = 0; i < rules.size(); i++) {
            when(rules.get(i).when(), owner.at("redeem", i, "when"));
        }
    }

    private void when(When when, Place place) {
        boolean ends = ends(when, place);
        boolean hours = hours(when, place);
        if (ends && hours && moments(when, place)) {
            over(when, place);
        }
        birthday(when, place);
        earlyAccess(when, place);
    }

    private boolean ends(When when, Place place) {
        if (when.from() != null && when.to() != null && !when.from().isBefore(when.to())) {
            findings.error(
                    place.at("to"),
                    Finding.Code.EMPTY_WINDOW,
                    "\"to\" is the first moment after the window, so it must be later than \"from\".");
            return false;
        }
        return true;
    }

    private boolean hours(When when, Place place) {
        boolean possible = true;
        for (int i = 0; i < when.hours().size(); i++) {
            When.Hours hours = when.hours().get(i);
            if (hours.from() == hours.to()) {
                findings.error(
                        place.at("hours", i),
                        Finding.Code.EMPTY_WINDOW,
                        "From a time of day to the same one is no time at all. The whole day is from \"00:00\" to"
                                + " \"24:00\".");
                possible = false;
            } else if (hours.from() == MINUTES_OF_DAY) {
                findings.error(
                        place.at("hours", i, "from"),
                        Finding.Code.EMPTY_WINDOW,
                        "The day is over at \"24:00\": nothing begins then. Write \"00:00\".");
                possible = false;
            }
        }
        return possible;
    }

    /** Is a moment left if from and to, dates, weekdays and hours must all hold? */
    private boolean moments(When when, Place place) {
        List<LocalDate> days = new ArrayList<>(when.dates());
        LocalDateTime from = earliest(when);
        LocalDateTime to = when.to();
        if (days.isEmpty()) {
            if (from == null || to == null || from.plusDays(DAYS_LOOKED_THROUGH).isBefore(to)) {
                return true;
            }
            // hours over midnight belong to the day before
            from.toLocalDate()
                    .minusDays(1)
                    .datesUntil(to.toLocalDate().plusDays(1))
                    .forEach(days::add);
        }
        return some(days, day -> intersects(day, 0, lastMinute(when), from, to), place.at("dates"), "within the window")
                && some(days, day -> isWeekday(when, day), place.at("weekdays"), "one of these weekdays")
                && some(
                        days,
                        day -> isOpen(when, day, from, to),
                        place.at(when.hours().isEmpty() ? "weekdays" : "hours"),
                        "open within these hours");
    }

    private static boolean isWeekday(When when, LocalDate day) {
        return when.weekdays().isEmpty() || when.weekdays().contains(day.getDayOfWeek());
    }

    private static boolean isOpen(When when, LocalDate day, @Nullable LocalDateTime from, @Nullable LocalDateTime to) {
        return when.hours().isEmpty()
                ? intersects(day, 0, MINUTES_OF_DAY, from, to)
                : when.hours().stream().anyMatch(hours -> intersects(day, hours.from(), end(hours), from, to));
    }

    /** Minutes after midnight of the day on which the hours begin. */
    private static int end(When.Hours hours) {
        return hours.to() + (hours.overMidnight() ? MINUTES_OF_DAY : 0);
    }

    private static int lastMinute(When when) {
        return Math.max(
                MINUTES_OF_DAY,
                when.hours().stream().mapToInt(WindowCheck::end).max().orElse(0));
    }

    /** Keeps the days that fulfil a condition, and reports if none does. */
    private boolean some(List<LocalDate> days, Predicate<LocalDate> holds, Place place, String what) {
        days.removeIf(holds.negate());
        if (days.isEmpty()) {
            findings.error(
                    place,
                    Finding.Code.EMPTY_WINDOW,
                    "The conditions exclude each other: no day that the others leave is " + what + ".");
            return false;
        }
        return true;
    }

    /**
     * Whether a part of a day lies in the window.
     *
     * @param start minutes after midnight
     * @param end minutes after midnight
     */
    private static boolean intersects(
            LocalDate day, int start, int end, @Nullable LocalDateTime from, @Nullable LocalDateTime to) {
        return (to == null || day.atStartOfDay().plusMinutes(start).isBefore(to))
                && (from == null || day.atStartOfDay().plusMinutes(end).isAfter(from));
    }

    /** With early access; null if there is no beginning. */
    private static @Nullable LocalDateTime earliest(When when) {
        int hours = when.earlyAccess().stream()
                .mapToInt(When.EarlyAccess::hours)
                .max()
                .orElse(0);
        return when.from() == null ? null : when.from().minusHours(hours);
    }

    /** A document may carry along what is over; its author should know. */
    private void over(When when, Place place) {
        if (effective == null) {
            return;
        }
        if (when.to() != null && !when.to().isAfter(effective)) {
            findings.warning(
                    place.at("to"),
                    Finding.Code.NEVER,
                    "The window is over before this version takes effect. It can be removed.");
        } else if (!when.dates().isEmpty()
                && Collections.max(when.dates()).plusDays(2).atStartOfDay().isBefore(effective)) {
            findings.warning(
                    place.at("dates"),
                    Finding.Code.NEVER,
                    "All dates are over before this version takes effect. It can be removed.");
        }
        for (Place date : place.list("dates")) {
            LocalDate day = LocalDate.parse(String.valueOf(date.text()));
            if (!intersects(day, 0, lastMinute(when), earliest(when), when.to())) {
                findings.warning(
                        date, Finding.Code.NEVER, "This date is not between \"from\" and \"to\", so it never counts.");
            }
        }
    }

    private void birthday(When when, Place place) {
        if (when.birthday() != null && !knowsBirthDate(document)) {
            noBirthDate(place.at("birthday"), findings);
        }
    }

    static void noBirthDate(Place place, Findings findings) {
        findings.error(
                place,
                Finding.Code.NO_BIRTH_DATE,
                "Nobody's birthday is known: \"attributes\" has none of the type \"birthDate\".");
    }

    static boolean knowsBirthDate(ProgramDocument document) {
        return document.attributes().stream().anyMatch(MemberAttribute.BirthDate.class::isInstance);
    }

    private void earlyAccess(When when, Place place) {
        for (int i = 0; i < when.earlyAccess().size(); i++) {
            if (when.from() == null) {
                findings.warning(
                        place.at("earlyAccess", i),
                        Finding.Code.UNUSED,
                        "There is no \"from\" that early access could move.");
            } else if (!when.tiers().isEmpty()
                    && Collections.disjoint(
                            when.tiers(), when.earlyAccess().get(i).tiers())) {
                findings.warning(
                        place.at("earlyAccess", i),
                        Finding.Code.UNUSED,
                        "\"tiers\" excludes the members who would have early access.");
            }
        }
    }
}
