package dev.stampede.console;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What is different between two texts, line by line. */
public final class Lines {
    /** Unchanged lines around a change that are shown. */
    private static final int AROUND = 3;
    /** Beyond so many pairs of lines only the first and the last difference are looked for. */
    private static final long MOST_PAIRS = 4_000_000;

    private Lines() {}

    /** How a line is of the two texts. */
    public enum Change {
        SAME,
        GONE,
        ADDED,
        /** In place of unchanged lines that are not shown. */
        LEFT_OUT
    }

    /** A line of one of the texts, or of both. */
    public record Line(Change change, String text) {
        public boolean gone() {
            return change == Change.GONE;
        }

        public boolean added() {
            return change == Change.ADDED;
        }

        public boolean leftOut() {
            return change == Change.LEFT_OUT;
        }
    }

    /** All lines of both texts, as few of them changed as can be. */
    static List<Line> diff(List<String> before, List<String> after) {
        int begin = 0;
        int least = Math.min(before.size(), after.size());
        while (begin < least && before.get(begin).equals(after.get(begin))) {
            begin++;
        }
        int end = 0;
        while (end < least - begin && before.get(before.size() - 1 - end).equals(after.get(after.size() - 1 - end))) {
            end++;
        }
        List<Line> lines = new ArrayList<>();
        add(lines, Change.SAME, before.subList(0, begin));
        middle(lines, before.subList(begin, before.size() - end), after.subList(begin, after.size() - end));
        add(lines, Change.SAME, before.subList(before.size() - end, before.size()));
        return lines;
    }

    private static void add(List<Line> lines, Change change, List<String> texts) {
        texts.forEach(text -> lines.add(new Line(change, text)));
    }

    /** By the longest common subsequence. */
    private static void middle(List<Line> lines, List<String> before, List<String> after) {
        if ((long) before.size() * after.size() > MOST_PAIRS) {
            add(lines, Change.GONE, before);
            add(lines, Change.ADDED, after);
            return;
        }
        int[][] common = new int[before.size() + 1][after.size() + 1];
        for (int i = before.size() - 1; i >= 0; i--) {
            for (int j = after.size() - 1; j >= 0; j--) {
                common[i][j] = before.get(i).equals(after.get(j))
                        ? common[i + 1][j + 1] + 1
                        : Math.max(common[i + 1][j], common[i][j + 1]);
            }
        }
        int i = 0;
        int j = 0;
        while (i < before.size() || j < after.size()) {
            if (i < before.size() && j < after.size() && before.get(i).equals(after.get(j))) {
                lines.add(new Line(Change.SAME, before.get(i++)));
                j++;
            } else if (j == after.size() || (i < before.size() && common[i + 1][j] >= common[i][j + 1])) {
                lines.add(new Line(Change.GONE, before.get(i++)));
            } else {
                lines.add(new Line(Change.ADDED, after.get(j++)));
            }
        }
    }

    /** Only what has changed, with a few lines around it; empty if nothing has. */
    static List<Line> changes(List<String> before, List<String> after) {
        List<Line> all = diff(before, after);
        boolean[] shown = new boolean[all.size()];
        for (int i = 0; i < all.size(); i++) {
            if (all.get(i).change != Change.SAME) {
                for (int near = Math.max(0, i - AROUND); near <= Math.min(all.size() - 1, i + AROUND); near++) {
                    shown[near] = true;
                }
            }
        }
        List<Line> lines = new ArrayList<>();
        for (int i = 0; i < all.size(); i++) {
            if (shown[i]) {
                lines.add(all.get(i));
            } else if (i > 0 && shown[i - 1]) {
                lines.add(new Line(Change.LEFT_OUT, ""));
            }
        }
        return lines;
    }

    /** The same of sentences below headings: headings below which nothing has changed are left out. */
    static Map<String, List<Line>> changes(Map<String, List<String>> before, Map<String, List<String>> after) {
        Set<String> headings = new LinkedHashSet<>(before.keySet());
        headings.addAll(after.keySet());
        Map<String, List<Line>> changes = new LinkedHashMap<>();
        for (String heading : headings) {
            List<Line> lines = diff(before.getOrDefault(heading, List.of()), after.getOrDefault(heading, List.of()));
            if (lines.stream().anyMatch(line -> line.change != Change.SAME)) {
                changes.put(heading, lines);
            }
        }
        return changes;
    }
}
