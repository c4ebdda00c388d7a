package dev.stampede.http;

import dev.stampede.gateway.Gateway;
import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jboss.logging.Logger;

/**
 * Refuses writes while the gateway has as many in flight as it admits, before anything of them is read: in a rush most
 * calls end here, and each must cost next to nothing.
 */
@ApplicationScoped
class Overload {
    private static final Logger LOG = Logger.getLogger(Overload.class);
    private static final int AFTER_REQUEST_ID = 999_998;
    /** So many refused calls are logged each second; of the others only how many there were. */
    private static final int LINES = 20;

    private final Gateway gateway;
    private final Problems problems;
    private final AtomicLong second = new AtomicLong();
    private final AtomicInteger refusedInSecond = new AtomicInteger();

    Overload(Gateway gateway, Problems problems) {
        this.gateway = gateway;
        this.problems = problems;
    }

    void filters(@Observes Filters filters) {
        filters.register(
                call -> {
                    if (gateway.full() && writes(call.request().method())) {
                        refuse(call);
                    } else {
                        call.next();
                    }
                },
                AFTER_REQUEST_ID);
    }

    private static boolean writes(HttpMethod method) {
        return method.equals(HttpMethod.POST) || method.equals(HttpMethod.PUT);
    }

    private void refuse(RoutingContext call) {
        log(RequestId.of(call));
        problems.answer(call, ProblemCode.OVERLOADED, "too many operations in flight");
        call.request().resume(); // its body is passed over, and the connection stays usable
    }

    private void log(String requestId) {
        long now = System.nanoTime() / 1_000_000_000;
        long last = second.get();
        if (now != last && second.compareAndSet(last, now)) {
            int unsaid = refusedInSecond.getAndSet(0) - LINES;
            if (unsaid > 0) {
                LOG.warnf("%d more requests were overloaded", unsaid);
            }
        }
        if (refusedInSecond.incrementAndGet() <= LINES) {
            LOG.warnf("request %s: overloaded", requestId);
        }
    }
}
