package dev.stampede.console;

import dev.stampede.gateway.ConsoleReads;
import dev.stampede.gateway.Unavailable;
import io.quarkus.arc.Arc;
import io.quarkus.arc.InjectableContext;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The places for what pages read: {@link ConsoleReads#MOST} at a time in this gateway. A page waits for all that it
 * reads no longer than {@link ConsoleReads#LIMIT}, then it shows what it has. A place is taken until the read has
 * ended, whether or not somebody still waits for it.
 */
@ApplicationScoped
class Reads {
    private static final String UNTIL = Reads.class.getName();
    private static final String TOO_LONG = "This takes too long now. Try again.";

    private final Vertx vertx;
    // guarded by this object's lock
    private final Deque<Runnable> waiting = new ArrayDeque<>();
    private int free = ConsoleReads.MOST;

    Reads(Vertx vertx) {
        this.vertx = vertx;
    }

    /** Until when the page of a request waits, by the monotonic clock. */
    static long until(RoutingContext request) {
        Long until = request.get(UNTIL);
        if (until == null) {
            until = System.nanoTime() + ConsoleReads.LIMIT.toNanos();
            request.put(UNTIL, until);
        }
        return until;
    }

    /**
     * Makes a read when it has a place. Fails with {@link Unavailable} if it has not ended in time.
     *
     * @param untilNanos by the monotonic clock
     */
    <T extends @Nullable Object> Uni<T> read(Uni<T> call, long untilNanos) {
        return Uni.createFrom().emitter(emitter -> {
            Context caller = vertx.getOrCreateContext();
            InjectableContext.ContextState request =
                    Arc.container().requestContext().getStateIfActive();
            Context own = ConsoleReads.context(vertx);
            Runnable begin = () -> own.runOnContext(v -> {
                if (request != null) {
                    Arc.container().requestContext().activate(request);
                }
                call.subscribe()
                        .with(
                                told -> {
                                    leave();
                                    caller.runOnContext(w -> emitter.complete(told));
                                },
                                e -> {
                                    leave();
                                    caller.runOnContext(w -> emitter.fail(e));
                                });
            });
            long leftMs = Math.max(1, TimeUnit.NANOSECONDS.toMillis(untilNanos - System.nanoTime()));
            long timer = vertx.setTimer(leftMs, id -> {
                forget(begin);
                emitter.fail(new Unavailable(Unavailable.Code.OVERLOADED, TOO_LONG));
            });
            emitter.onTermination(() -> vertx.cancelTimer(timer));
            enter(begin);
        });
    }

    private void enter(Runnable begin) {
        synchronized (this) {
            if (free == 0) {
                waiting.add(begin);
                return;
            }
            free--;
        }
        begin.run();
    }

    private void leave() {
        Runnable next;
        synchronized (this) {
            next = waiting.poll();
            if (next == null) {
                free++;
                return;
            }
        }
        next.run();
    }

    /** Of a read that nobody waits for any more, and that has not begun. */
    private synchronized void forget(Runnable begin) {
        waiting.remove(begin);
    }
}
