package dev.stampede.ceiling;

import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What programs say. */
final class Text {
    private Text() {}

    /** The first group of the pattern, where it is found. */
    static String found(String text, String pattern) {
        Matcher matcher = Pattern.compile(pattern).matcher(text);
        if (!matcher.find()) {
            throw new Trouble("no " + pattern + " in:\n" + text);
        }
        return matcher.group(1);
    }

    /** The numbers of the line that begins with this word. */
    static long[] numbers(List<String> lines, String word) {
        return lines.stream()
                .filter(line -> line.startsWith(word + " "))
                .findFirst()
                .map(line -> Arrays.stream(line.substring(word.length() + 1).split(" "))
                        .mapToLong(Long::parseLong)
                        .toArray())
                .orElseThrow(() -> new Trouble("no " + word + " in:\n" + String.join("\n", lines)));
    }
}
