package dev.stampede.balance;

import dev.stampede.gateway.Unavailable;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownDelayInitiatedEvent;
import io.quarkus.runtime.ShutdownEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** The open streams of this gateway: a bounded number, all ended when it shuts down. */
@ApplicationScoped
class Streams {
    private final int most;
    private final AtomicInteger count = new AtomicInteger();
    private final Set<BalanceStream> open = ConcurrentHashMap.newKeySet();
    private volatile boolean ending;

    Streams(EventsConfig config, MeterRegistry registry) {
        this.most = config.maxStreams();
        Gauge.builder("stampede.event.streams", count, AtomicInteger::get)
                .description("Event streams that are open")
                .register(registry);
    }

    /** Fails if there are too many, or no more are taken. */
    void admit(BalanceStream stream) {
        if (ending) {
            throw new Unavailable(Unavailable.Code.UNAVAILABLE, "this gateway is shutting down");
        }
        if (count.incrementAndGet() > most) {
            count.decrementAndGet();
            throw new Unavailable(Unavailable.Code.OVERLOADED, "too many event streams");
        }
        open.add(stream);
    }

    void ended(BalanceStream stream) {
        if (open.remove(stream)) {
            count.decrementAndGet();
        }
    }

    /** Before the listener drains: a stream would never end by itself, and would hold it up. */
    void shutdown(@Observes ShutdownDelayInitiatedEvent event) {
        endAll();
    }

    void shutdown(@Observes ShutdownEvent event) {
        endAll();
    }

    private void endAll() {
        ending = true;
        List.copyOf(open).forEach(BalanceStream::end);
    }
}
