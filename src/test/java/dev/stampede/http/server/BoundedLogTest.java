package dev.stampede.http.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.Test;

class BoundedLogTest {
    private final List<String> told = new ArrayList<>();
    private final BoundedLog log = new BoundedLog((left, place) -> told.add(left + " of " + place));

    private int logged(String logger, String message, int times) {
        int logged = 0;
        for (int i = 0; i < times; i++) {
            LogRecord line = new LogRecord(Level.WARNING, message);
            line.setLoggerName(logger);
            logged += log.isLoggable(line) ? 1 : 0;
        }
        return logged;
    }

    @Test
    void aFewLinesASecondAndHowManyMoreThereWere() {
        assertEquals(BoundedLog.LINES_A_SECOND, logged("a", "request %s: %s (%s)", 300));
        assertEquals(1, logged("a", "something else", 1), "has lines of its own");
        assertEquals(List.of(), told);
        log.nextSecond();
        assertEquals(
                List.of(300 - BoundedLog.LINES_A_SECOND + " of a: request %s: %s (%s)"),
                told,
                "also when the rush is over");
        log.nextSecond();
        assertEquals(1, told.size(), "once");
        assertEquals(BoundedLog.LINES_A_SECOND, logged("a", "request %s: %s (%s)", 300));
    }

    @Test
    void allTogetherAreBoundedToo() {
        int logged = 0;
        for (int i = 0; i < 5000; i++) {
            logged += logged("b", "put together before: " + i, 1);
        }
        assertEquals(BoundedLog.LINES_OF_ALL, logged);
        log.nextSecond();
        int left = told.stream()
                .mapToInt(line -> Integer.parseInt(line.substring(0, line.indexOf(' '))))
                .sum();
        assertEquals(5000 - BoundedLog.LINES_OF_ALL, left, "none is forgotten");
        assertTrue(told.size() <= 1001, "nor are they remembered without a bound");
    }

    @Test
    void stackTracesAreBoundedToo() {
        Throwable deep = new StackOverflowError();
        StackTraceElement[] frames = new StackTraceElement[1024];
        Arrays.fill(frames, new StackTraceElement("A", "a", "A.java", 1));
        deep.setStackTrace(frames);
        int logged = 0;
        for (int i = 0; i < 10; i++) {
            LogRecord line = new LogRecord(Level.SEVERE, "request failed: " + i);
            line.setLoggerName("c");
            line.setThrown(deep);
            logged += log.isLoggable(line) ? 1 : 0;
        }
        assertEquals(2, logged);
        assertEquals(1, logged("c", "without one", 1), "others have room");
        log.nextSecond();
        assertEquals(8, told.size(), "none is forgotten");
    }
}
