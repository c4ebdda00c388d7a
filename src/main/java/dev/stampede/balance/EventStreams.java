package dev.stampede.balance;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.stampede.access.KeyBook;
import dev.stampede.access.Principal;
import dev.stampede.account.AccountId;
import dev.stampede.account.Image;
import dev.stampede.gateway.Gateway;
import dev.stampede.gateway.Unavailable;
import dev.stampede.http.EventStream;
import dev.stampede.program.ProgramBook;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownDelayInitiatedEvent;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.Startup;
import io.quarkus.runtime.StartupEvent;
import io.vertx.core.Vertx;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The open streams of this gateway, and one {@link Watch} for each account that has streams. Their number is limited in
 * all, per account and per client address. A stream ends within seconds when its client's credential ends, and all of
 * them when the gateway shuts down.
 *
 * <p>A place is taken before the account is read, and given back once, when the request ends for any reason. The
 * methods only count; each is called a few times per stream, and holds the lock for less than a microsecond.
 */
@ApplicationScoped
@Startup // registers its meters, at 0, before the first stream
class EventStreams {
    private static final long CHECK_MS = 1000;

    private final Gateway gateway;
    private final ProgramBook programs;
    private final KeyBook keys;
    private final Vertx vertx;
    private final EventsConfig config;
    private final ObjectMapper json;
    private final Counter looks;
    // all guarded by this object's lock
    private final Map<AccountId, Integer> ofAccount = new HashMap<>();
    private final Map<String, Integer> ofAddress = new HashMap<>();
    private final Map<EventStream, Place> open = new HashMap<>();
    private final Map<AccountId, Watched> watches = new HashMap<>();
    private int taken;
    private boolean ending;

    private record Watched(Watch watch, int streams) {}

    /** A stream's place, taken before the stream begins. */
    static final class Place {
        private final AccountId account;
        private final String address;
        private final Principal principal;
        private final BooleanSupplier session;
        private boolean given = true;

        private Place(AccountId account, String address, Principal principal, BooleanSupplier session) {
            this.account = account;
            this.address = address;
            this.principal = principal;
            this.session = session;
        }
    }

    EventStreams(
            Gateway gateway,
            ProgramBook programs,
            KeyBook keys,
            Vertx vertx,
            EventsConfig config,
            ObjectMapper json,
            MeterRegistry registry) {
        this.gateway = gateway;
        this.programs = programs;
        this.keys = keys;
        this.vertx = vertx;
        this.config = config;
        this.json = json;
        this.looks = Counter.builder("stampede.event.looks")
                .description("Reads of accounts for their event streams")
                .register(registry);
        Gauge.builder("stampede.event.streams", this, EventStreams::taken)
                .description("Event streams that are open or being opened")
                .register(registry);
    }

    private synchronized int taken() {
        return taken;
    }

    /**
     * Fails if there are too many streams, or the gateway is shutting down.
     *
     * @param session whether the client's session is still open; the stream ends with it
     */
    synchronized Place take(AccountId account, String address, Principal principal, BooleanSupplier session) {
        if (ending) {
            throw new Unavailable(Unavailable.Code.UNAVAILABLE, "This gateway is shutting down. Connect again.");
        }
        if (taken >= config.maxStreams()) {
            throw new Unavailable(
                    Unavailable.Code.OVERLOADED, "This gateway has too many event streams. Try again later.");
        }
        if (full(ofAccount.get(account), config.maxStreamsPerAccount())) {
            throw new Unavailable(
                    Unavailable.Code.OVERLOADED, "This account has too many event streams. Try again later.");
        }
        if (full(ofAddress.get(address), config.maxStreamsPerAddress())) {
            throw new Unavailable(
                    Unavailable.Code.OVERLOADED, "This client address has too many event streams. Try again later.");
        }
        taken++;
        ofAccount.merge(account, 1, Integer::sum);
        ofAddress.merge(address, 1, Integer::sum);
        return new Place(account, address, principal, session);
    }

    private static boolean full(@Nullable Integer count, int most) {
        return most > 0 && count != null && count >= most;
    }

    synchronized void giveBack(Place place) {
        if (place.given) {
            place.given = false;
            taken--;
            ofAccount.computeIfPresent(place.account, EventStreams::oneLess);
            ofAddress.computeIfPresent(place.address, EventStreams::oneLess);
        }
    }

    private static <K> @Nullable Integer oneLess(K of, Integer count) {
        return count == 1 ? null : count - 1;
    }

    /**
     * Shows the stream its account from now on.
     *
     * @param first the account as it was when the place was taken
     */
    synchronized void begin(EventStream stream, Place place, Image first) {
        if (ending || !place.given) {
            stream.end(); // the request ended before the stream began; nothing else would end the stream
            return;
        }
        open.put(stream, place);
        Watched watched = watches.get(place.account);
        if (watched == null) {
            watched = new Watched(new Watch(gateway, programs, vertx, place.account, config, this::text, looks), 0);
            watched.watch.open();
        }
        watches.put(place.account, new Watched(watched.watch, watched.streams + 1));
        watched.watch.join(stream, first);
    }

    synchronized void ended(EventStream stream) {
        Place place = open.remove(stream);
        if (place == null) {
            return;
        }
        giveBack(place);
        Watched watched = Objects.requireNonNull(watches.get(place.account));
        watched.watch.leave(stream);
        if (watched.streams == 1) {
            watches.remove(place.account);
            watched.watch.close();
        } else {
            watches.put(place.account, new Watched(watched.watch, watched.streams - 1));
        }
    }

    void start(@Observes StartupEvent event) {
        vertx.setPeriodic(CHECK_MS, id -> endOfRevoked());
    }

    /** A stream may live for days: it ends when the credential or the session of its client does. */
    private synchronized void endOfRevoked() {
        long nowMs = gateway.nowMs();
        open.forEach((stream, place) -> {
            if (nowMs >= place.principal.validUntilMs()) {
                stream.expire();
            } else if (!keys.isValid(place.principal, nowMs) || !place.session.getAsBoolean()) {
                stream.end();
            }
        });
    }

    private String text(EventView event) {
        try {
            return json.writeValueAsString(event);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("an event can be written", e);
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
