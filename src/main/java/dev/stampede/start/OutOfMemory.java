package dev.stampede.start;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Ends a process that is out of memory, however it was started: its event loops may be dead, and it would neither
 * answer nor be restarted. {@code -XX:+ExitOnOutOfMemoryError} does the same, but only if the operator has set it.
 * Answered operations are in Postgres; the key of any other call tells its outcome.
 *
 * <p>The lack of direct memory, in which Netty keeps the data that it reads and writes, raises no error there: each
 * event loop waits half a second for memory, closes the one connection, and continues.
 *
 * <p>An error in a thread of the framework is only logged: dev.stampede.http.server.BoundedLog detects it.
 */
final class OutOfMemory {
    /** The exit status of -XX:+ExitOnOutOfMemoryError. */
    private static final int EXIT_CODE = 3;

    private static final int PROBE_BYTES = 1 << 20;

    /** Written so that the allocation is not optimized away. */
    @SuppressWarnings("UnusedVariable")
    private static volatile @Nullable Object probe;

    private OutOfMemory() {}

    /** Starts the check, once per second. */
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
            if (directInUse() + PROBE_BYTES
                    > direct()) { // only near the limit: otherwise it would create garbage every second
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

    /** The limit of direct memory in bytes: the size of the heap, unless it is set. */
    static long direct() {
        long set = Long.parseLong(ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
                .getVMOption("MaxDirectMemorySize")
                .getValue());
        return set > 0 ? set : Runtime.getRuntime().maxMemory();
    }
}
