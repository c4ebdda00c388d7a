package dev.stampede.http.server;

import io.quarkus.logging.LoggingFilter;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.logging.Filter;
import java.util.logging.LogRecord;
import org.jboss.logging.Logger;

/**
 * Limits the log: per line of code to {@value #LINES_A_SECOND} messages a second, over all lines to {@value
 * #LINES_OF_ALL}, and stack traces to {@value #FRAMES_OF_ALL} frames in all; of the dropped messages it logs the
 * number. When a server is down, the same message occurs for thousands of calls, and a log that takes all of them is a
 * second outage. Also ends the process when an OutOfMemoryError is logged: the framework only logs such an error. Safe
 * for use from any thread.
 */
@LoggingFilter(name = "bounded")
public final class BoundedLog implements Filter {
    static final int LINES_A_SECOND = 20;
    static final int LINES_OF_ALL = 200;
    static final int FRAMES_OF_ALL = 2000;
    /**
     * Number of lines of code that are counted separately; messages that are formatted before they are logged count as
     * lines.
     */
    private static final int MAX_PLACES = 1000;

    /** The exit status of -XX:+ExitOnOutOfMemoryError. */
    private static final int OUT_OF_MEMORY = 3;

    private static final String ELSEWHERE = "messages of various kinds";
    private static final String OWN = BoundedLog.class.getName();

    private final Map<String, Count> places = new ConcurrentHashMap<>();
    private final AtomicInteger all = new AtomicInteger();
    private final AtomicInteger frames = new AtomicInteger();
    private final BiConsumer<Integer, String> tell;

    /** The counts of one second. */
    private static final class Count {
        final AtomicInteger logged = new AtomicInteger();
        final AtomicInteger left = new AtomicInteger();
    }

    public BoundedLog() {
        this((left, place) -> Logger.getLogger(BoundedLog.class).warnf("%d more: %s", left, place));
        ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "bounded-log");
            thread.setDaemon(true);
            return thread;
        });
        var unused = clock.scheduleAtFixedRate(this::nextSecond, 1, 1, TimeUnit.SECONDS);
    }

    /** @param tell receives the number of dropped messages, and the line of code */
    BoundedLog(BiConsumer<Integer, String> tell) {
        this.tell = tell;
    }

    @Override
    public boolean isLoggable(LogRecord message) {
        if (message.getThrown() instanceof OutOfMemoryError) {
            Runtime.getRuntime().halt(OUT_OF_MEMORY); // an event loop may be dead and would not recover
        }
        if (OWN.equals(message.getLoggerName())) {
            return true;
        }
        String place = message.getLoggerName() + ": " + message.getMessage();
        Count count = places.get(place);
        if (count == null) {
            count = places.computeIfAbsent(places.size() < MAX_PLACES ? place : ELSEWHERE, p -> new Count());
        }
        boolean room = message.getThrown() == null || frames.get() < FRAMES_OF_ALL;
        if (room && count.logged.get() < LINES_A_SECOND && all.get() < LINES_OF_ALL) {
            frames.addAndGet(framesOf(message.getThrown()));
            count.logged.incrementAndGet();
            all.incrementAndGet();
            return true;
        }
        count.left.incrementAndGet();
        return false;
    }

    private static int framesOf(Throwable thrown) {
        int frames = 0;
        // the causes may form a cycle
        for (Throwable each = thrown; each != null && frames < FRAMES_OF_ALL; each = each.getCause()) {
            frames += 1 + each.getStackTrace().length;
        }
        return frames;
    }

    void nextSecond() {
        all.set(0);
        frames.set(0);
        places.forEach((place, count) -> {
            int left = count.left.getAndSet(0);
            if (left > 0) {
                tell.accept(left, place);
            }
            if (count.logged.getAndSet(0) == 0 && left == 0) {
                places.remove(place, count);
            }
        });
    }
}
