package dev.stampede.award;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * What a programme knows of one member besides his points.
 *
 * @param joined the day of the operation that opened the account; null before it
 * @param attributes by id
 * @param titles in no order
 * @param grant null if no level was granted by hand
 * @param sums of each measure, by the first day of the period: of the current and the previous period, or of 13 months
 * @param counters never 0 or less
 * @param stamps by promotion
 * @param streaks by promotion
 * @param gifts those that end soonest first; promotions give no more than {@link Gift#MAX}
 */
public record MemberState(
        @Nullable Long joined,
        SortedMap<String, Attribute> attributes,
        List<Title> titles,
        @Nullable Grant grant,
        SortedMap<Long, SortedMap<String, Long>> sums,
        SortedMap<Counter, Long> counters,
        SortedMap<String, Stamps> stamps,
        SortedMap<String, Streak> streaks,
        List<Gift> gifts) {
    public static final MemberState BLANK = new MemberState(
            null,
            new TreeMap<>(),
            List.of(),
            null,
            new TreeMap<>(),
            new TreeMap<>(),
            new TreeMap<>(),
            new TreeMap<>(),
            List.of());

    /** Somebody who joined on that day, and has done nothing yet. */
    public static MemberState joined(long day) {
        Draft draft = new Draft(BLANK);
        draft.joined = day;
        return draft.state();
    }

    public MemberState {
        attributes = copy(attributes);
        titles = List.copyOf(titles);
        SortedMap<Long, SortedMap<String, Long>> all = new TreeMap<>();
        sums.forEach((period, of) -> all.put(period, copy(of)));
        sums = Collections.unmodifiableSortedMap(all);
        counters = copy(counters);
        stamps = copy(stamps);
        streaks = copy(streaks);
        gifts = List.copyOf(gifts);
    }

    private static <K extends Comparable<K>, V> SortedMap<K, V> copy(Map<K, V> map) {
        return Collections.unmodifiableSortedMap(new TreeMap<>(map));
    }

    /**
     * @param value as text; a flag is {@code true} or {@code false}, a date is yyyy-mm-dd
     * @param since the day since which it has this value
     */
    public record Attribute(String value, long since) {}

    /**
     * A level that was granted by hand.
     *
     * @param until the last day
     */
    public record Grant(String level, long until) {}

    /**
     * This member with these attributes. One that has the value already keeps its day.
     *
     * @param changes values by id; null takes the attribute away
     * @param today the local day of the change
     */
    public MemberState with(Map<String, @Nullable String> changes, long today) {
        Draft draft = new Draft(this);
        changes.forEach((id, value) -> {
            Attribute before = draft.attributes.get(id);
            if (value == null) {
                draft.attributes.remove(id);
            } else if (before == null || !before.value().equals(value)) {
                draft.attributes.put(id, new Attribute(value, today));
            }
        });
        return draft.state();
    }

    /** This member with that grant; null ends it. */
    public MemberState with(@Nullable Grant granted) {
        Draft draft = new Draft(this);
        draft.grant = granted;
        return draft.state();
    }

    /**
     * This member as if he had never had anything of some promotions and limits.
     *
     * @param promotions without their stamps and streaks
     * @param names without the counters of these names
     */
    public MemberState without(Set<String> promotions, Set<String> names) {
        Draft draft = new Draft(this);
        draft.stamps.keySet().removeAll(promotions);
        draft.streaks.keySet().removeAll(promotions);
        draft.counters.keySet().removeIf(counter -> names.contains(counter.name()));
        return draft.state();
    }

    /** This member, who joined on that day. */
    public MemberState since(long day) {
        Draft draft = new Draft(this);
        draft.joined = day;
        return draft.state();
    }

    /**
     * The last day of what ends first: a title, the grant, a gift; null if nothing ends.
     *
     * @param from titles that were over before that day are left out
     */
    public @Nullable Long nextEnd(long from) {
        LongStream ends = LongStream.concat(
                titles.stream().mapToLong(Title::until).filter(until -> until >= from),
                gifts.stream().limit(1).mapToLong(Gift::until));
        long first =
                Math.min(ends.min().orElse(DayNumbers.FOREVER), grant == null ? DayNumbers.FOREVER : grant.until());
        return first == DayNumbers.FOREVER ? null : Long.valueOf(first);
    }
}
