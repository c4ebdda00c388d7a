package dev.stampede.document;

import java.math.BigDecimal;
import java.time.DayOfWeek;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Conditions that must all hold. A part that is empty or null always holds. Times are the wall clock's, in the
 * programme's zone.
 *
 * @param from the first moment
 * @param to the first moment after the end
 * @param minimum what a purchase without excluded lines must cost at least: money, in the programme's currency
 * @param items which lines there must be; for a promotion also the lines that it is about
 * @param attributes for each attribute of the member the values, of which he must have one
 */
public record When(
        @Nullable LocalDateTime from,
        @Nullable LocalDateTime to,
        Set<LocalDate> dates,
        Set<DayOfWeek> weekdays,
        List<Hours> hours,
        Set<String> channels,
        Set<String> stores,
        Set<String> partners,
        @Nullable BigDecimal minimum,
        @Nullable Match items,
        Set<String> tiers,
        List<EarlyAccess> earlyAccess,
        Map<String, List<AttributeValue>> attributes,
        @Nullable Birthday birthday) {
    /** No condition. */
    public static final When ALWAYS = new When(
            null, null, Set.of(), Set.of(), List.of(), Set.of(), Set.of(), Set.of(), null, null, Set.of(), List.of(),
            Map.of(), null);

    public When {
        dates = Set.copyOf(dates);
        weekdays = Set.copyOf(weekdays);
        hours = List.copyOf(hours);
        channels = Set.copyOf(channels);
        stores = Set.copyOf(stores);
        partners = Set.copyOf(partners);
        tiers = Set.copyOf(tiers);
        earlyAccess = List.copyOf(earlyAccess);
        attributes = Collections.unmodifiableMap(new LinkedHashMap<>(attributes));
    }

    /**
     * A part of the day, half open. If {@code to} is before {@code from} it goes over midnight, and belongs to the day
     * on which it starts.
     *
     * @param from minutes after midnight, 0 to 1439
     * @param to minutes after midnight, 0 to 1440
     */
    public record Hours(int from, int to) {
        public boolean overMidnight() {
            return to < from;
        }
    }

    /**
     * Members of these tiers may come earlier.
     *
     * @param hours by how much {@code from} is earlier for them
     */
    public record EarlyAccess(Set<String> tiers, int hours) {
        public EarlyAccess {
            tiers = Set.copyOf(tiers);
        }
    }

    /** When the member's birthday must be. */
    public sealed interface Birthday {
        /** In the calendar month of the birthday. */
        record Month() implements Birthday {}

        /**
         * From some days before the birthday to some days after it.
         *
         * @param before whole days
         * @param after whole days
         */
        record Around(int before, int after) implements Birthday {}
    }
}
