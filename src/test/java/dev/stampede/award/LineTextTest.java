package dev.stampede.award;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LineTextTest {
    @Test
    void isShort() {
        List<Award.Line> lines =
                List.of(new Award.Line(1299, 1000, 1), new Award.Line(250, 453, 1), new Award.Line(0, 1000, 0));
        assertEquals("1299:1 250x453 0:0", LineText.write(lines));
        assertEquals(lines, LineText.read("1299:1 250x453 0:0"));
        assertEquals(List.of(), LineText.read(LineText.write(List.of())));
    }

    @Test
    void theLargestReceiptFits() {
        Random random = new Random(7);
        List<Award.Line> lines = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            lines.add(
                    new Award.Line(random.nextInt(10_000), random.nextInt(10) == 0 ? 453 : 1000, i % 50 == 0 ? 2 : 0));
        }
        String text = LineText.write(lines);
        assertEquals(lines, LineText.read(text));
        assertTrue(text.length() < 3000, "" + text.length());
    }
}
