package dev.stampede.award;

import java.util.ArrayList;
import java.util.List;

/**
 * The lines of a purchase as one short text, because all that a reversal needs must fit into 4 KiB: for each line its
 * weight, {@code x} and its thousandths if it is not one unit, {@code :} and its marks if they are not those of the
 * line before. {@code 1299:1 250x453 0:0} are three lines.
 */
public final class LineText {
    private static final long ONE_UNIT = 1000;

    private LineText() {}

    public static String write(List<Award.Line> lines) {
        StringBuilder text = new StringBuilder();
        long marks = 0;
        for (Award.Line line : lines) {
            text.append(text.isEmpty() ? "" : " ").append(line.weight());
            if (line.thousandths() != ONE_UNIT) {
                text.append('x').append(line.thousandths());
            }
            if (line.stamped() != marks) {
                text.append(':').append(line.stamped());
                marks = line.stamped();
            }
        }
        return text.toString();
    }

    /** @throws IllegalArgumentException if the text was not written by {@link #write} */
    public static List<Award.Line> read(String text) {
        List<Award.Line> lines = new ArrayList<>();
        long marks = 0;
        int at = 0;
        while (at < text.length()) {
            int space = text.indexOf(' ', at);
            String line = text.substring(at, space < 0 ? text.length() : space);
            int colon = line.indexOf(':');
            marks = colon < 0 ? marks : Long.parseLong(line.substring(colon + 1));
            String numbers = colon < 0 ? line : line.substring(0, colon);
            int x = numbers.indexOf('x');
            lines.add(new Award.Line(
                    Long.parseLong(x < 0 ? numbers : numbers.substring(0, x)),
                    x < 0 ? ONE_UNIT : Long.parseLong(numbers.substring(x + 1)),
                    marks));
            at += line.length() + 1;
        }
        return lines;
    }
}
