package dev.stampede.rules;

import dev.stampede.award.Cap;
import dev.stampede.award.Counter;
import dev.stampede.award.Unit;
import dev.stampede.document.CountedAs;
import dev.stampede.document.Limit;
import dev.stampede.document.MemberLimit;
import dev.stampede.document.Per;
import dev.stampede.document.ProgramDocument;
import dev.stampede.document.Promotion;
import dev.stampede.document.Reward;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Limits with the names of their counters and the windows in which they count. Names with ':' can't be ids. */
final class Caps {
    private Caps() {}

    static List<Cap> of(Promotion promotion, Moment at) {
        return of(promotion.id(), promotion.limits(), at);
    }

    private static List<Cap> of(String owner, List<Limit> limits, Moment at) {
        Cap[] caps = new Cap[limits.size()];
        for (int i = 0; i < caps.length; i++) {
            Limit limit = limits.get(i);
            Unit unit = unit(limit.per());
            caps[i] = new Cap(
                    unit == Unit.OPERATION ? "" : counter(owner, i, limit),
                    unit,
                    at.window(unit),
                    limit.max(),
                    limit.of() == CountedAs.USES);
        }
        return List.of(caps);
    }

    /** A counter that is shared by name counts uses and points apart. */
    private static String counter(String owner, int index, Limit limit) {
        if (limit.counter() == null) {
            return owner + "." + index;
        }
        return limit.of() == CountedAs.USES ? limit.counter() : limit.counter() + ".points";
    }

    private static String counter(MemberLimit limit) {
        return Counter.OF_PROGRAM + limit.id();
    }

    private static String owner(Reward reward) {
        return "reward:" + reward.id();
    }

    /** The names of all counters that a document can need. */
    static Set<String> counters(ProgramDocument document) {
        Set<String> names = new HashSet<>();
        document.promotions().forEach(each -> add(each.id(), each.limits(), names));
        document.rewards().forEach(each -> add(owner(each), each.limits(), names));
        document.limits().forEach(each -> names.add(counter(each)));
        return Set.copyOf(names);
    }

    private static void add(String owner, List<Limit> limits, Set<String> names) {
        for (int i = 0; i < limits.size(); i++) {
            names.add(counter(owner, i, limits.get(i)));
        }
    }

    static List<Cap> of(Reward reward, Moment at) {
        return of(owner(reward), reward.limits(), at);
    }

    static List<Cap> of(List<MemberLimit> limits, MemberLimit.On on, Moment at) {
        return limits.stream()
                .filter(limit -> limit.on() == on)
                .map(limit -> {
                    Unit unit = unit(limit.per());
                    return new Cap(
                            unit == Unit.OPERATION ? "" : counter(limit),
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
