package dev.stampede.award;

/** What time alone changes: titles, grants, periods, gifts, and counters that nothing can reach any more. */
public final class Lapse {
    private Lapse() {}

    /**
     * The member as he is on a day, whenever he was last seen.
     *
     * @param backdateDays how many days ago an operation may be: until then its counters are kept
     */
    public static MemberState at(MemberState member, LevelRules rules, long today, long backdateDays) {
        Draft draft = new Draft(member);
        apply(draft, rules, today, backdateDays);
        return draft.state();
    }

    static void apply(Draft member, LevelRules rules, long today, long backdateDays) {
        Levels levels = new Levels(rules, member);
        levels.lapse(today);
        levels.forget(today);
        if (member.grant != null && member.grant.until() < today) {
            member.grant = null;
        }
        member.gifts.removeIf(gift -> gift.until() < today);
        // a day more: an operation that came before midnight can be decided after it
        member.counters.keySet().removeIf(counter -> counter.lastDay() < today - backdateDays - 1);
    }
}
