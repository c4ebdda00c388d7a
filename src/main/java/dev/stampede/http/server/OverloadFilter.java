package dev.stampede.http.server;

import dev.stampede.access.Principal;
import dev.stampede.gateway.Gateway;
import dev.stampede.http.Caller;
import dev.stampede.http.ConsolePath;
import dev.stampede.http.problem.ProblemCode;
import dev.stampede.http.problem.Problems;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Refuses writes, and the console, while too many operations are in flight, in this gateway or of one key, before any
 * of the body is read: in a rush most calls end here, and each must cost almost nothing. The less urgent a write, the
 * earlier ({@link Urgency}).
 *
 * <p>A call counts as in flight from the moment its body is complete; a slow client therefore occupies no place. Even a
 * body that arrived with its head is handed on only in the event loop's next turn, and one turn reads hundreds of
 * calls. Therefore calls that passed in this turn count as if they were in flight.
 */
@ApplicationScoped
class OverloadFilter {
    private static final String TOO_MANY = "Too many operations are in flight. Nothing was done. Try again later.";
    private static final String TOO_MANY_OF_KEY =
            "Too many operations of this key are in flight. Nothing was done. Try again later.";

    private final Gateway gateway;
    private final Problems problems;
    private final Bodies bodies;
    private final Counter[] shed;
    private final Counter shedOfKeys;
    private final AtomicInteger passing = new AtomicInteger();
    private final ThreadLocal<int[]> passedInTurn = ThreadLocal.withInitial(() -> new int[1]);

    OverloadFilter(Gateway gateway, Problems problems, Bodies bodies, MeterRegistry registry) {
        this.gateway = gateway;
        this.problems = problems;
        this.bodies = bodies;
        this.shed = Arrays.stream(Urgency.values())
                .map(urgency -> Counter.builder("stampede.shed")
                        .description("Writes refused because too many operations were in flight, by their class")
                        .tag("class", urgency.label())
                        .register(registry))
                .toArray(Counter[]::new);
        this.shedOfKeys = Counter.builder("stampede.shed.keys")
                .description("Writes refused because too many operations of their key were in flight")
                .register(registry);
    }

    void filters(@Observes Filters filters) {
        filters.register(this::admit, FilterOrder.OVERLOAD.priority());
    }

    private void admit(RoutingContext call) {
        HttpServerRequest request = call.request();
        if (!writes(request.method()) && !ConsolePath.is(call)) {
            call.next();
            return;
        }
        Urgency urgency = Urgency.of(request.method(), request.path(), request.query());
        Principal caller = Caller.ofAny(call);
        if (!gateway.hasRoom(passing.get(), urgency.share())) {
            refuse(call, shed[urgency.ordinal()], TOO_MANY);
        } else if (caller != null && !gateway.hasRoom(caller.id())) {
            refuse(call, shedOfKeys, TOO_MANY_OF_KEY);
        } else {
            pass();
            call.next();
        }
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

    private void refuse(RoutingContext call, Counter refused, String why) {
        refused.increment();
        problems.refuse(call, ProblemCode.OVERLOADED, why);
        bodies.discard(call); // the body is skipped, and the connection stays usable
    }
}
