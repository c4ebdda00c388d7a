package dev.stampede.cli;

import org.jspecify.annotations.Nullable;

/**
 * One call of the gateway's API.
 *
 * @param path with the query, encoded
 * @param body JSON; null if there is none
 * @param key its {@code Idempotency-Key}; null if it takes none
 */
record Call(
        String method,
        String path,
        @Nullable String body,
        @Nullable String key) {
    private static final String DRY_RUN = "?dryRun=true";

    static Call get(String path) {
        return new Call("GET", path, null, null);
    }

    /** Whether it may be sent a second time although the first one may have been done. */
    boolean isRepeatable() {
        return changesNothing() || key != null || method.equals("PUT");
    }

    boolean changesNothing() {
        return method.equals("GET") || path.endsWith(DRY_RUN);
    }

    /** For a shell. The API key is named, not told. */
    String curl(String url) {
        StringBuilder text = new StringBuilder("curl -sS");
        if (!method.equals("GET")) {
            text.append(" -X ").append(method);
        }
        text.append(' ').append(quoted(url + path)).append(" -H \"Authorization: Bearer $STAMPEDE_KEY\"");
        if (key != null) {
            text.append(" -H ").append(quoted("Idempotency-Key: " + key));
        }
        if (body != null) {
            text.append(" -H 'Content-Type: application/json' -d ").append(quoted(body));
        }
        return text.toString();
    }

    private static String quoted(String text) {
        return '\'' + text.replace("'", "'\\''") + '\'';
    }
}
