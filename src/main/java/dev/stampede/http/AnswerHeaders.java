package dev.stampede.http;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;

/**
 * Headers that every answer has, whatever its outcome. They are set here and not by the framework's settings: each of
 * those settings adds a route to every request.
 */
public final class AnswerHeaders {
    /** {@code true} where the answer is that of an earlier call under the same key; otherwise the header is absent. */
    public static final String REPLAYED = "Idempotency-Replayed";

    private static final CharSequence CONTENT_TYPE_OPTIONS = HttpHeaders.createOptimized("X-Content-Type-Options");
    private static final CharSequence NOSNIFF = HttpHeaders.createOptimized("nosniff");
    private static final CharSequence NO_STORE = HttpHeaders.createOptimized("no-store");
    private static final CharSequence SECURITY_POLICY = HttpHeaders.createOptimized("Content-Security-Policy");
    private static final CharSequence NO_FRAMES = HttpHeaders.createOptimized("frame-ancestors 'none'");
    private static final CharSequence REFERRER_POLICY = HttpHeaders.createOptimized("Referrer-Policy");
    private static final CharSequence NO_REFERRER = HttpHeaders.createOptimized("no-referrer");

    private AnswerHeaders() {}

    public static void put(RoutingContext request) {
        HttpServerResponse response = request.response();
        response.putHeader(CONTENT_TYPE_OPTIONS, NOSNIFF);
        // unless a resource says otherwise
        response.putHeader(HttpHeaders.CACHE_CONTROL, NO_STORE);
        if (request.request().path().startsWith("/q/")) {
            response.putHeader(SECURITY_POLICY, NO_FRAMES);
            response.putHeader(REFERRER_POLICY, NO_REFERRER);
        }
    }
}
