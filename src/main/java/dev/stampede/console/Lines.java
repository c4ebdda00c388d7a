package dev.stampede.console;

import com.github.difflib.DiffUtils;
import com.github.difflib.patch.AbstractDelta;
import com.github.difflib.patch.Chunk;
import com.github.difflib.patch.DeltaType;
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
        List<Line> lines = new ArrayList<>();
        for (AbstractDelta<String> delta : DiffUtils.diff(before, after, true).getDeltas()) {
            if (delta.getType() == DeltaType.EQUAL) {
                add(lines, Change.SAME, delta.getSource());
            } else {
                add(lines, Change.GONE, delta.getSource());
                add(lines, Change.ADDED, delta.getTarget());
            }
        }
        return lines;
    }

    private static void add(List<Line> lines, Change change, Chunk<String> texts) {
        texts.getLines().forEach(text -> lines.add(new Line(change, text)));
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
