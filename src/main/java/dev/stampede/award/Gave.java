package dev.stampede.award;

import java.util.ArrayList;
import java.util.List;

/**
 * What some completions of a promotion gave together. The newest is the last of a list; completions that gave the same
 * share one record.
 *
 * @param completions 1 or more
 */
public record Gave(long completions, long points, long gifts) {
    /** Beyond it the two oldest are merged: then only their sum is exact. */
    private static final int MAX = 8;

    private Gave plus(Gave other) {
        return new Gave(completions + other.completions, points + other.points, gifts + other.gifts);
    }

    /** What one of them gave, rounded down. */
    private Gave one() {
        return new Gave(1, Math.floorDiv(points, completions), Math.floorDiv(gifts, completions));
    }

    private boolean isEven() {
        return points % completions == 0 && gifts % completions == 0;
    }

    /** The list with these completions as the newest. */
    static List<Gave> push(List<Gave> list, Gave newest) {
        List<Gave> out = new ArrayList<>(list);
        int last = out.size() - 1;
        if (last >= 0
                && out.get(last).isEven()
                && newest.isEven()
                && out.get(last).one().equals(newest.one())) {
            out.set(last, out.get(last).plus(newest));
        } else {
            out.add(newest);
        }
        if (out.size() > MAX) {
            out.set(1, out.get(0).plus(out.get(1)));
            out.remove(0);
        }
        return out;
    }

    /** Takes the newest completion off the list. */
    static Gave pop(List<Gave> list) {
        int last = list.size() - 1;
        if (last < 0) {
            return new Gave(1, 0, 0);
        }
        Gave newest = list.remove(last);
        Gave one = newest.one();
        if (newest.completions > 1) {
            list.add(new Gave(newest.completions - 1, newest.points - one.points, newest.gifts - one.gifts));
        }
        return one;
    }

    /** Takes points off the newest completions. */
    static List<Gave> less(List<Gave> list, long points) {
        List<Gave> out = new ArrayList<>(list);
        long left = points;
        for (int i = out.size() - 1; i >= 0 && left > 0; i--) {
            Gave each = out.get(i);
            long part = Math.min(left, each.points);
            out.set(i, new Gave(each.completions, each.points - part, each.gifts));
            left -= part;
        }
        return out;
    }
}
