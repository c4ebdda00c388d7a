package dev.stampede.award;

import dev.stampede.points.PointLimits;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A member's state while it is being changed. */
final class Draft {
    @Nullable
    Long joined;

    final TreeMap<String, MemberState.Attribute> attributes;
    final List<Title> titles;
    MemberState.@Nullable Grant grant;
    final TreeMap<Long, TreeMap<String, Long>> sums = new TreeMap<>();
    final TreeMap<Counter, Long> counters;
    final TreeMap<String, Stamps> stamps;
    final TreeMap<String, Streak> streaks;
    final List<Gift> gifts;

    Draft(MemberState from) {
        joined = from.joined();
        attributes = new TreeMap<>(from.attributes());
        titles = new ArrayList<>(from.titles());
        grant = from.grant();
        from.sums().forEach((period, of) -> sums.put(period, new TreeMap<>(of)));
        counters = new TreeMap<>(from.counters());
        stamps = new TreeMap<>(from.stamps());
        streaks = new TreeMap<>(from.streaks());
        gifts = new ArrayList<>(from.gifts());
    }

    MemberState state() {
        return new MemberState(
                joined, attributes, titles, grant, new TreeMap<>(sums), counters, stamps, streaks, gifts);
    }

    /** Counts up, or down to no less than 0. */
    void count(Counter counter, long by) {
        long now = counters.getOrDefault(counter, 0L) + by;
        if (now > 0) {
            counters.put(counter, now);
        } else {
            counters.remove(counter);
        }
    }

    void add(long period, String measure, long by) {
        TreeMap<String, Long> of = sums.computeIfAbsent(period, any -> new TreeMap<>());
        long now = Math.min(PointLimits.MAX, of.getOrDefault(measure, 0L) + by);
        if (now > 0) {
            of.put(measure, now);
        } else {
            of.remove(measure);
        }
        if (of.isEmpty()) {
            sums.remove(period);
        }
    }

    /** Adds as many as there is room for; answers how many. */
    long give(Gift gift, long count) {
        long given = Math.min(count, Math.max(0, Gift.MAX - gifts.size()));
        for (long i = 0; i < given; i++) {
            giveBack(gift);
        }
        return given;
    }

    /** Adds one that was used, or held: it always has room. */
    void giveBack(Gift gift) {
        gifts.add(gift);
        gifts.sort(Comparator.comparingLong(Gift::until)
                .thenComparing(Gift::reward)
                .thenComparing(Gift::promotion));
    }

    /** Takes these gifts away; answers how many there were. */
    long cancel(Gift gift, long count) {
        long cancelled = 0;
        while (cancelled < count && gifts.remove(gift)) {
            cancelled++;
        }
        return cancelled;
    }

    /** Takes gifts of a promotion away, those that end last; answers how many there were. */
    long cancel(String promotion, long count) {
        long cancelled = 0;
        for (int i = gifts.size() - 1; i >= 0 && cancelled < count; i--) {
            if (gifts.get(i).promotion().equals(promotion)) {
                gifts.remove(i);
                cancelled++;
            }
        }
        return cancelled;
    }
}
