package dev.stampede.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.stampede.gateway.Gateway;
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
 * The end of a gateway, as its callers see it: readiness goes first, and whoever still comes is served; shortly before
 * the listener closes, new calls are refused and their connections closed, so that what is in flight then is answered
 * and nothing else is cut off in the middle.
 */
@ApplicationScoped
class Draining {
    private static final int AFTER_REQUEST_ID = 999_999;
    private static final Duration LAST_CALLS = Duration.ofMillis(700);

    private final Vertx vertx;
    private final Gateway gateway;
    private final ObjectMapper json;
    private final Duration delay;
    private volatile boolean refusing;

    Draining(
            Vertx vertx,
            Gateway gateway,
            ObjectMapper json,
            @ConfigProperty(name = "quarkus.shutdown.delay") Optional<Duration> delay) {
        this.vertx = vertx;
        this.gateway = gateway;
        this.json = json;
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
        Problem problem = Problem.of(ProblemCode.UNAVAILABLE, "this gateway is shutting down", RequestId.of(request));
        try {
            request.response()
                    .setStatusCode(ProblemCode.UNAVAILABLE.status())
                    .putHeader(HttpHeaders.CONTENT_TYPE, Problem.MEDIA_TYPE)
                    .putHeader(
                            "Retry-After",
                            Long.toString(Math.max(1, gateway.retryAfter().toSeconds())))
                    .putHeader(HttpHeaders.CONNECTION, "close")
                    .end(json.writeValueAsString(problem))
                    .onFailure(e -> request.request().connection().close());
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a problem can be written", e);
        }
    }
}
