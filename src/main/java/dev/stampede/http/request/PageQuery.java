package dev.stampede.http.request;

import dev.stampede.http.problem.ProblemException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * Which page of a list is asked for, whose elements have a version each, newest first.
 *
 * @param before only versions below this one
 */
public record PageQuery(long before, int limit) {
    private static final int DEFAULT_LIMIT = 50;
    private static final int MAX_LIMIT = 200;

    public static PageQuery read(CallReader calls) {
        return new PageQuery(before(calls.query("cursor")), limit(calls.query("limit")));
    }

    private static int limit(@Nullable String text) {
        if (text == null) {
            return DEFAULT_LIMIT;
        }
        if (text.matches("[1-9][0-9]{0,2}") && Integer.parseInt(text) <= MAX_LIMIT) {
            return Integer.parseInt(text);
        }
        throw ProblemException.malformed("limit must be from 1 to " + MAX_LIMIT + ".");
    }

    /** The cursor of the page after this version; opaque to callers. */
    public static String cursor(long version) {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(Long.toString(version).getBytes(StandardCharsets.US_ASCII));
    }

    private static long before(@Nullable String cursor) {
        if (cursor == null) {
            return Long.MAX_VALUE;
        }
        try {
            String version = new String(Base64.getUrlDecoder().decode(cursor), StandardCharsets.US_ASCII);
            if (version.matches("[1-9][0-9]{0,17}")) {
                return Long.parseLong(version);
            }
        } catch (IllegalArgumentException e) {
            // not base64: the same answer as for a text that is not a version
        }
        throw ProblemException.malformed("cursor must be one that an earlier page returned.");
    }
}
