package dev.stampede.console;

import io.netty.handler.codec.http.QueryStringDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The fields of a form that was sent. */
record Form(Map<String, List<String>> fields) {
    private static final int MOST_FIELDS = 64;

    static Form of(byte @Nullable [] body) {
        String text = body == null ? "" : new String(body, StandardCharsets.UTF_8);
        return new Form(new QueryStringDecoder(text, StandardCharsets.UTF_8, false, MOST_FIELDS).parameters());
    }

    /** A field, without space around it; empty if it is not there. */
    String text(String name) {
        List<String> values = all(name);
        return values.isEmpty() ? "" : values.get(0).strip();
    }

    /** All values of a field. */
    List<String> all(String name) {
        return fields.getOrDefault(name, List.of());
    }

    /** Whether a field says something. */
    boolean has(String name) {
        return !text(name).isEmpty();
    }
}
