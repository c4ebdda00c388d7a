package dev.stampede.program.reading;

import java.util.Collection;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Puts texts of a document into messages. */
final class Words {
    private static final int MAX_QUOTED = 64;
    private static final int MAX_LISTED = 40;

    private Words() {}

    static String quoted(String text) {
        String start = text.length() > MAX_QUOTED ? text.substring(0, MAX_QUOTED) + "..." : text;
        return '"' + printable(start) + '"';
    }

    /** Characters that cannot be shown become question marks. */
    static String printable(String text) {
        return text.codePoints()
                .map(c -> isPrintable(c) ? c : '?')
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    static boolean isPrintable(int c) {
        return !Character.isISOControl(c) && !(c >= 0xd800 && c <= 0xdfff);
    }

    static String digits(int count) {
        return count == 1 ? "1 digit" : (count == 0 ? "no" : count) + " digits";
    }

    static String listed(Collection<String> words) {
        return words.stream().limit(MAX_LISTED).map(Words::quoted).collect(Collectors.joining(", "))
                + (words.size() > MAX_LISTED ? ", ..." : "");
    }

    /** The word that was probably meant; null if none is near. */
    static @Nullable String nearest(String word, Set<String> known) {
        if (word.length() > MAX_QUOTED) {
            return null;
        }
        String best = null;
        int least = 1 + word.length() / 3;
        for (String other : known) {
            int distance = distance(word, other);
            if (distance <= least && (best == null || distance < least)) {
                best = other;
                least = distance;
            }
        }
        return best;
    }

    /** "Did you mean ...?", or what there is. */
    static String instead(String word, Set<String> known, String kind) {
        String near = nearest(word, known);
        if (near != null) {
            return "Did you mean " + quoted(near) + "?";
        }
        return known.isEmpty() ? "There are no " + kind + "." : "There are these " + kind + ": " + listed(known) + ".";
    }

    /** Levenshtein's, without regard to case. */
    private static int distance(String one, String other) {
        int[] before = new int[other.length() + 1];
        for (int j = 0; j < before.length; j++) {
            before[j] = j;
        }
        for (int i = 1; i <= one.length(); i++) {
            int[] row = new int[other.length() + 1];
            row[0] = i;
            for (int j = 1; j <= other.length(); j++) {
                boolean same = Character.toLowerCase(one.charAt(i - 1)) == Character.toLowerCase(other.charAt(j - 1));
                row[j] = Math.min(before[j - 1] + (same ? 0 : 1), 1 + Math.min(before[j], row[j - 1]));
            }
            before = row;
        }
        return before[other.length()];
    }
}
