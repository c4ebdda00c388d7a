package dev.stampede.award;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A member's sums, titles and level. */
final class Levels {
    private static final int ROLLING_MONTHS = 12;

    private final LevelRules rules;
    private final Draft member;

    Levels(LevelRules rules, Draft member) {
        this.rules = rules;
        this.member = member;
    }

    private boolean isRolling() {
        return rules.cycle() == LevelRules.Cycle.ROLLING;
    }

    Period period(long day) {
        return Period.of(rules, Objects.requireNonNullElse(member.joined, day), day);
    }

    private int index(Title title) {
        return rules.index(title.level());
    }

    /** The index of the level that the member has on a day. */
    int held(long day) {
        int granted = member.grant != null && member.grant.until() >= day ? rules.index(member.grant.level()) : 0;
        return Math.max(granted, standing(day));
    }

    /** The highest level of the titles that are alive on a day. */
    private int standing(long day) {
        return member.titles.stream()
                .filter(title -> title.until() >= day)
                .mapToInt(this::index)
                .max()
                .orElse(0);
    }

    /** The sums that count for levels on a day: of the period, or of this month and the twelve before it. */
    TreeMap<String, Long> sums(long day) {
        if (!isRolling()) {
            return member.sums.getOrDefault(period(day).first(), new TreeMap<>());
        }
        TreeMap<String, Long> all = new TreeMap<>();
        long from = DayNumbers.firstOfMonth(DayNumbers.month(day) - ROLLING_MONTHS);
        member.sums
                .subMap(from, true, day, true)
                .values()
                .forEach(month -> month.forEach((measure, sum) -> all.merge(measure, sum, Long::sum)));
        return all;
    }

    /** Whether a day counts: it is in the current or the previous period, or in one of the 13 months. */
    private boolean counts(long day, long today) {
        if (isRolling()) {
            return DayNumbers.month(day) >= DayNumbers.month(today) - ROLLING_MONTHS;
        }
        Period now = period(today);
        return day > now.last() || day >= period(now.first() - 1).first();
    }

    /**
     * Adds to the measures, and gives the title of a level that is reached.
     *
     * @param day the local day of the operation
     * @return the first day of the period in which it was counted; null if it was too long ago
     */
    @Nullable
    Long add(List<Grown> measures, long day, long today) {
        long from = Math.max(day, Objects.requireNonNullElse(member.joined, day));
        if (rules.levels().isEmpty() || !counts(from, today)) {
            return null;
        }
        Period period = period(from);
        int before = rules.reachedBy(isRolling() ? sums(today) : sums(from));
        measures.forEach(each -> member.add(period.first(), each.measure(), each.by()));
        int after = rules.reachedBy(isRolling() ? sums(today) : sums(from));
        if (!isRolling() && after > 0) {
            reach(after, period, lastDay(period));
        } else if (after > before || after > standing(today)) {
            reach(after, period, DayNumbers.plusMonths(from, rules.validMonths()));
        }
        return period.first();
    }

    /** @param by 0 or more */
    record Grown(String measure, long by) {}

    /** The last day of a level that is reached in that period. */
    private long lastDay(Period period) {
        return (rules.toNextPeriod() ? period(period.last() + 1).last() : period.last()) + rules.graceDays();
    }

    /** One title for each period: the highest that was reached in it. */
    private void reach(int level, Period period, long until) {
        boolean hasHigher = false;
        for (Title title : List.copyOf(member.titles)) {
            if (title.period() != null && title.period() == period.first()) {
                if (index(title) > level) {
                    hasHigher = true;
                } else {
                    member.titles.remove(title);
                }
            }
        }
        if (!hasHigher) {
            member.titles.add(new Title(rules.levels().get(level).id(), until, period.first()));
        }
    }

    /** Ends the titles whose last day is over, in the order of their days. */
    void lapse(long today) {
        if (rules.levels().isEmpty()) {
            return; // a programme that has no levels at the moment leaves those of its members alone
        }
        while (true) {
            long last = member.titles.stream().mapToLong(Title::until).min().orElse(today);
            if (last >= today || last >= DayNumbers.FOREVER) {
                return;
            }
            List<Title> ended = member.titles.stream()
                    .filter(title -> title.until() == last)
                    .sorted(Comparator.comparingInt(this::index).reversed())
                    .toList();
            member.titles.removeAll(ended);
            ended.forEach(title -> succeed(title, last + 1));
        }
    }

    /** What comes after a title, on the day after its last one. */
    private void succeed(Title title, long day) {
        if (rules.downgrade() == LevelRules.Downgrade.KEEP) {
            if (index(title) > standing(DayNumbers.FOREVER)) {
                member.titles.removeIf(other -> other.until() == DayNumbers.FOREVER);
                member.titles.add(new Title(title.level(), DayNumbers.FOREVER, title.period()));
            }
            return;
        }
        int next = isRolling() ? rules.reachedBy(sums(day)) : 0;
        if (rules.downgrade() == LevelRules.Downgrade.ONE_DOWN) {
            next = Math.max(next, index(title) - 1);
        }
        if (next > standing(day)) {
            long until = isRolling()
                    ? DayNumbers.plusMonths(day, rules.validMonths())
                    : period(day).last() + rules.graceDays();
            member.titles.add(new Title(rules.levels().get(next).id(), until, null));
        }
    }

    /** Forgets the sums that no longer count. */
    void forget(long today) {
        member.sums.keySet().removeIf(first -> !counts(first, today));
    }

    /** Takes from the measures of a period, if they are kept. */
    void take(List<Grown> measures, long period, long today) {
        if (!member.sums.containsKey(period)) {
            return;
        }
        int before = rules.reachedBy(isRolling() ? sums(today) : sums(period));
        measures.forEach(each -> member.add(period, each.measure(), -each.by()));
        if (rules.lower()) {
            lower(before, period, today);
        }
    }

    /**
     * Titles that were reached in a period fall to what its sums still reach. Where the cycle is rolling nobody knows
     * the sums of the day on which a title was reached: the titles fall if the sum of today reached them until now and
     * no longer does.
     */
    private void lower(int before, long period, long today) {
        int now = rules.reachedBy(isRolling() ? sums(today) : sums(period));
        List<Title> kept = new ArrayList<>();
        for (Title title : member.titles) {
            boolean ofPeriod = title.period() != null && title.period() == period;
            boolean falls = isRolling() ? index(title) <= before : ofPeriod;
            if (!falls || index(title) <= now) {
                kept.add(title);
            } else if (now > 0) {
                kept.add(new Title(rules.levels().get(now).id(), title.until(), title.period()));
            }
        }
        member.titles.clear();
        member.titles.addAll(kept);
    }
}
