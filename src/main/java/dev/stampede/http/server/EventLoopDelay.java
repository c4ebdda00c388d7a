package dev.stampede.http.server;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.netty.util.concurrent.EventExecutor;
import io.quarkus.runtime.StartupEvent;
import io.vertx.core.Vertx;
import io.vertx.core.impl.VertxInternal;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.interceptor.Interceptor;
import java.util.concurrent.TimeUnit;

/**
 * Measures how late event loops are: each of them looks at the clock twice a second. Whatever blocks one delays all
 * that it serves.
 */
@ApplicationScoped
class EventLoopDelay {
    private static final long EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    private final Vertx vertx;
    private final Timer delay;

    EventLoopDelay(Vertx vertx, MeterRegistry registry) {
        this.vertx = vertx;
        this.delay = Timer.builder("stampede.event.loop.delay")
                .description("How late event loops did what was due")
                .register(registry);
    }

    /** After all else: what the start keeps event loops for delays nobody. */
    void start(@Observes @Priority(Interceptor.Priority.PLATFORM_AFTER + 1) StartupEvent event) {
        for (EventExecutor loop : ((VertxInternal) vertx).getEventLoopGroup()) {
            schedule(loop, System.nanoTime() + EVERY_NANOS);
        }
    }

    private void schedule(EventExecutor loop, long dueNanos) {
        if (!loop.isShuttingDown()) {
            long wait = dueNanos - System.nanoTime();
            Object unused = loop.schedule(() -> look(loop, dueNanos), wait, TimeUnit.NANOSECONDS);
        }
    }

    private void look(EventExecutor loop, long dueNanos) {
        long now = System.nanoTime();
        delay.record(Math.max(now - dueNanos, 0), TimeUnit.NANOSECONDS);
        schedule(loop, now + EVERY_NANOS);
    }
}
