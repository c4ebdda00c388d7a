package dev.stampede.embedded;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Ends a process that is out of memory, wherever it was started: its event loops may be dead, and it would neither answer
 * nor be started again. {@code -XX:+ExitOnOutOfMemoryError} does the same, but only where somebody has thought of it. What
 * was answered is in Postgres; what was not is told by its key.
 *
 * <p>An error in a thread of the framework is only logged: dev.stampede.http.BoundedLog sees those.
 */
final class OutOfMemory {
    /** As -XX:+ExitOnOutOfMemoryError has it. */
    private static final int EXIT_CODE = 3;

    private static final int PROBE_BYTES = 1 << 20;

    private static volatile byte[] probe;

    private OutOfMemory() {}

    /** From now on; a look a second. */
    static void endsTheProcess() {
        Thread.setDefaultUncaughtExceptionHandler((thread, e) -> {
            if (e instanceof OutOfMemoryError) {
                Runtime.getRuntime().halt(EXIT_CODE);
            }
            System.err.println("in thread " + thread.getName());
            e.printStackTrace();
        });
        ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "out-of-memory");
            thread.setDaemon(true);
            return thread;
        });
        var unused = clock.scheduleWithFixedDelay(OutOfMemory::look, 1, 1, TimeUnit.SECONDS);
    }

    private static void look() {
        try {
            probe = new byte[PROBE_BYTES];
            probe = null;
        } catch (OutOfMemoryError e) {
            Runtime.getRuntime().halt(EXIT_CODE);
        }
    }
}
