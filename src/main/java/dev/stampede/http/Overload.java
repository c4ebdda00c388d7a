package dev.stampede.http;

import dev.stampede.gateway.Gateway;
import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;

/**
 * Refuses writes while the gateway has as many in flight as it admits, before anything of them is read: in a rush most
 * calls end here, and each must cost next to nothing.
 */
@ApplicationScoped
class Overload {
    private static final int AFTER_REQUEST_ID = 999_998;

    private final Gateway gateway;
    private final Problems problems;

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
        String detail = "too many operations in flight";
        problems.logOverloaded(RequestId.of(call), detail);
        problems.answer(call, ProblemCode.OVERLOADED, detail);
        call.request().resume(); // its body is passed over, and the connection stays usable
    }
}
