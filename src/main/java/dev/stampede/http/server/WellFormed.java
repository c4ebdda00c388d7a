package dev.stampede.http.server;

import dev.stampede.http.HttpConfig;
import dev.stampede.http.RequestId;
import dev.stampede.http.Resources;
import dev.stampede.http.problem.ProblemCode;
import dev.stampede.http.problem.Problems;
import io.quarkus.vertx.http.ManagementInterface;
import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Refuses requests that no resource should see: without a Host header or with several, for a host that this gateway
 * does not serve, with an unknown expectation, or with an ambiguous path. A proxy in front may have read such a path in
 * the other way.
 */
@ApplicationScoped
class WellFormed {
    private static final Logger LOG = Logger.getLogger(WellFormed.class);
    private static final int FIRST_ON_MANAGEMENT = -1_000_000;
    /** The framework's own pages: API document, health, metrics. */
    private static final Set<HttpMethod> READS = Set.of(HttpMethod.GET, HttpMethod.HEAD);

    private static final String OF_PAGES = "GET, HEAD, OPTIONS";

    private final Problems problems;
    private final Bodies bodies;
    /** In lower case, without a port; empty: all hosts. */
    private final Set<String> hosts;

    private final Set<String> managementHosts;

    WellFormed(Problems problems, Bodies bodies, HttpConfig config) {
        this.problems = problems;
        this.bodies = bodies;
        this.hosts = lowerCase(config.hosts());
        this.managementHosts = lowerCase(config.managementHosts());
    }

    private static Set<String> lowerCase(Optional<List<String>> hosts) {
        return hosts.orElse(List.of()).stream()
                .map(host -> host.strip().toLowerCase(Locale.ROOT))
                .collect(Collectors.toUnmodifiableSet());
    }

    void filters(@Observes Filters filters) {
        filters.register(
                call -> {
                    if (isForUs(call, hosts)) {
                        call.next();
                    }
                },
                FilterOrder.HOST.priority());
        filters.register(this::check, FilterOrder.WELL_FORMED.priority());
    }

    /**
     * Guards the management port. It has no filters of its own, and no switch for clear-text HTTP/2, which some clients
     * ask for: this is acceptable because only trusted clients can reach the port.
     */
    void management(@Observes ManagementInterface management) {
        management.router().route().order(FIRST_ON_MANAGEMENT).handler(call -> {
            OneByOne.on(call.request().connection());
            if (isForUs(call, managementHosts)) {
                check(call);
            }
        });
    }

    /** Whether it is for this gateway; it has been refused if it is not. */
    private boolean isForUs(RoutingContext call, Set<String> hosts) {
        HttpServerRequest request = call.request();
        String flaw = flawOfHost(request);
        if (flaw != null) {
            // the rest of the connection may be misread (request smuggling)
            call.response().putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
            problems.refuse(call, ProblemCode.MALFORMED, flaw);
            request.connection().close(); // right after the answer
            return false;
        }
        if (!serves(request, hosts)) {
            refuse(call, ProblemCode.MISDIRECTED_REQUEST, "This gateway does not serve the host of this request.");
            return false;
        }
        return true;
    }

    private void check(RoutingContext call) {
        HttpServerRequest request = call.request();
        String flaw = flawOfPath(request.path());
        if (flaw == null && !isUri(request.uri())) {
            flaw = "The request target is not a valid URI.";
        }
        boolean page = request.path() != null && request.path().startsWith("/q/");
        if (flaw != null) {
            refuse(call, ProblemCode.MALFORMED, flaw);
        } else if (!expects(request.headers().getAll(HttpHeaders.EXPECT))) {
            refuse(call, ProblemCode.EXPECTATION_FAILED, "The Expect header may only be 100-continue.");
        } else if (request.method().equals(HttpMethod.OPTIONS)
                && (page || request.path().startsWith("/v1/"))) {
            tellMethods(call, page ? OF_PAGES : Resources.allow(request.path()));
        } else if (page && !READS.contains(request.method())) {
            call.response().putHeader(HttpHeaders.ALLOW, OF_PAGES);
            refuse(call, ProblemCode.METHOD_NOT_ALLOWED, ProblemCode.METHOD_NOT_ALLOWED.detail());
        } else {
            call.next();
        }
    }

    /** Answers OPTIONS with this resource's methods; the framework would list the methods of all resources. */
    private void tellMethods(RoutingContext call, @Nullable String allow) {
        if (allow == null) {
            problems.refuse(call, ProblemCode.NOT_FOUND, ProblemCode.NOT_FOUND.detail());
        } else {
            call.response()
                    .setStatusCode(204)
                    .putHeader(HttpHeaders.ALLOW, allow)
                    .end()
                    .onFailure(e -> LOG.debugf("request %s: %s", RequestId.of(call), e.getMessage()));
        }
        bodies.discard(call);
    }

    private void refuse(RoutingContext call, ProblemCode code, String detail) {
        problems.refuse(call, code, detail);
        bodies.discard(call);
    }

    /** Replaces the framework's own check, which is off because it answers without a body, before any filter. */
    static boolean isUri(String target) {
        if (isPlain(target)) {
            return true;
        }
        try {
            var unused = new URI(target);
            return true;
        } catch (URISyntaxException e) {
            return false;
        }
    }

    /** A fast path for nearly every target: a path of unreserved characters. */
    private static boolean isPlain(String target) {
        for (int i = 0; i < target.length(); i++) {
            if (target.charAt(i) != '/' && !isUnreserved(target.charAt(i))) {
                return false;
            }
        }
        return target.startsWith("/") && !target.startsWith("//");
    }

    private static @Nullable String flawOfHost(HttpServerRequest request) {
        List<String> named = request.headers().getAll(HttpHeaders.HOST);
        if (named.size() > 1) {
            return "The request has more than one Host header.";
        }
        return named.isEmpty() && request.version() == HttpVersion.HTTP_1_1 ? "The request has no Host header." : null;
    }

    private static boolean serves(HttpServerRequest request, Set<String> hosts) {
        if (hosts.isEmpty()) {
            return true;
        }
        String host = request.getHeader(HttpHeaders.HOST);
        return (host == null || hosts.contains(host) || hosts.contains(withoutPort(host)))
                && servesAbsolute(request.uri(), hosts);
    }

    /** The target may be an absolute URL; then its host counts (RFC 9112, 3.2.2). */
    private static boolean servesAbsolute(String target, Set<String> hosts) {
        int authority = target.startsWith("/") ? -1 : target.indexOf("://");
        if (authority < 0) {
            return true;
        }
        int path = target.indexOf('/', authority + 3);
        return hosts.contains(withoutPort(target.substring(authority + 3, path < 0 ? target.length() : path)));
    }

    /** Removes a port only if it is one: {@code localhost:1@evil} stays whole, and is no host. */
    private static String withoutPort(String host) {
        int colon = host.lastIndexOf(':');
        boolean port = colon > host.lastIndexOf(']');
        for (int i = colon + 1; port && i < host.length(); i++) {
            port = host.charAt(i) >= '0' && host.charAt(i) <= '9';
        }
        return (port ? host.substring(0, colon) : host).toLowerCase(Locale.ROOT);
    }

    private static boolean expects(List<String> expectations) {
        return expectations.isEmpty()
                || (expectations.size() == 1 && expectations.get(0).equalsIgnoreCase("100-continue"));
    }

    /**
     * The flaw of a path as it was sent, still percent-encoded; null if there is none. RFC 3986: unreserved characters
     * need no encoding (2.3), and the sender must remove dot segments (5.2.4).
     */
    static @Nullable String flawOfPath(@Nullable String path) {
        if (path == null || path.isEmpty() || path.charAt(0) != '/') {
            return null; // no resource is there: 404
        }
        int start = 0; // start of the segment
        for (int i = 0; i <= path.length(); i++) {
            char c = i < path.length() ? path.charAt(i) : '/';
            if (c == '/') {
                int length = i - start;
                // only pages of a directory, such as /q/swagger-ui/, end with a slash
                if (length == 0 && start > 0 && (i < path.length() || path.startsWith("/v1/"))) {
                    return "The path has an empty segment.";
                }
                if ((length == 1 && path.charAt(start) == '.')
                        || (length == 2 && path.charAt(start) == '.' && path.charAt(start + 1) == '.')) {
                    return "The path has a dot segment.";
                }
                start = i + 1;
            } else if (c == ';') {
                return "The path has a semicolon; matrix parameters are not supported.";
            } else if (c == '\\' || c <= ' ' || c >= 0x7f) {
                return "The path has a character that must be percent-encoded.";
            } else if (c == '%') {
                int high = i + 2 < path.length() ? Character.digit(path.charAt(i + 1), 16) : -1;
                int low = i + 2 < path.length() ? Character.digit(path.charAt(i + 2), 16) : -1;
                if (high < 0 || low < 0) {
                    return "The path has a percent sign without two hexadecimal digits.";
                }
                char decoded = (char) (high * 16 + low);
                if (isUnreserved(decoded)) {
                    return "The path has a percent-encoded letter, digit, dot, hyphen, underscore or tilde.";
                }
                if (decoded == '/' || decoded == '\\' || decoded == ';' || decoded < ' ' || decoded == 0x7f) {
                    return "The path has a percent-encoded slash, backslash, semicolon or control character.";
                }
            }
        }
        return null;
    }

    private static boolean isUnreserved(char c) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || c == '-'
                || c == '.'
                || c == '_'
                || c == '~';
    }
}
