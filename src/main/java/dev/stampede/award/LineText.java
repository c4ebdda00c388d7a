package dev.stampede.award;

import java.util.ArrayList;
import java.util.List;

/**
 * The lines of a purchase as one short text, because all that a reversal needs must fit into 4 KiB, also of a receipt
 * with 500 lines of weighed goods. A line is twice its weight, and 1 more if its thousandths follow because it is not
 * one unit; before it are {@code :} and its marks if they are not those of the line before.
 *
 * <p>A number is written in digits of 5 bits, the highest first: {@code 0-9a-v} for the last digit, {@code w-zA-Z-_}
 * for those before it.
 */
public final class LineText {
    /** Of the lines of one purchase: the rest of the 4 KiB is for what rules gave. */
    public static final int MOST_CHARACTERS = 3000;

    private static final String DIGITS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_";
    private static final int BITS = 5;
    private static final int MORE = 1 << BITS;
    private static final char MARKS = ':';
    private static final long ONE_UNIT = 1000;
    private static final long ALL = 1;

    private LineText() {}

    public static String write(List<Award.Line> lines) {
        StringBuilder text = new StringBuilder();
        long marks = 0;
        for (Award.Line line : lines) {
            if (line.stamped() != marks) {
                number(text.append(MARKS), line.stamped());
                marks = line.stamped();
            }
            boolean isOne = line.thousandths() == ONE_UNIT;
            number(text, 2 * line.weight() + (isOne ? 0 : 1));
            if (!isOne) {
                number(text, line.thousandths());
            }
        }
        return text.toString();
    }

    /** @throws IllegalArgumentException if the text was not written by {@link #write} */
    public static List<Award.Line> read(String text) {
        List<Award.Line> lines = new ArrayList<>();
        Reader reader = new Reader(text);
        long marks = 0;
        while (reader.hasMore()) {
            if (reader.skips(MARKS)) {
                marks = reader.number();
            }
            long weight = reader.number();
            lines.add(new Award.Line(weight >> 1, (weight & 1) == 0 ? ONE_UNIT : reader.number(), marks));
        }
        return lines;
    }

    /**
     * How much of each line is back: for each line of which anything is, the number of lines passed over, and 1 for all
     * of it or its thousandths + 1.
     *
     * @param back thousandths of units, for each line
     */
    public static String writeBack(List<Award.Line> lines, List<Long> back) {
        StringBuilder text = new StringBuilder();
        int passed = 0;
        for (int i = 0; i < back.size(); i++) {
            if (back.get(i) == 0) {
                passed++;
            } else {
                number(text, passed);
                number(text, back.get(i) == lines.get(i).thousandths() ? ALL : back.get(i) + 1);
                passed = 0;
            }
        }
        return text.toString();
    }

    /** @throws IllegalArgumentException if the text was not written by {@link #writeBack} for these lines */
    public static List<Long> readBack(List<Award.Line> lines, String text) {
        List<Long> back = new ArrayList<>();
        Reader reader = new Reader(text);
        while (reader.hasMore()) {
            for (long passed = reader.number(); passed > 0; passed--) {
                back.add(0L);
            }
            if (back.size() >= lines.size()) {
                throw new IllegalArgumentException("more lines are back than there are");
            }
            long value = reader.number();
            back.add(value == ALL ? lines.get(back.size()).thousandths() : value - 1);
        }
        while (back.size() < lines.size()) {
            back.add(0L);
        }
        return back;
    }

    private static void number(StringBuilder text, long number) {
        int shift = 0;
        while ((number >> shift) >= MORE) {
            shift += BITS;
        }
        for (; shift > 0; shift -= BITS) {
            text.append(DIGITS.charAt(MORE + (int) ((number >> shift) & (MORE - 1))));
        }
        text.append(DIGITS.charAt((int) (number & (MORE - 1))));
    }

    private static final class Reader {
        private final String text;
        private int at;

        Reader(String text) {
            this.text = text;
        }

        boolean hasMore() {
            return at < text.length();
        }

        boolean skips(char expected) {
            boolean found = text.charAt(at) == expected;
            at += found ? 1 : 0;
            return found;
        }

        long number() {
            long number = 0;
            while (hasMore()) {
                int digit = DIGITS.indexOf(text.charAt(at++));
                if (digit < 0) {
                    break;
                }
                number = (number << BITS) | (digit & (MORE - 1));
                if (digit < MORE) {
                    return number;
                }
            }
            throw new IllegalArgumentException("not the lines of a purchase");
        }
    }
}
