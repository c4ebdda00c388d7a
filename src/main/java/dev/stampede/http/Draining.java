package dev.stampede.http;

import io.quarkus.runtime.ShutdownDelayInitiatedEvent;
import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpVersion;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.Optional;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/**
 * The end of a gateway, as its callers see it: readiness goes first, and whoever still comes is served; shortly before
 * the listener closes, new calls are refused and their connections closed, so that what is in flight then is answered
 * and nothing else is cut off in the middle.
 */
@ApplicationScoped
class Draining {
    private static final int AFTER_REQUEST_ID = 999_999;
    private static final Duration LAST_CALLS = Duration.ofMillis(700);

    private final Vertx vertx;
    private final Problems problems;
    private final Duration delay;
    private volatile boolean refusing;

    Draining(
            Vertx vertx, Problems problems, @ConfigProperty(name = "quarkus.shutdown.delay") Optional<Duration> delay) {
        this.vertx = vertx;
        this.problems = problems;
        this.delay = delay.orElse(Duration.ZERO);
    }

    void shutdown(@Observes ShutdownDelayInitiatedEvent event) {
        vertx.setTimer(Math.max(1, delay.minus(LAST_CALLS).toMillis()), id -> refusing = true);
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
                AFTER_REQUEST_ID);
    }

    private void refuse(RoutingContext request) {
        if (request.request().version() != HttpVersion.HTTP_2) { // which has no such header, and says so by itself
            request.response().putHeader(HttpHeaders.CONNECTION, "close");
        }
        problems.answer(request, ProblemCode.UNAVAILABLE, "this gateway is shutting down");
    }
}
