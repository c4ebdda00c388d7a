package dev.stampede.http.server;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.trace.ReadWriteSpan;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.quarkus.arc.Unremovable;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;

/**
 * Keeps out of traces what paths and queries name: ids of accounts, keys of calls, tickets of streams. A span has the
 * route instead.
 */
@ApplicationScoped
@Unremovable
class SpanAttributes implements SpanProcessor {
    private static final String NOT_TOLD = "-";

    private static final List<AttributeKey<String>> TELLING = List.of(
            AttributeKey.stringKey("url.path"),
            AttributeKey.stringKey("url.query"),
            AttributeKey.stringKey("url.full"),
            AttributeKey.stringKey("http.target"),
            AttributeKey.stringKey("http.url"));

    @Override
    public void onStart(Context parent, ReadWriteSpan span) {
        for (AttributeKey<String> key : TELLING) {
            if (span.getAttribute(key) != null) {
                span.setAttribute(key, NOT_TOLD);
            }
        }
    }

    @Override
    public boolean isStartRequired() {
        return true;
    }

    @Override
    public void onEnd(ReadableSpan span) {
        // what a span has at its end is route and status
    }

    @Override
    public boolean isEndRequired() {
        return false;
    }
}
