package dev.stampede.http;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.subscription.MultiEmitter;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import jakarta.ws.rs.sse.OutboundSseEvent;
import jakarta.ws.rs.sse.Sse;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Consumer;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * One client that watches something, such as an account, on the event loop of its connection. Only one event is being
 * sent at a time. Of the events that arrive meanwhile only the newest is kept, because each contains the whole state.
 */
public final class EventStream {
    private static final Logger LOG = Logger.getLogger(EventStream.class);

    private final Vertx vertx;
    private final Sse sse;
    private final String name;
    private final Duration heartbeat;
    private final HttpConnection connection;
    private final @Nullable String seen;
    private @Nullable Context context;
    private @Nullable MultiEmitter<? super OutboundSseEvent> client;
    private @Nullable OutboundSseEvent waiting;
    private boolean shown;
    private boolean stuck;
    private long heartbeatTimer;

    /**
     * @param name of its events
     * @param heartbeat the interval of comments; a client that reads nothing for this time is disconnected
     * @param seen the id of the newest event that the client has already, or null
     */
    public EventStream(
            Vertx vertx, Sse sse, String name, Duration heartbeat, HttpConnection connection, @Nullable String seen) {
        this.vertx = vertx;
        this.sse = sse;
        this.name = name;
        this.heartbeat = heartbeat;
        this.connection = connection;
        this.seen = seen;
    }

    /**
     * @param begin called when the client has connected
     * @param end called when the client has left or was disconnected
     */
    public Multi<OutboundSseEvent> events(Consumer<EventStream> begin, Consumer<EventStream> end) {
        return Multi.createFrom().emitter(emitter -> {
            context = vertx.getOrCreateContext();
            client = emitter;
            heartbeatTimer = vertx.setPeriodic(heartbeat.toMillis(), id -> heartbeat());
            emitter.onRequest(n -> written());
            emitter.onTermination(() -> {
                vertx.cancelTimer(heartbeatTimer);
                end.accept(this);
            });
            begin.accept(this);
        });
    }

    /** There since it has begun; nobody knows it before. */
    private Context context() {
        return Objects.requireNonNull(context);
    }

    private MultiEmitter<? super OutboundSseEvent> client() {
        return Objects.requireNonNull(client);
    }

    /** Called from any thread. */
    public void end() {
        context().runOnContext(v -> client().complete());
    }

    /** Says that the client's credential has ended, unless the client is slow, and ends. Called from any thread. */
    public void expire() {
        context().runOnContext(v -> {
            if (client().requested() > 0) {
                client().emit(comment(" expired"));
            }
            client().complete();
        });
    }

    /**
     * Called from any thread.
     *
     * @param id of the state
     */
    public void show(String id, String data) {
        context().runOnContext(v -> {
            boolean known = !shown && id.equals(seen);
            shown = true;
            // if the client knows this state already, a comment shows that the stream works
            send(known ? comment("") : event(id, data));
        });
    }

    private OutboundSseEvent event(String id, String data) {
        return sse.newEventBuilder()
                .name(name)
                .id(id)
                // as text: for another media type the framework would add a line that is not part of the format
                .data(data)
                .build();
    }

    private OutboundSseEvent comment(String text) {
        return sse.newEventBuilder().comment(text).build();
    }

    private void send(OutboundSseEvent event) {
        if (client().requested() > 0) {
            client().emit(event);
        } else {
            waiting = event;
        }
    }

    /** Called when the last event was written: sends the next one. */
    private void written() {
        stuck = false;
        OutboundSseEvent next = waiting;
        if (next != null) {
            waiting = null;
            client().emit(next);
        }
    }

    private void heartbeat() {
        if (client().requested() > 0) {
            client().emit(comment(""));
        } else if (stuck) {
            // The client has read nothing since the last heartbeat. Not response.reset(): this stream would not be
            // notified of it.
            cutOff();
        } else {
            stuck = true;
        }
    }

    private void cutOff() {
        connection.close().onFailure(e -> LOG.debugf("cutting a slow stream off: %s", e.getMessage()));
    }
}
