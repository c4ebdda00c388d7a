package dev.stampede.http.server;

import dev.stampede.http.AnswerHeaders;
import dev.stampede.http.RequestId;
import io.quarkus.vertx.http.runtime.filters.Filters;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;

/** Gives every request its id, and every answer its headers, before any error can occur. */
@ApplicationScoped
class Arrival {
    void filters(@Observes Filters filters) {
        filters.register(
                request -> {
                    OneByOne.on(request.request().connection());
                    RequestId.assign(request);
                    AnswerHeaders.put(request);
                    request.next();
                },
                FilterOrder.ARRIVAL.priority());
    }
}
