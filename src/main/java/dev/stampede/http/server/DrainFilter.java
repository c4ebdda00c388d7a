package dev.stampede.http.server;

import dev.stampede.http.problem.ProblemCode;
import dev.stampede.http.problem.Problems;
import io.quarkus.runtime.ShutdownDelayInitiatedEvent;
import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.Optional;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/**
 * Shutdown, as callers see it. First readiness ends; calls are still served. Shortly before the listener closes, new
 * calls are refused and their connections closed; so are calls whose body is still incomplete. Therefore the calls in
 * flight are answered, and no other call is cut off half done.
 */
@ApplicationScoped
class DrainFilter {
    static final String DETAIL = "This gateway is shutting down. Nothing was done. Send the call again.";
    private static final Duration LAST_CALLS = Duration.ofMillis(700);

    private final Vertx vertx;
    private final Problems problems;
    private final Bodies bodies;
    private final Duration delay;
    private volatile boolean refusing;

    DrainFilter(
            Vertx vertx,
            Problems problems,
            Bodies bodies,
            @ConfigProperty(name = "quarkus.shutdown.delay") Optional<Duration> delay) {
        this.vertx = vertx;
        this.problems = problems;
        this.bodies = bodies;
        this.delay = delay.orElse(Duration.ZERO);
    }

    void shutdown(@Observes ShutdownDelayInitiatedEvent event) {
        vertx.setTimer(Math.max(1, delay.minus(LAST_CALLS).toMillis()), id -> {
            refusing = true;
            bodies.endUnfinished();
        });
    }

    void filters(@Observes Filters filters) {
        filters.register(
                request -> {
                    if (refusing) {
                        refuse(request);
                    } else {
                        request.next();
                    }
                },
                FilterOrder.DRAINING.priority());
    }

    private void refuse(RoutingContext request) {
        request.response().putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
        problems.refuse(request, ProblemCode.UNAVAILABLE, DETAIL);
        bodies.discard(request);
    }
}
