package dev.stampede.quote;

import dev.stampede.gateway.Unavailable;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;

/** Bounds what is priced only to be looked at: it costs processor time, and a document memory. */
@ApplicationScoped
class PricingPlaces {
    private static final int MOST = 8;

    private final Vertx vertx;
    private final AtomicInteger taken = new AtomicInteger();

    PricingPlaces(Vertx vertx) {
        this.vertx = vertx;
    }

    /**
     * Takes a place for the time of the work. A caller that stops waiting does not stop the work: its place is given
     * back when it is done.
     */
    <T> Uni<T> take(Callable<Uni<T>> work) {
        return Uni.createFrom().deferred(() -> {
            if (taken.incrementAndGet() > MOST) {
                taken.decrementAndGet();
                return Uni.createFrom()
                        .failure(new Unavailable(
                                Unavailable.Code.OVERLOADED, "Too much is being priced at a time. Try again later."));
            }
            return started(work)
                    .onTermination()
                    .invoke(taken::decrementAndGet)
                    .memoize()
                    .indefinitely();
        });
    }

    private static <T> Uni<T> started(Callable<Uni<T>> work) {
        try {
            return Objects.requireNonNull(work.call());
        } catch (Exception e) {
            return Uni.createFrom().failure(e);
        }
    }

    /** A long document takes more time than an event loop has, and a long receipt with many promotions, too. */
    <T> Uni<T> work(Callable<T> work) {
        return Uni.createFrom()
                .completionStage(() -> vertx.executeBlocking(work, false).toCompletionStage());
    }
}
