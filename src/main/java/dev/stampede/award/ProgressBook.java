package dev.stampede.award;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A member's stamps and streaks: how operations advance them, and what goes back with a reversal. */
final class ProgressBook {
    private final Draft member;

    ProgressBook(Draft member) {
        this.member = member;
    }

    /** Advances a promotion; answers how often it becomes complete. */
    long advance(String promotion, Advance by) {
        if (by instanceof Advance.Stamp stamp) {
            Stamps before = member.stamps.getOrDefault(promotion, Stamps.NONE);
            long count = before.count() + stamp.stamps();
            long full = Math.floorDiv(count, stamp.target());
            long due = Math.max(0, (stamp.repeat() ? full : Math.min(full, 1)) - before.given());
            if (count > 0) {
                member.stamps.put(promotion, new Stamps(count, before.given() + due, before.used(), before.gave()));
            }
            return due;
        }
        return step(promotion, (Advance.Step) by);
    }

    private long step(String promotion, Advance.Step step) {
        Streak before = member.streaks.getOrDefault(promotion, Streak.NONE);
        List<Streak.Day> days = added(before.days(), step.period());
        List<Streak.Run> runs = new ArrayList<>(before.runs());
        long end = before.end();
        long given = before.given();
        while (step.repeat() || given == 0) {
            long last = completed(days, end, step.target());
            if (last == Streak.NEVER) {
                break;
            }
            runs.add(new Streak.Run(last, 0, 0));
            end = last;
            given++;
        }
        member.streaks.put(promotion, pruned(new Streak(days, runs, before.forgotten(), given, before.used()), step));
        return given - before.given();
    }

    private static List<Streak.Day> added(List<Streak.Day> days, long period) {
        List<Streak.Day> out = new ArrayList<>(days);
        int at = 0;
        while (at < out.size() && out.get(at).period() < period) {
            at++;
        }
        if (at < out.size() && out.get(at).period() == period) {
            out.set(at, new Streak.Day(period, out.get(at).operations() + 1));
        } else {
            out.add(at, new Streak.Day(period, 1));
        }
        return out;
    }

    /** The last period of the first complete run after {@code end}. */
    private static long completed(List<Streak.Day> days, long end, long target) {
        long length = 0;
        long previous = Streak.NEVER;
        for (Streak.Day day : days) {
            if (day.period() <= end) {
                continue;
            }
            length = length > 0 && day.period() == previous + 1 ? length + 1 : 1;
            previous = day.period();
            if (length == target) {
                return previous;
            }
        }
        return Streak.NEVER;
    }

    /** Keeps the newest runs, those that a late operation can still touch, their periods, and the newest periods. */
    private static Streak pruned(Streak streak, Advance.Step step) {
        List<Streak.Run> runs = new ArrayList<>(streak.runs());
        long forgotten = streak.forgotten();
        while (runs.size() > step.keptRuns() && runs.get(0).last() < step.oldest()) {
            forgotten = Math.max(forgotten, runs.remove(0).last());
        }
        List<Streak.Day> days = streak.days().stream()
                .filter(day -> day.period() >= step.oldest() || isWithin(runs, day.period(), step.target()))
                .toList();
        return new Streak(days, runs, forgotten, streak.given(), streak.used());
    }

    private static boolean isWithin(List<Streak.Run> runs, long period, long target) {
        return runs.stream().anyMatch(run -> period <= run.last() && period > run.last() - target);
    }

    /**
     * Notes what completions gave.
     *
     * @param completions as {@link #advance} said
     */
    void gave(String promotion, Advance by, long completions, long points, long gifts) {
        if (by instanceof Advance.Stamp) {
            Stamps stamps = member.stamps.getOrDefault(promotion, Stamps.NONE);
            List<Gave> gave = Gave.push(stamps.gave(), new Gave(completions, points, gifts));
            member.stamps.put(promotion, new Stamps(stamps.count(), stamps.given(), stamps.used(), gave));
            return;
        }
        Streak streak = member.streaks.getOrDefault(promotion, Streak.NONE);
        List<Streak.Run> runs = new ArrayList<>(streak.runs());
        Gave all = new Gave(completions, points, gifts);
        List<Gave> parts = new ArrayList<>(List.of(all));
        for (int i = runs.size() - 1; i >= Math.max(0, runs.size() - completions); i--) {
            Gave one = Gave.pop(parts);
            runs.set(i, new Streak.Run(runs.get(i).last(), one.points(), one.gifts()));
        }
        member.streaks.put(
                promotion, new Streak(streak.days(), runs, streak.forgotten(), streak.given(), streak.used()));
    }

    /** A gift of the promotion was used ({@code by} 1), or its use was undone (-1). */
    void used(String promotion, long by) {
        Stamps stamps = member.stamps.get(promotion);
        if (stamps != null) {
            long used = Math.max(0, stamps.used() + by);
            member.stamps.put(promotion, new Stamps(stamps.count(), stamps.given(), used, stamps.gave()));
        }
        Streak streak = member.streaks.get(promotion);
        if (streak != null) {
            long used = Math.max(0, streak.used() + by);
            member.streaks.put(
                    promotion, new Streak(streak.days(), streak.runs(), streak.forgotten(), streak.given(), used));
        }
    }

    /** Takes what a reversal leaves too much of; answers what was given for it. */
    Gave takeBack(Undo.Back back) {
        return back.period() == null ? stampsBack(back) : periodBack(back, back.period());
    }

    private Gave stampsBack(Undo.Back back) {
        Stamps before = member.stamps.getOrDefault(back.promotion(), Stamps.NONE);
        long count = Math.max(0, before.count() - back.stamps());
        long given = before.given();
        List<Gave> gave = new ArrayList<>(before.gave());
        long points = 0;
        long gifts = 0;
        while (given > Math.floorDiv(count, back.target()) && given > before.used()) {
            Gave newest = Gave.pop(gave);
            points += newest.points();
            gifts += newest.gifts();
            given--;
        }
        if (count == 0 && given == 0) {
            member.stamps.remove(back.promotion());
        } else {
            member.stamps.put(back.promotion(), new Stamps(count, given, before.used(), gave));
        }
        return new Gave(before.given() - given, points, gifts);
    }

    /**
     * A period goes back: if it was the last operation in it, the run that it belonged to is broken. A run that is no
     * longer kept goes back with the operation that completed it.
     */
    private Gave periodBack(Undo.Back back, long period) {
        Streak before = member.streaks.getOrDefault(back.promotion(), Streak.NONE);
        boolean isEmpty = false;
        List<Streak.Day> days = new ArrayList<>();
        for (Streak.Day day : before.days()) {
            if (day.period() != period) {
                days.add(day);
            } else if (day.operations() > 1) {
                days.add(new Streak.Day(period, day.operations() - 1));
            } else {
                isEmpty = true;
            }
        }
        List<Streak.Run> runs = new ArrayList<>();
        long given = before.given();
        Gave taken = new Gave(0, 0, 0);
        for (Streak.Run run : before.runs()) {
            boolean holds = !isEmpty || period > run.last() || period <= run.last() - back.target();
            if (holds || given <= before.used()) {
                runs.add(run);
            } else {
                taken = new Gave(1, run.points(), run.gifts());
                given--;
            }
        }
        if (taken.completions() == 0 && back.isForgotten(before.forgotten()) && given > before.used()) {
            taken = new Gave(1, back.points(), back.gifts());
            given--;
        }
        if (days.isEmpty() && given == 0) {
            member.streaks.remove(back.promotion());
        } else {
            member.streaks.put(back.promotion(), new Streak(days, runs, before.forgotten(), given, before.used()));
        }
        return taken;
    }

    /**
     * Some of the points of the newest completions, or of a run, are taken back by themselves.
     *
     * @return how many of {@code most} were still there
     */
    long take(String promotion, @Nullable Long run, long most) {
        Stamps stamps = member.stamps.get(promotion);
        if (stamps != null) {
            long part = Math.min(
                    most, stamps.gave().stream().mapToLong(Gave::points).sum());
            member.stamps.put(
                    promotion,
                    new Stamps(stamps.count(), stamps.given(), stamps.used(), Gave.less(stamps.gave(), part)));
            return part;
        }
        Streak streak = member.streaks.get(promotion);
        if (streak == null || run == null) {
            return 0;
        }
        if (run <= streak.forgotten()) {
            return most;
        }
        long part = 0;
        List<Streak.Run> runs = new ArrayList<>();
        for (Streak.Run each : streak.runs()) {
            if (each.last() == run) {
                part = Math.min(most, each.points());
                runs.add(new Streak.Run(run, each.points() - part, each.gifts()));
            } else {
                runs.add(each);
            }
        }
        member.streaks.put(
                promotion, new Streak(streak.days(), runs, streak.forgotten(), streak.given(), streak.used()));
        return part;
    }
}
