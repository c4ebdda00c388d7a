package dev.stampede.balance;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.subscription.MultiEmitter;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import jakarta.ws.rs.sse.OutboundSseEvent;
import jakarta.ws.rs.sse.Sse;
import java.util.Objects;
import java.util.function.Consumer;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * One client that watches one account, on the event loop of its connection. Only one event is being sent at a time. Of
 * the events that arrive meanwhile only the newest is kept, because each contains the whole balance.
 */
final class BalanceStream {
    private static final Logger LOG = Logger.getLogger(BalanceStream.class);

    private final Vertx vertx;
    private final Sse sse;
    private final EventsConfig config;
    private final HttpConnection connection;
    private final @Nullable String seen;
    private @Nullable Context context;
    private @Nullable MultiEmitter<? super OutboundSseEvent> client;
    private @Nullable OutboundSseEvent waiting;
    private boolean shown;
    private boolean stuck;
    private long heartbeatTimer;

    /** @param seen the id of the newest event that the client has already, or null */
    BalanceStream(Vertx vertx, Sse sse, EventsConfig config, HttpConnection connection, @Nullable String seen) {
        this.vertx = vertx;
        this.sse = sse;
        this.config = config;
        this.connection = connection;
        this.seen = seen;
    }

    /**
     * @param begin called when the client has connected
     * @param end called when the client has left or was disconnected
     */
    Multi<OutboundSseEvent> events(Consumer<BalanceStream> begin, Consumer<BalanceStream> end) {
        return Multi.createFrom().emitter(emitter -> {
            context = vertx.getOrCreateContext();
            client = emitter;
            heartbeatTimer = vertx.setPeriodic(config.heartbeat().toMillis(), id -> heartbeat());
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
    void end() {
        context().runOnContext(v -> client().complete());
    }

    /** Says that the client's credential has ended, unless the client is slow, and ends. Called from any thread. */
    void expire() {
        context().runOnContext(v -> {
            if (client().requested() > 0) {
                client().emit(comment(" expired"));
            }
            client().complete();
        });
    }

    /** Called from any thread. */
    void show(Watch.Shown state) {
        context().runOnContext(v -> {
            boolean known = !shown && state.id().equals(seen);
            shown = true;
            // if the client knows this state already, a comment shows that the stream works
            send(known ? comment("") : event(state));
        });
    }

    private OutboundSseEvent event(Watch.Shown state) {
        return sse.newEventBuilder()
                .name("balance")
                .id(state.id())
                // as text: for another media type the framework would add a line that is not part of the format
                .data(state.data())
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
