package dev.stampede.http;

import io.vertx.ext.web.RoutingContext;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The id of one request, in the answer and in the log: the caller's {@code X-Request-Id} if it is well-formed, else a
 * new one.
 */
public final class RequestId {
    public static final String HEADER = "X-Request-Id";
    private static final String SLOT = RequestId.class.getName();
    private static final int MAX_LENGTH = 64;
    /** Ids must be unique, not secret: a random prefix per process, then a counter. */
    private static final String PROCESS = HexFormat.of().toHexDigits(new SecureRandom().nextLong());

    private static final AtomicLong COUNT = new AtomicLong();

    private RequestId() {}

    /** Gives the request its id and sets the header of the answer. */
    public static void assign(RoutingContext request) {
        String asked = request.request().getHeader(HEADER);
        String id = sane(asked) ? asked : fresh();
        request.put(SLOT, id);
        request.response().putHeader(HEADER, id);
    }

    public static String of(RoutingContext request) {
        String id = request.get(SLOT);
        if (id == null) {
            assign(request);
            id = request.get(SLOT);
        }
        return id;
    }

    /** Whether the id can stand unquoted in a header, a log line and a URL. */
    private static boolean sane(String id) {
        if (id == null || id.isEmpty() || id.length() > MAX_LENGTH) {
            return false;
        }
        for (int i = 0; i < id.length(); i++) {
            char c = id.charAt(i);
            boolean letterOrDigit = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
            if (!letterOrDigit && "._-:+/=".indexOf(c) < 0) {
                return false;
            }
        }
        return true;
    }

    private static String fresh() {
        return PROCESS + HexFormat.of().toHexDigits(COUNT.incrementAndGet(), 8);
    }
}
