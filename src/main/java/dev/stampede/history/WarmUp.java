package dev.stampede.history;

import io.quarkus.runtime.StartupEvent;
import io.quarkus.vertx.core.runtime.context.VertxContextSafetyToggle;
import io.smallrye.common.vertx.VertxContext;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.impl.VertxInternal;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.interceptor.Interceptor;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jboss.logging.Logger;

/**
 * Reads an operation before anybody asks for one. Hibernate loads and prepares what it needs with its first query,
 * which keeps an event loop for a second and longer: at the start that delays nobody.
 */
@ApplicationScoped
class WarmUp {
    private static final Logger LOG = Logger.getLogger(WarmUp.class);

    /** Longer than a page may take: the limit of a page does not count while its event loop is kept. */
    private static final Duration LIMIT = Duration.ofSeconds(10);

    private final Vertx vertx;
    private final History history;
    private volatile boolean done;

    WarmUp(Vertx vertx, History history) {
        this.vertx = vertx;
        this.history = history;
    }

    /** After the start of the gateway, which finds the Postgres to read from. */
    void start(@Observes @Priority(Interceptor.Priority.PLATFORM_AFTER) StartupEvent event)
            throws InterruptedException {
        // on the main thread: no call is served, and the gateway is not ready, before this has ended
        done = read(vertx, history.any(), LIMIT);
    }

    /** Whether it has read what there is. */
    boolean isDone() {
        return done;
    }

    /** On an event loop. A page that cannot be read is no reason not to start: then the first caller waits. */
    static boolean read(Vertx vertx, Uni<?> page, Duration limit) throws InterruptedException {
        CompletableFuture<Object> read = new CompletableFuture<>();
        Context context = VertxContext.createNewDuplicatedContext(((VertxInternal) vertx).createEventLoopContext());
        VertxContextSafetyToggle.setContextSafe(context, true); // nobody else has it: a session may be kept there
        context.runOnContext(v -> page.subscribe().with(read::complete, read::completeExceptionally));
        try {
            read.get(limit.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (ExecutionException | TimeoutException e) {
            LOG.warnf("The history cannot be read at the start (%s). Its first page will take longer.", e);
            return false;
        }
    }
}
