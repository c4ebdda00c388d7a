package dev.stampede.gateway;

import dev.stampede.account.OperationType;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;

/** What is measured of the write path. Never an account as a label. */
public final class GatewayMeters {
    private static final String DISCARDED = "stampede.discards";
    private static final List<String> DISCARDS = List.of("moved", "broken", "refused", "key", "drift", "unnoted");

    private final MeterRegistry registry;
    private final Map<String, Timer> operations = new ConcurrentHashMap<>();
    private final Timer propose;
    private final Counter reloads;
    private final Counter rewinds;
    private final Counter keyLookUps;
    private final Counter missed;
    private final Counter bugs;
    private final Counter compared;
    private final Map<ComparisonResult, Counter> drift = new EnumMap<>(ComparisonResult.class);

    public GatewayMeters(MeterRegistry registry) {
        this.registry = registry;
        propose = Timer.builder("stampede.propose")
                .description("One call of the proposing function")
                .publishPercentileHistogram()
                .register(registry);
        reloads = Counter.builder("stampede.reloads")
                .description("Accounts loaded from Postgres into Redis")
                .register(registry);
        rewinds = Counter.builder("stampede.rewinds")
                .description("Accounts put back to what is sealed, since Postgres refused an operation of theirs")
                .register(registry);
        keyLookUps = Counter.builder("stampede.key.lookups")
                .description("Keys that Postgres was asked for before Redis was, since Redis may have forgotten them")
                .register(registry);
        missed = Counter.builder("stampede.reads.missed")
                .description("Reads of balances that Redis could not answer, so that Postgres was asked")
                .register(registry);
        bugs = Counter.builder("stampede.bugs")
                .description("Operations that failed by a fault of the gateway's: an alarm")
                .register(registry);
        // at zero from the start: of a counter that appears with its first event, no increase is ever seen
        DISCARDS.forEach(why -> registry.counter(DISCARDED, "why", why).increment(0));
        compared = Counter.builder("stampede.compared")
                .description("Accounts in Redis that were compared with Postgres in the background")
                .register(registry);
        for (ComparisonResult found : ComparisonResult.values()) {
            if (found != ComparisonResult.NONE) {
                drift.put(
                        found,
                        Counter.builder("stampede.drift")
                                .description("What was found to differ between Redis and Postgres, and mended")
                                .tag("found", found.name().toLowerCase(Locale.ROOT))
                                .register(registry));
            }
        }
    }

    void gauge(String name, String description, IntSupplier value) {
        io.micrometer.core.instrument.Gauge.builder(name, value, IntSupplier::getAsInt)
                .description(description)
                .strongReference(true)
                .register(registry);
    }

    /** @param outcome {@code ok}, {@code replayed}, the code of a refusal, or of a failure */
    void answered(OperationType type, String outcome, long nanos) {
        operations
                .computeIfAbsent(
                        type.code() + ' ' + outcome,
                        k -> Timer.builder("stampede.operations")
                                .description("Operations, from their arrival to the answer")
                                .tag("type", type.code())
                                .tag("outcome", outcome)
                                .publishPercentileHistogram()
                                .register(registry))
                .record(nanos, TimeUnit.NANOSECONDS);
    }

    void proposed(long nanos) {
        propose.record(nanos, TimeUnit.NANOSECONDS);
    }

    void reloaded() {
        reloads.increment();
    }

    void rewound() {
        rewinds.increment();
    }

    void keyLookedUp() {
        keyLookUps.increment();
    }

    void missed() {
        missed.increment();
    }

    void discarded(String why) {
        registry.counter(DISCARDED, "why", why).increment();
    }

    /** In the background comparison. */
    void compared(ComparisonResult found) {
        compared.increment();
        if (found != ComparisonResult.NONE) {
            drifted(found);
        }
    }

    void drifted(ComparisonResult found) {
        drift.get(found).increment();
    }

    void bug() {
        bugs.increment();
    }
}
