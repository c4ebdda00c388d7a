package dev.stampede.award;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * A member's level on a day, and what he has collected.
 *
 * @param level its index
 * @param until its last day; null if it has no end
 * @param granted whether he has it only because it was granted
 * @param sums of the current period, or of this month and the twelve before it
 * @param next null if there is no higher one to be reached
 */
public record Standing(
        int level,
        @Nullable Long until,
        boolean granted,
        SortedMap<String, Long> sums,
        @Nullable Next next) {
    /**
     * @param by the last day of the period in which it can be reached; null where the period rolls
     * @param all whether all that is missing is needed; otherwise one of it is enough
     */
    public record Next(int level, @Nullable Long by, Map<String, Long> missing, boolean all) {}

    /** @param member as he was when he was last seen */
    public static Standing of(MemberState member, LevelRules rules, long today, long backdateDays) {
        Draft draft = new Draft(member);
        Lapse.apply(draft, rules, today, backdateDays);
        Levels levels = new Levels(rules, draft);
        int level = levels.held(today);
        long titled = draft.titles.stream()
                .filter(title -> rules.index(title.level()) == level)
                .mapToLong(Title::until)
                .max()
                .orElse(-1);
        long granted = draft.grant != null && rules.index(draft.grant.level()) == level ? draft.grant.until() : -1;
        long until = Math.max(titled, granted);
        SortedMap<String, Long> sums = levels.sums(today);
        return new Standing(
                level,
                level == 0 || until == DayNumbers.FOREVER ? null : Long.valueOf(until),
                level > 0 && titled < 0,
                sums,
                next(rules, level, sums, levels, today));
    }

    private static @Nullable Next next(LevelRules rules, int level, Map<String, Long> sums, Levels levels, long today) {
        for (int i = level + 1; i < rules.levels().size(); i++) {
            LevelRules.Level above = rules.levels().get(i);
            if (!above.thresholds().isEmpty()) {
                Map<String, Long> missing = new LinkedHashMap<>();
                for (LevelRules.Threshold each : above.thresholds()) {
                    long gap = each.atLeast() - sums.getOrDefault(each.measure(), 0L);
                    missing.put(each.measure(), Math.max(0, gap));
                }
                boolean rolls = rules.cycle() == LevelRules.Cycle.ROLLING;
                return new Next(
                        i, rolls ? null : Long.valueOf(levels.period(today).last()), missing, above.all());
            }
        }
        return null;
    }
}
