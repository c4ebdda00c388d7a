package dev.stampede.start;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Ends a process that is out of memory, wherever it was started: its event loops may be dead, and it would neither
 * answer nor be started again. {@code -XX:+ExitOnOutOfMemoryError} does the same, but only where somebody has thought
 * of it. What was answered is in Postgres; what was not is told by its key.
 *
 * <p>Of direct memory, in which Netty keeps what it reads and writes, nobody says that it is out: each event loop waits
 * half a second for some, closes the one connection, and goes on to the next.
 *
 * <p>An error in a thread of the framework is only logged: dev.stampede.http.server.BoundedLog sees those.
 */
final class OutOfMemory {
    /** As -XX:+ExitOnOutOfMemoryError has it. */
    private static final int EXIT_CODE = 3;

    private static final int PROBE_BYTES = 1 << 20;

    private static volatile Object probe;

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
            if (directInUse() + PROBE_BYTES > direct()) { // only then: it would be garbage, each second
                probe = ByteBuffer.allocateDirect(PROBE_BYTES);
            }
            probe = null;
        } catch (OutOfMemoryError e) {
            Runtime.getRuntime().halt(EXIT_CODE);
        }
    }

    private static long directInUse() {
        return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .filter(pool -> pool.getName().equals("direct"))
                .mapToLong(BufferPoolMXBean::getMemoryUsed)
                .sum();
    }

    /** How many bytes of direct memory there may be: as many as of the heap, unless that is set. */
    static long direct() {
        long set = Long.parseLong(ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
                .getVMOption("MaxDirectMemorySize")
                .getValue());
        return set > 0 ? set : Runtime.getRuntime().maxMemory();
    }
}
