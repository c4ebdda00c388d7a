package dev.stampede.rules;

import dev.stampede.award.Cap;
import dev.stampede.award.Unit;
import dev.stampede.document.CountedAs;
import dev.stampede.document.Limit;
import dev.stampede.document.MemberLimit;
import dev.stampede.document.Per;
import java.util.List;

/** Limits with the names of their counters and the windows in which they count. Names with ':' can't be ids. */
final class Caps {
    private Caps() {}

    /** @param owner the promotion's id, or {@code reward:<id>} */
    static List<Cap> of(String owner, List<Limit> limits, Moment at) {
        Cap[] caps = new Cap[limits.size()];
        for (int i = 0; i < caps.length; i++) {
            Limit limit = limits.get(i);
            boolean ofUses = limit.of() == CountedAs.USES;
            Unit unit = unit(limit.per());
            // a counter that is shared by name counts uses and points apart
            String name =
                    limit.counter() == null ? owner + "." + i : ofUses ? limit.counter() : limit.counter() + ".points";
            caps[i] = new Cap(unit == Unit.OPERATION ? "" : name, unit, at.window(unit), limit.max(), ofUses);
        }
        return List.of(caps);
    }

    static List<Cap> of(List<MemberLimit> limits, MemberLimit.On on, Moment at) {
        return limits.stream()
                .filter(limit -> limit.on() == on)
                .map(limit -> {
                    Unit unit = unit(limit.per());
                    return new Cap(
                            unit == Unit.OPERATION ? "" : "limit:" + limit.id(),
                            unit,
                            at.window(unit),
                            limit.max(),
                            limit.of() == CountedAs.USES);
                })
                .toList();
    }

    static boolean needBirthday(List<Limit> limits) {
        return limits.stream().anyMatch(limit -> limit.per() == Per.BIRTHDAY);
    }

    private static Unit unit(Per per) {
        return switch (per) {
            case OPERATION -> Unit.OPERATION;
            case DAY -> Unit.DAY;
            case WEEK -> Unit.WEEK;
            case MONTH -> Unit.MONTH;
            case YEAR -> Unit.YEAR;
            case BIRTHDAY -> Unit.BIRTHDAY;
            case PROMOTION -> Unit.EVER;
        };
    }
}
