package dev.stampede.http;

import io.vertx.ext.web.RoutingContext;
import java.security.SecureRandom;
import java.util.HexFormat;

/** Names one request, in the answer and the log: the caller's {@code X-Request-Id} if that is sane, else a fresh one. */
public final class RequestId {
    public static final String HEADER = "X-Request-Id";
    private static final String SLOT = RequestId.class.getName();
    private static final int MAX_LENGTH = 64;
    private static final SecureRandom RANDOM = new SecureRandom();

    private RequestId() {}

    /** Gives the request its id, and the answer the header. */
    static void assign(RoutingContext request) {
        String asked = request.request().getHeader(HEADER);
        String id = sane(asked) ? asked : fresh();
        request.put(SLOT, id);
        request.response().putHeader(HEADER, id);
    }

    static String of(RoutingContext request) {
        String id = request.get(SLOT);
        if (id == null) {
            assign(request);
            id = request.get(SLOT);
        }
        return id;
    }

    /** What can stand in a header, a log line and a URL without any quoting. */
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
        byte[] bytes = new byte[12];
        RANDOM.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }
}
