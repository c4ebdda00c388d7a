package dev.stampede.http.problem;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.stampede.account.UnreadableForm;
import dev.stampede.gateway.Gateway;
import dev.stampede.gateway.NotTheirs;
import dev.stampede.gateway.RateLimited;
import dev.stampede.gateway.Unavailable;
import dev.stampede.http.AnswerHeaders;
import dev.stampede.http.ConsolePath;
import dev.stampede.http.RequestId;
import dev.stampede.http.Resources;
import dev.stampede.http.view.FindingView;
import io.quarkus.vertx.http.runtime.CurrentVertxRequest;
import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.Response;
import org.jboss.logging.Logger;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;

/**
 * Turns every error into problem+json: refusals of a feature, unavailability, refusals before a feature sees the
 * request, and bugs. Logs only what is the gateway's own fault, once, with the request's id.
 */
@ApplicationScoped
public class Problems {
    private static final Logger LOG = Logger.getLogger(Problems.class);
    private static final String RETRY_AFTER = "Retry-After";
    private static final String FAILED =
            "An internal error has occurred. The gateway's log has details under this request id.";
    private static final String INVALID_TOKEN = "Bearer error=\"invalid_token\"";

    private final Gateway gateway;
    private final CurrentVertxRequest current;
    private final ObjectMapper json;

    Problems(Gateway gateway, CurrentVertxRequest current, ObjectMapper json) {
        this.gateway = gateway;
        this.current = current;
        this.json = json;
    }

    /** Refuses a request that no feature has seen; completes when the answer is written. */
    @CanIgnoreReturnValue
    public Future<Void> refuse(RoutingContext request, ProblemCode code, String detail) {
        AnswerHeaders.put(request); // needed if the request is refused before the filters ran
        if (code.status() == 503) {
            logUnavailable(RequestId.of(request), code, detail);
        }
        if (code.retryable()) {
            request.response().putHeader(RETRY_AFTER, Long.toString(retryAfterSeconds()));
        }
        if (code == ProblemCode.UNAUTHENTICATED) {
            request.response().putHeader("WWW-Authenticate", INVALID_TOKEN);
        }
        return answer(request, Problem.of(code, detail, RequestId.of(request)));
    }

    /** Refuses a request beyond a limit of calls per second; completes when the answer is written. */
    @CanIgnoreReturnValue
    public Future<Void> tooMany(RoutingContext request, Problem.Limit limit, String detail, long waitSeconds) {
        request.response().putHeader(RETRY_AFTER, Long.toString(waitSeconds));
        return answer(request, Problem.of(limit, detail, RequestId.of(request)));
    }

    private Future<Void> answer(RoutingContext request, Problem problem) {
        if (ConsolePath.is(request)) {
            return request.response()
                    .setStatusCode(ProblemPage.status(request, problem))
                    .putHeader(HttpHeaders.CONTENT_TYPE, ProblemPage.MEDIA_TYPE)
                    .end(ProblemPage.of(problem))
                    .onFailure(e -> LOG.debugf("request %s: %s", problem.requestId(), e.getMessage()));
        }
        return request.response()
                .setStatusCode(problem.status())
                .putHeader(HttpHeaders.CONTENT_TYPE, Problem.MEDIA_TYPE)
                .end(text(problem))
                .onFailure(e -> LOG.debugf("request %s: %s", problem.requestId(), e.getMessage()));
    }

    /**
     * Logs all of these at one line of code: they share its limit ({@code BoundedLog}). In an outage there are
     * thousands.
     */
    private static void logUnavailable(String requestId, ProblemCode code, String why) {
        LOG.warnf("request %s: %s (%s)", requestId, code.code(), why);
    }

    private long retryAfterSeconds() {
        return Math.max(1, gateway.retryAfter().toSeconds());
    }

    private String text(Problem problem) {
        try {
            return json.writeValueAsString(problem);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a problem can be written", e);
        }
    }

    @ServerExceptionMapper
    public Response problem(ProblemException e) {
        Response.ResponseBuilder response = response(e.code(), of(e, requestId()), e.retryAfterSeconds());
        if (e.replayed()) {
            response.header(AnswerHeaders.REPLAYED, "true");
        }
        return response.build();
    }

    private static Problem of(ProblemException e, String requestId) {
        ProblemException.Declined declined = e.declined();
        return declined == null
                ? Problem.of(
                        e.code(),
                        e.getMessage(),
                        requestId,
                        null,
                        null,
                        null,
                        e.findings().isEmpty()
                                ? null
                                : e.findings().stream().map(FindingView::of).toList(),
                        e.code() == ProblemCode.RATE_LIMITED ? Problem.Limit.CLAIMS.label() : null,
                        null)
                : Problem.of(
                        e.code(),
                        e.getMessage(),
                        requestId,
                        declined.operation(),
                        declined.balance(),
                        declined.usedBy(),
                        null,
                        declined.limit(),
                        declined.resetsAt());
    }

    @ServerExceptionMapper
    public Response unavailable(Unavailable e) {
        ProblemCode code = ProblemCode.of(e.code());
        logUnavailable(
                requestId(),
                code,
                e.getCause() == null
                        ? e.getMessage()
                        : e.getMessage() + " Cause: " + e.getCause().getMessage());
        return response(code, Problem.of(code, e.getMessage(), requestId())).build();
    }

    /** An account has too many calls per second. */
    @ServerExceptionMapper
    public Response rateLimited(RateLimited e) {
        long wait = e.waitSeconds();
        AnswerHeaders.left(current.getCurrent(), Problem.Limit.ACCOUNT.label(), 0, wait);
        return written(Problem.of(Problem.Limit.ACCOUNT, e.getMessage(), requestId()))
                .header(RETRY_AFTER, wait)
                .build();
    }

    @ServerExceptionMapper
    public Response notTheirs(NotTheirs e) {
        return problem(theirs());
    }

    private static ProblemException theirs() {
        return new ProblemException(
                ProblemCode.FORBIDDEN, "Another key has made this call: to void it, the key needs reverse.");
    }

    @ServerExceptionMapper
    public Response unreadable(UnreadableForm e) {
        return unavailable(new Unavailable(Unavailable.Code.UNAVAILABLE, e.getMessage(), e.getCause()));
    }

    @ServerExceptionMapper
    public Response framework(WebApplicationException e) {
        int status = e.getResponse().getStatus();
        if (status < 400) {
            return e.getResponse();
        }
        ProblemCode code = ProblemCode.ofStatus(status);
        if (code == ProblemCode.INTERNAL) {
            return bug(e);
        }
        Response.ResponseBuilder response = response(code, Problem.of(code, code.detail(), requestId()));
        String allow = code == ProblemCode.METHOD_NOT_ALLOWED
                ? Resources.allow(current.getCurrent().request().path())
                : null;
        return (allow == null ? response : response.header("Allow", allow)).build();
    }

    @ServerExceptionMapper
    public Response bug(Throwable e) {
        if (current.getCurrent().response().ended()) {
            LOG.debugf(e, "request %s was answered before it failed", requestId());
        } else {
            LOG.errorf(e, "request %s failed", requestId());
        }
        ProblemCode code = ProblemCode.INTERNAL;
        return response(code, Problem.of(code, FAILED, requestId())).build();
    }

    private Response.ResponseBuilder response(ProblemCode code, Problem problem) {
        return response(code, problem, 0);
    }

    /** @param retryAfterSeconds 0 for what is set for all problems */
    private Response.ResponseBuilder response(ProblemCode code, Problem problem, long retryAfterSeconds) {
        Response.ResponseBuilder response = written(problem);
        if (code.retryable()) {
            response.header(RETRY_AFTER, retryAfterSeconds > 0 ? retryAfterSeconds : retryAfterSeconds());
        }
        if (code == ProblemCode.UNAUTHENTICATED) {
            response.header("WWW-Authenticate", INVALID_TOKEN);
        }
        return response;
    }

    /** For programs; on the console for people. */
    private Response.ResponseBuilder written(Problem problem) {
        RoutingContext request = current.getCurrent();
        return ConsolePath.is(request)
                ? Response.status(ProblemPage.status(request, problem))
                        .type(ProblemPage.MEDIA_TYPE)
                        .entity(ProblemPage.of(problem))
                : Response.status(problem.status()).type(Problem.MEDIA_TYPE).entity(problem);
    }

    /** What is answered to a call that fails so. */
    public Problem told(Throwable e, String requestId) {
        if (e instanceof ProblemException refusal) {
            return of(refusal, requestId);
        } else if (e instanceof Unavailable unavailable) {
            return Problem.of(ProblemCode.of(unavailable.code()), unavailable.getMessage(), requestId);
        } else if (e instanceof RateLimited limited) {
            return Problem.of(Problem.Limit.ACCOUNT, limited.getMessage(), requestId);
        } else if (e instanceof NotTheirs) {
            return of(theirs(), requestId);
        } else if (e instanceof UnreadableForm) {
            return Problem.of(ProblemCode.UNAVAILABLE, String.valueOf(e.getMessage()), requestId);
        }
        LOG.errorf(e, "request %s failed", requestId);
        return Problem.of(ProblemCode.INTERNAL, FAILED, requestId);
    }

    private String requestId() {
        return RequestId.of(current.getCurrent());
    }
}
