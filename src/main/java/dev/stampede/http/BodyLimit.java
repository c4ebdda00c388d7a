package dev.stampede.http;

import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.impl.RoutingContextInternal;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;

/**
 * Refuses bodies that are too large, before anything reads them. Quarkus has a limit too, but answers without a problem,
 * and reads a body that doesn't say its length on a worker thread; so such a body is read here.
 */
@ApplicationScoped
class BodyLimit {
    private static final int AFTER_REQUEST_ID = 999_999;
    /** A client that is still sending hears no answer: so much of its body is read and forgotten. */
    private static final long MAX_DISCARDED = 16L * 1024 * 1024;

    void filters(@Observes Filters filters) {
        filters.register(BodyLimit::check, AFTER_REQUEST_ID);
    }

    private static void check(RoutingContext call) {
        HttpServerRequest request = call.request();
        String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        if (length == null && hasBody(request)) {
            collect(call);
        } else if (length != null && isTooLarge(length)) {
            refuse(call, 0);
            request.resume();
        } else {
            call.next();
        }
    }

    private static boolean hasBody(HttpServerRequest request) {
        return request.version() == HttpVersion.HTTP_2
                ? !request.isEnded()
                : request.headers().contains(HttpHeaders.TRANSFER_ENCODING);
    }

    private static boolean isTooLarge(String contentLength) {
        try {
            return Long.parseLong(contentLength) > Fields.MAX_BODY;
        } catch (NumberFormatException e) {
            return true; // digits only get here, but too many of them
        }
    }

    private static void collect(RoutingContext call) {
        HttpServerRequest request = call.request();
        Buffer body = Buffer.buffer();
        request.handler(part -> {
            if (body.length() + part.length() > Fields.MAX_BODY) {
                refuse(call, body.length() + part.length());
            } else {
                body.appendBuffer(part);
            }
        });
        request.endHandler(v -> {
            ((RoutingContextInternal) call).setBody(body);
            call.next();
        });
        request.resume();
    }

    private static void refuse(RoutingContext call, long read) {
        HttpServerRequest request = call.request();
        long[] discarded = {read};
        request.handler(part -> {
            discarded[0] += part.length();
            if (discarded[0] > MAX_DISCARDED) {
                request.connection().close();
            }
        });
        request.endHandler(null);
        call.fail(413);
    }
}
