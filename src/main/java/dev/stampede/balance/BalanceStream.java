package dev.stampede.balance;

import dev.stampede.account.AccountId;
import dev.stampede.account.Image;
import dev.stampede.gateway.Gateway;
import dev.stampede.http.BalanceView;
import dev.stampede.propose.Peek;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.subscription.MultiEmitter;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import jakarta.ws.rs.sse.OutboundSseEvent;
import jakarta.ws.rs.sse.Sse;
import java.util.UUID;
import java.util.function.Function;
import org.jboss.logging.Logger;

/**
 * One client that watches one account. Looks at the sealed state when it is told that it changed, and every few seconds
 * besides, since notices may be lost; one look at a time, and one more if there was a notice meanwhile. All on one event
 * loop.
 */
final class BalanceStream {
    private static final Logger LOG = Logger.getLogger(BalanceStream.class);
    /** Events that wait for a slow client; one that is slower is cut off, and comes back with its Last-Event-ID. */
    private static final int BUFFER = 64;

    private final Gateway gateway;
    private final AccountId account;
    private final Sse sse;
    private final EventsConfig config;
    private final Function<BalanceView, String> json;
    private final Runnable watcher = this::noticed;
    private Context context;
    private MultiEmitter<? super OutboundSseEvent> client;
    private long lookTimer;
    private long heartbeatTimer;
    private long version = -1;
    private UUID head;
    private boolean looking;
    private boolean again;
    private boolean over;

    BalanceStream(
            Gateway gateway, AccountId account, Sse sse, EventsConfig config, Function<BalanceView, String> json) {
        this.gateway = gateway;
        this.account = account;
        this.sse = sse;
        this.config = config;
        this.json = json;
    }

    /**
     * @param first the account as it is now
     * @param seen the version that the client has already, or -1
     */
    Multi<OutboundSseEvent> events(Vertx vertx, Streams streams, Peek first, long seen) {
        return Multi.createFrom()
                .emitter(
                        emitter -> {
                            context = vertx.getOrCreateContext();
                            client = emitter;
                            if (!streams.begun(this)) {
                                streams.ended(this);
                                emitter.complete();
                                return;
                            }
                            emitter.onTermination(() -> {
                                streams.ended(this);
                                context.runOnContext(v -> {
                                    over = true;
                                    gateway.unwatch(account, watcher);
                                    vertx.cancelTimer(lookTimer);
                                    vertx.cancelTimer(heartbeatTimer);
                                });
                            });
                            gateway.watch(account, watcher);
                            lookTimer = vertx.setPeriodic(config.lookInterval().toMillis(), id -> noticed());
                            heartbeatTimer =
                                    vertx.setPeriodic(config.heartbeat().toMillis(), id -> heartbeat());
                            if (first.image().version() == seen) {
                                version = seen;
                                head = first.image().head();
                                heartbeat(); // tells the client that the stream is there
                            } else {
                                show(first.image());
                            }
                        },
                        BUFFER);
    }

    /** From any thread. */
    void end() {
        Context on = context;
        if (on != null) {
            on.runOnContext(v -> client.complete());
        }
    }

    /** From any thread. */
    private void noticed() {
        context.runOnContext(v -> look());
    }

    private void look() {
        if (over) {
            return;
        }
        if (looking) {
            again = true;
            return;
        }
        looking = true;
        gateway.sealedPeek(account)
                .subscribe()
                .with(
                        peek -> {
                            if (peek != null) {
                                show(peek.image());
                            }
                            looked();
                        },
                        e -> {
                            LOG.debugf("events of %s: %s", account, e.getMessage());
                            again = false;
                            looked();
                        });
    }

    private void looked() {
        looking = false;
        if (again) {
            again = false;
            look();
        }
    }

    /** Never an older version than the last: Redis may have come back with one. */
    private void show(Image image) {
        if (over || image.version() < version || image.head().equals(head)) {
            return;
        }
        version = image.version();
        head = image.head();
        client.emit(sse.newEventBuilder()
                .name("balance")
                .id(Long.toString(version))
                // as text: of another media type the framework would tell in a line that is no field of the format
                .data(json.apply(BalanceView.of(account, image, gateway.nowMs())))
                .build());
    }

    private void heartbeat() {
        if (!over) {
            client.emit(sse.newEventBuilder().comment("").build());
        }
    }
}
