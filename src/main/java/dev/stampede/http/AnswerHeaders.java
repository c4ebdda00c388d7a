package dev.stampede.http;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;

/**
 * What every answer says, whatever becomes of the request. Not by the framework's settings, of which each costs every
 * request a route of its own.
 */
public final class AnswerHeaders {
    /** Whether the answer is the one that an earlier call under the same key got: {@code true}, or it is not there. */
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
