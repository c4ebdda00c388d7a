package dev.stampede.award;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LineTextTest {
    private static final List<Award.Line> THREE =
            List.of(new Award.Line(1299, 1000, 1), new Award.Line(250, 453, 1), new Award.Line(0, 1000, 0));

    @Test
    void isShort() {
        assertEquals(":1yN6LlK5:00", LineText.write(THREE));
        assertEquals(THREE, LineText.read(LineText.write(THREE)));
        assertEquals(List.of(), LineText.read(LineText.write(List.of())));
    }

    @Test
    void whatIsBackIsShort() {
        for (List<Long> back : List.of(List.of(0L, 0L, 0L), List.of(0L, 452L, 0L), List.of(1000L, 453L, 1000L))) {
            String text = LineText.writeBack(THREE, back);
            assertEquals(back, LineText.readBack(THREE, text), text);
        }
        assertEquals("010101", LineText.writeBack(THREE, List.of(1000L, 453L, 1000L)));
    }

    @Test
    void everyNumberIsReadAsItWasWritten() {
        for (long number = 1; number < 1L << 50; number = number * 2 + number % 3) {
            List<Award.Line> lines = List.of(new Award.Line(number, number, number), new Award.Line(0, 1, 0));
            assertEquals(lines, LineText.read(LineText.write(lines)));
        }
    }

    @Test
    void anotherTextIsRefused() {
        for (String text : new String[] {"w", ":", ":1", "1", " ", "0 ", "\u00e9"}) {
            assertThrows(IllegalArgumentException.class, () -> LineText.read(text), text);
        }
        assertThrows(IllegalArgumentException.class, () -> LineText.readBack(THREE, "31"));
        assertThrows(IllegalArgumentException.class, () -> LineText.readBack(THREE, "0"));
    }

    @Test
    void theLargestReceiptFits() {
        Random random = new Random(7);
        List<Award.Line> lines = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            lines.add(new Award.Line(random.nextInt(10_000), 1 + random.nextInt(5000), i % 50 == 0 ? 2 : 0));
        }
        String text = LineText.write(lines);
        assertEquals(lines, LineText.read(text));
        assertTrue(text.length() <= LineText.MOST_CHARACTERS, "" + text.length());
    }
}
