package dev.stampede.balance;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.subscription.MultiEmitter;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import jakarta.ws.rs.sse.OutboundSseEvent;
import jakarta.ws.rs.sse.Sse;
import java.util.function.Consumer;
import org.jboss.logging.Logger;

/**
 * One client that watches one account, on the event loop of its connection. One event is on its way at a time; of those
 * that come meanwhile only the newest is kept, since each tells the whole balance.
 */
final class BalanceStream {
    private static final Logger LOG = Logger.getLogger(BalanceStream.class);

    private final Vertx vertx;
    private final Sse sse;
    private final EventsConfig config;
    private final HttpConnection connection;
    private final String seen;
    private Context context;
    private MultiEmitter<? super OutboundSseEvent> client;
    private OutboundSseEvent waiting;
    private boolean shown;
    private boolean stuck;
    private long heartbeatTimer;

    /** @param seen the id of the event that the client has already, or null */
    BalanceStream(Vertx vertx, Sse sse, EventsConfig config, HttpConnection connection, String seen) {
        this.vertx = vertx;
        this.sse = sse;
        this.config = config;
        this.connection = connection;
        this.seen = seen;
    }

    /**
     * @param begin told when the client is there
     * @param end told when it has gone or was sent away
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

    /** From any thread. */
    void end() {
        context.runOnContext(v -> client.complete());
    }

    /** From any thread. */
    void show(Watch.Shown state) {
        context.runOnContext(v -> {
            boolean known = !shown && state.id().equals(seen);
            shown = true;
            // to one who knows it already, a comment tells that the stream is there
            send(known ? comment() : event(state));
        });
    }

    private OutboundSseEvent event(Watch.Shown state) {
        return sse.newEventBuilder()
                .name("balance")
                .id(state.id())
                // as text: of another media type the framework would tell in a line that is no field of the format
                .data(state.data())
                .build();
    }

    private OutboundSseEvent comment() {
        return sse.newEventBuilder().comment("").build();
    }

    private void send(OutboundSseEvent event) {
        if (client.requested() > 0) {
            client.emit(event);
        } else {
            waiting = event;
        }
    }

    /** What was sent is on its way: the next may follow. */
    private void written() {
        stuck = false;
        OutboundSseEvent next = waiting;
        if (next != null) {
            waiting = null;
            client.emit(next);
        }
    }

    private void heartbeat() {
        if (client.requested() > 0) {
            client.emit(comment());
        } else if (stuck) {
            // It has taken nothing since the last heartbeat. Not response.reset(): of that nobody would tell this
            // stream.
            cutOff();
        } else {
            stuck = true;
        }
    }

    private void cutOff() {
        connection.close().onFailure(e -> LOG.debugf("cutting a slow stream off: %s", e.getMessage()));
    }
}
