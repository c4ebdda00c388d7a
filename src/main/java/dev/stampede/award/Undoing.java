package dev.stampede.award;

import java.util.ArrayList;
import java.util.List;

/** Settles the reversal of an earn with the state of the member. */
public final class Undoing {
    private Undoing() {}

    /**
     * @param rules the levels of the version that is in force
     * @param today the local day of the decision
     */
    public static Undone settle(Undo undo, MemberState before, LevelRules rules, long today, long backdateDays) {
        Draft member = new Draft(before);
        Lapse.apply(member, rules, today, backdateDays);
        ProgressBook progress = new ProgressBook(member);
        List<Part> explanation = new ArrayList<>();
        long own = 0;
        for (Undo.Take take : undo.takes()) {
            long points =
                    take.progress() == null ? take.points() : progress.take(take.progress(), take.run(), take.points());
            own += points;
            explanation.add(Part.of(take.rule(), -points));
        }
        if (undo.period() != null) {
            List<Levels.Grown> less = undo.less().stream()
                    .map(each -> new Levels.Grown(each.measure(), each.by()))
                    .toList();
            new Levels(rules, member).take(less, undo.period(), today);
        }
        for (Parts.Use use : undo.uses()) {
            if (member.counters.containsKey(use.counter())) {
                member.count(use.counter(), -use.left());
            }
        }
        for (Undo.GiftBack gift : undo.gifts()) {
            long cancelled = member.cancel(gift.gift(), gift.count());
            String rule = "promotion:" + gift.gift().promotion();
            explanation.add(new Part(rule, 0, gift.gift().reward(), -cancelled, 0, null));
        }
        long takenBack = 0;
        for (Undo.Back back : undo.backs()) {
            Gave gave = progress.takeBack(back);
            long cancelled = member.cancel(back.promotion(), gave.gifts());
            takenBack += gave.points();
            explanation.add(new Part(
                    "promotion:" + back.promotion(), -gave.points(), back.reward(), -cancelled, -gave.points(), null));
        }
        explanation.removeIf(Part::isNothing);
        int level = new Levels(rules, member).held(today);
        return new Undone(member.state(), level, own, takenBack, explanation);
    }
}
