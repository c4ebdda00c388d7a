package dev.stampede.gateway;

import dev.stampede.account.Entry;
import dev.stampede.account.OperationType;
import dev.stampede.account.SealedOperation;
import dev.stampede.seal.BudgetBook;
import dev.stampede.seal.Latencies;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;

/** The metrics of the write path. An account is never a label. */
public final class GatewayMeters {
    private static final String DISCARDED = "stampede.discards";
    private static final List<String> DISCARDS = List.of("moved", "broken", "refused", "key", "drift", "unnoted");

    private static final int MOST_BUDGETS = 200;

    private final MeterRegistry registry;
    private final AtomicInteger budgets = new AtomicInteger();
    private final Map<String, Answered> operations = new ConcurrentHashMap<>();
    private final Latencies answers = new Latencies();
    private final LongAdder earned = new LongAdder();
    private final LongAdder redeemed = new LongAdder();
    private final Timer propose;
    private final Counter reloads;
    private final Counter rewinds;
    private final Counter keyLookUps;
    private final Counter missed;
    private final Counter bugs;
    private final Counter frozen;
    private final Counter leftOpen;
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
                .description("Accounts in Redis reset to the sealed state because Postgres refused an operation")
                .register(registry);
        keyLookUps = Counter.builder("stampede.key.lookups")
                .description("Keys looked up in Postgres before proposing, because Redis may have forgotten them")
                .register(registry);
        missed = Counter.builder("stampede.reads.missed")
                .description("Balance reads answered by Postgres because Redis could not answer")
                .register(registry);
        bugs = Counter.builder("stampede.bugs")
                .description("Operations that failed because of a bug in the gateway: an alarm")
                .register(registry);
        frozen = freezes("frozen");
        leftOpen = freezes("left_open");
        // registered at zero: the first event of a counter that appears with it is not seen as an increase
        DISCARDS.forEach(why -> registry.counter(DISCARDED, "why", why).increment(0));
        compared = Counter.builder("stampede.compared")
                .description("Accounts in Redis that were compared with Postgres in the background")
                .register(registry);
        for (ComparisonResult found : ComparisonResult.values()) {
            if (found != ComparisonResult.NONE) {
                drift.put(
                        found,
                        Counter.builder("stampede.drift")
                                .description("Differences found between Redis and Postgres, and repaired")
                                .tag("found", found.name().toLowerCase(Locale.ROOT))
                                .register(registry));
            }
        }
    }

    private Counter freezes(String result) {
        return Counter.builder("stampede.auto.freezes")
                .description("Accounts frozen for spending because of invalid member codes, or left open because the"
                        + " sender has caused too many freezes")
                .tag("result", result)
                .register(registry);
    }

    void gauge(String name, String description, IntSupplier value) {
        io.micrometer.core.instrument.Gauge.builder(name, value, IntSupplier::getAsInt)
                .description(description)
                .strongReference(true)
                .register(registry);
    }

    /**
     * What is left of a shared total, at most, and all of it. Only of so many totals, those that are made first: a
     * label must not have any number of values.
     */
    void budget(BudgetBook.Total total, LongSupplier left, LongSupplier all) {
        if (budgets.incrementAndGet() <= MOST_BUDGETS) {
            budget("stampede.budget.left", "What is left of a budget, or of the stock of a reward", total, left);
            budget("stampede.budget.total", "All of a budget, or of the stock of a reward", total, all);
        }
    }

    private void budget(String name, String description, BudgetBook.Total total, LongSupplier units) {
        io.micrometer.core.instrument.Gauge.builder(name, units, LongSupplier::getAsLong)
                .description(description)
                .tag("program", total.program())
                .tag("kind", total.kind())
                .tag("budget", total.name())
                .strongReference(true)
                .register(registry);
    }

    /** Operations of one type with one outcome. */
    private record Answered(OperationType type, Pulse.Outcome outcome, Timer timer) {}

    /** @param outcome {@code ok}, {@code replayed}, the code of a refusal, or of a failure */
    void answered(OperationType type, String outcome, long nanos) {
        Answered of = operations.computeIfAbsent(type.code() + ' ' + outcome, k -> answered(type, outcome));
        of.timer.record(nanos, TimeUnit.NANOSECONDS);
        if (of.outcome.isAnswer()) {
            answers.record(nanos);
        }
    }

    private Answered answered(OperationType type, String outcome) {
        return new Answered(
                type,
                Pulse.Outcome.of(outcome),
                Timer.builder("stampede.operations")
                        .description("Operations, from arrival to answer")
                        .tag("type", type.code())
                        .tag("outcome", outcome)
                        .publishPercentileHistogram()
                        .register(registry));
    }

    /** Counts the points that an operation, now sealed, has given or taken. */
    void moved(SealedOperation operation) {
        for (Entry entry : operation.entries()) {
            switch (entry.type()) {
                case "earn" -> earned.add(entry.available() + entry.pending());
                case "redeem" -> redeemed.add(-entry.available());
                case "capture" -> redeemed.add(-entry.held());
                default -> {}
            }
        }
    }

    /** All operations since the start, by type and outcome. */
    Map<OperationType, long[]> operations() {
        Map<OperationType, long[]> counts = new EnumMap<>(OperationType.class);
        for (Answered each : operations.values()) {
            long[] of = counts.computeIfAbsent(each.type, type -> new long[Pulse.Outcome.values().length]);
            of[each.outcome.ordinal()] += each.timer.count();
        }
        return counts;
    }

    Latencies answers() {
        return answers;
    }

    long earned() {
        return earned.sum();
    }

    long redeemed() {
        return redeemed.sum();
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

    /** A result of the background comparison. */
    void compared(ComparisonResult found) {
        compared.increment();
        if (found != ComparisonResult.NONE) {
            drifted(found);
        }
    }

    void drifted(ComparisonResult found) {
        Objects.requireNonNull(drift.get(found)).increment();
    }

    void frozen() {
        frozen.increment();
    }

    void leftOpen() {
        leftOpen.increment();
    }

    void bug() {
        bugs.increment();
    }
}
