package dev.stampede.live;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.stampede.access.KeyBook;
import dev.stampede.access.Principal;
import dev.stampede.gateway.Gateway;
import dev.stampede.gateway.Unavailable;
import dev.stampede.http.EventStream;
import io.quarkus.runtime.ShutdownDelayInitiatedEvent;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.Startup;
import io.smallrye.mutiny.Multi;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.ws.rs.sse.OutboundSseEvent;
import jakarta.ws.rs.sse.Sse;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

/**
 * The open streams of samples of this gateway; their number is limited. A stream ends with the credential of its
 * client, and all of them when the gateway shuts down. A place is taken before a stream begins, and given back once.
 */
@ApplicationScoped
@Startup // listens from the beginning
public class LiveStreams {
    /** A client that reads nothing for this time is disconnected. */
    private static final Duration HEARTBEAT = Duration.ofSeconds(15);

    private final Live live;
    private final LiveConfig config;
    private final Gateway gateway;
    private final KeyBook keys;
    private final ObjectMapper json;
    private final Vertx vertx;
    // all guarded by this object's lock
    private final Map<EventStream, Place> open = new HashMap<>();
    private int taken;
    private boolean ending;

    /** A stream's place. */
    public static final class Place {
        private final Principal principal;
        private final BooleanSupplier session;
        private boolean given = true;

        private Place(Principal principal, BooleanSupplier session) {
            this.principal = principal;
            this.session = session;
        }
    }

    LiveStreams(Live live, LiveConfig config, Gateway gateway, KeyBook keys, ObjectMapper json, Vertx vertx) {
        this.live = live;
        this.config = config;
        this.gateway = gateway;
        this.keys = keys;
        this.json = json;
        this.vertx = vertx;
        live.listen(this::show);
    }

    /**
     * Fails if there are too many streams, or the gateway is shutting down.
     *
     * @param session whether the client's session is still open; the stream ends with it
     */
    public synchronized Place take(Principal principal, BooleanSupplier session) {
        if (ending) {
            throw new Unavailable(Unavailable.Code.UNAVAILABLE, "This gateway is shutting down. Connect again.");
        }
        if (taken >= config.maxStreams()) {
            throw new Unavailable(
                    Unavailable.Code.OVERLOADED, "This gateway has too many live streams. Try again later.");
        }
        taken++;
        return new Place(principal, session);
    }

    public synchronized void giveBack(Place place) {
        if (place.given) {
            place.given = false;
            taken--;
        }
    }

    /** The samples from now on, the last one first. */
    public Multi<OutboundSseEvent> events(Place place, Sse sse, HttpConnection connection) {
        return new EventStream(vertx, sse, "sample", HEARTBEAT, connection, null)
                .events(stream -> begin(stream, place), this::ended);
    }

    private synchronized void begin(EventStream stream, Place place) {
        if (ending || !place.given) {
            stream.end();
            return;
        }
        open.put(stream, place);
        LiveSample last = live.newest();
        if (last != null) {
            stream.show(id(last), text(last));
        }
    }

    private synchronized void ended(EventStream stream) {
        Place place = open.remove(stream);
        if (place != null) {
            giveBack(place);
        }
    }

    /** A stream may live for days: it ends when the credential or the session of its client does. */
    private synchronized void show(LiveSample sample) {
        if (open.isEmpty()) {
            return;
        }
        long nowMs = gateway.nowMs();
        String text = text(sample);
        open.forEach((stream, place) -> {
            if (nowMs >= place.principal.validUntilMs()) {
                stream.expire();
            } else if (!keys.isValid(place.principal, nowMs) || !place.session.getAsBoolean()) {
                stream.end();
            } else {
                stream.show(id(sample), text);
            }
        });
    }

    private static String id(LiveSample sample) {
        return Long.toString(sample.at().getEpochSecond());
    }

    private String text(LiveSample sample) {
        try {
            return json.writeValueAsString(sample);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a sample can be written", e);
        }
    }

    /** Runs before the listener drains: streams never end on their own, and would delay the shutdown. */
    void shutdown(@Observes ShutdownDelayInitiatedEvent event) {
        endAll();
    }

    void shutdown(@Observes ShutdownEvent event) {
        endAll();
    }

    private synchronized void endAll() {
        ending = true;
        List.copyOf(open.keySet()).forEach(EventStream::end);
    }
}
