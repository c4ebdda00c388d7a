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
 * Refuses writes while the gateway has as many in flight as it admits, before anything of them is read: in a rush most
 * calls end here, and each must cost next to nothing.
 *
 * <p>A call takes its place among those in flight when its body is there, so that nobody keeps places by being slow.
 * Even a body that came with its head is handed on in the event loop's next turn only, and one turn reads hundreds of
 * calls: those that this turn has let pass count as if they had their places.
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
            // twice: first behind what this turn has read, then behind what that has handed on
            eventLoop.runOnContext(v -> eventLoop.runOnContext(v2 -> {
                passing.addAndGet(-passed[0]);
                passed[0] = 0;
            }));
        }
    }

    private static boolean writes(HttpMethod method) {
        return method.equals(HttpMethod.POST) || method.equals(HttpMethod.PUT);
    }

    private void refuse(RoutingContext call) {
        problems.refuse(call, ProblemCode.OVERLOADED, "too many operations in flight");
        bodies.discard(call); // it is passed over, and the connection stays usable
    }
}
