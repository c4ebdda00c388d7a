package dev.stampede.story;

import java.util.List;

/** The words of a line, one after the other. */
final class Words {
    private final List<String> words;
    private int next;

    Words(List<String> words) {
        this.words = words;
    }

    String next() {
        if (next == words.size()) {
            throw new IllegalArgumentException("and what?");
        }
        return words.get(next++);
    }

    boolean skip(String word) {
        boolean there = next < words.size() && words.get(next).equals(word);
        next += there ? 1 : 0;
        return there;
    }

    /** The next one if it looks like that, else null. */
    String like(String pattern) {
        return next < words.size() && words.get(next).matches(pattern) ? words.get(next++) : null;
    }

    boolean number() {
        return next < words.size() && words.get(next).matches("[0-9.]+");
    }

    void end() {
        if (next < words.size()) {
            throw new IllegalArgumentException("what is " + words.get(next) + "?");
        }
    }
}
