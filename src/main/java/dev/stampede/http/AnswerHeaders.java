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

    private static final CharSequence SAME_ORIGIN = HttpHeaders.createOptimized("same-origin");
    private static final CharSequence OPENER_POLICY = HttpHeaders.createOptimized("Cross-Origin-Opener-Policy");
    private static final CharSequence RESOURCE_POLICY = HttpHeaders.createOptimized("Cross-Origin-Resource-Policy");
    private static final CharSequence FRAME_OPTIONS = HttpHeaders.createOptimized("X-Frame-Options");
    private static final CharSequence DENY = HttpHeaders.createOptimized("DENY");

    /** Pages of the console have nothing but what this gateway serves, and nothing within the page runs. */
    private static final CharSequence OF_CONSOLE =
            HttpHeaders.createOptimized("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
                    + " connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none';"
                    + " frame-ancestors 'none'");

    /** The limits of calls that apply to the request (draft-ietf-httpapi-ratelimit-headers-11). */
    public static final String RATE_LIMIT_POLICY = "RateLimit-Policy";

    /** What is left of them. */
    public static final String RATE_LIMIT = "RateLimit";

    private AnswerHeaders() {}

    public static void put(RoutingContext request) {
        HttpServerResponse response = request.response();
        response.putHeader(CONTENT_TYPE_OPTIONS, NOSNIFF);
        // unless a resource says otherwise
        response.putHeader(HttpHeaders.CACHE_CONTROL, NO_STORE);
        if (ConsolePath.is(request)) {
            response.putHeader(SECURITY_POLICY, OF_CONSOLE);
            // without a referrer, browsers would not say either which page sends a form
            response.putHeader(REFERRER_POLICY, SAME_ORIGIN);
            response.putHeader(OPENER_POLICY, SAME_ORIGIN);
            response.putHeader(RESOURCE_POLICY, SAME_ORIGIN);
            response.putHeader(FRAME_OPTIONS, DENY);
        } else if (request.request().path().startsWith("/q/")) {
            response.putHeader(SECURITY_POLICY, NO_FRAMES);
            response.putHeader(REFERRER_POLICY, NO_REFERRER);
        }
    }

    /** Tells of a limit that applies to the request: so many calls per second. */
    public static void policy(RoutingContext request, String limit, int perSecond) {
        add(request, RATE_LIMIT_POLICY, '"' + limit + "\";q=" + perSecond + ";w=1");
    }

    /**
     * Tells what is left of a limit.
     *
     * @param left calls that are allowed at once
     * @param seconds until more are
     */
    public static void left(RoutingContext request, String limit, long left, long seconds) {
        add(request, RATE_LIMIT, '"' + limit + "\";r=" + left + ";t=" + seconds);
    }

    private static void add(RoutingContext request, String header, String limit) {
        String others = request.response().headers().get(header);
        request.response().putHeader(header, others == null ? limit : others + ", " + limit);
    }
}
