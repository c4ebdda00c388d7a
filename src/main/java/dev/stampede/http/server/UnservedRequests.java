package dev.stampede.http.server;

import dev.stampede.http.RequestId;
import dev.stampede.http.problem.ProblemCode;
import dev.stampede.http.problem.Problems;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import org.jboss.logging.Logger;

/**
 * Answers requests that the framework refuses outside of the features: undecodable paths, bodies that are too large.
 */
@ApplicationScoped
class UnservedRequests {
    private static final Logger LOG = Logger.getLogger(UnservedRequests.class);

    private final Problems problems;

    UnservedRequests(Problems problems) {
        this.problems = problems;
    }

    void router(@Observes Router router) {
        router.route().order(-FilterOrder.ARRIVAL.priority() - 1).failureHandler(this::failed);
        for (int status : new int[] {400, 404, 405, 406, 413, 414, 415, 417, 431, 500}) {
            router.errorHandler(status, this::failed);
        }
    }

    private void failed(RoutingContext request) {
        if (request.response().ended() || request.response().headWritten()) {
            return;
        }
        int status = request.statusCode() < 400 ? 500 : request.statusCode();
        ProblemCode code = ProblemCode.ofStatus(status);
        if (code == ProblemCode.INTERNAL) {
            LOG.errorf(request.failure(), "request %s failed", RequestId.of(request));
        }
        problems.refuse(request, code, code.detail());
        if (code == ProblemCode.MALFORMED) {
            // refused before any filter: the rest of the connection may be misread (request smuggling)
            request.request().connection().close();
        }
    }
}
