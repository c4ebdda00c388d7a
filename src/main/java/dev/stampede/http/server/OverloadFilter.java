package dev.stampede.http.server;

import dev.stampede.gateway.Gateway;
import dev.stampede.http.problem.ProblemCode;
import dev.stampede.http.problem.Problems;
import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Refuses writes while the gateway has its maximum of operations in flight, before any of the body is read: in a rush
 * most calls end here, and each must cost almost nothing.
 *
 * <p>A call counts as in flight from the moment its body is complete; a slow client therefore occupies no place. Even a
 * body that arrived with its head is handed on only in the event loop's next turn, and one turn reads hundreds of
 * calls. Therefore calls that passed in this turn count as if they were in flight.
 */
@ApplicationScoped
class OverloadFilter {
    private final Gateway gateway;
    private final Problems problems;
    private final Bodies bodies;
    private final AtomicInteger passing = new AtomicInteger();
    private final ThreadLocal<int[]> passedInTurn = ThreadLocal.withInitial(() -> new int[1]);

    OverloadFilter(Gateway gateway, Problems problems, Bodies bodies) {
        this.gateway = gateway;
        this.problems = problems;
        this.bodies = bodies;
    }

    void filters(@Observes Filters filters) {
        filters.register(
                call -> {
                    if (!writes(call.request().method())) {
                        call.next();
                    } else if (gateway.roomFor(passing.get())) {
                        pass();
                        call.next();
                    } else {
                        refuse(call);
                    }
                },
                FilterOrder.OVERLOAD.priority());
    }

    private void pass() {
        int[] passed = passedInTurn.get();
        passing.incrementAndGet();
        if (passed[0]++ == 0) {
            Context eventLoop = Vertx.currentContext();
            // twice: the first runs after all calls read in this turn, the second after these were handed on
            eventLoop.runOnContext(v -> eventLoop.runOnContext(v2 -> {
                passing.addAndGet(-passed[0]);
                passed[0] = 0;
            }));
        }
    }

    private static boolean writes(HttpMethod method) {
        return method.equals(HttpMethod.POST) || method.equals(HttpMethod.PUT) || method.equals(HttpMethod.PATCH);
    }

    private void refuse(RoutingContext call) {
        problems.refuse(
                call, ProblemCode.OVERLOADED, "Too many operations are in flight. Nothing was done. Try again later.");
        bodies.discard(call); // the body is skipped, and the connection stays usable
    }
}
