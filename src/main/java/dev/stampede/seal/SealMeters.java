package dev.stampede.seal;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.concurrent.TimeUnit;

/** The metrics of sealing. */
public final class SealMeters {
    private final Timer time;
    private final Timer lag;
    private final Latencies lags = new Latencies();
    private final DistributionSummary batch;
    private final Counter failures;
    private final Counter own;
    private final Counter whole;
    private final Counter shortOf;

    public SealMeters(MeterRegistry registry) {
        time = Timer.builder("stampede.seal")
                .description("One batch, from the call to its commit")
                .publishPercentileHistogram()
                .register(registry);
        lag = Timer.builder("stampede.seal.lag")
                .description("From the arrival of a batch's oldest proposal to its commit, including failed calls")
                .publishPercentileHistogram()
                .register(registry);
        batch = DistributionSummary.builder("stampede.seal.batch")
                .description("Operations per batch")
                .serviceLevelObjectives(1, 4, 16, 64, 256, 1024, 4096)
                .register(registry);
        own = budgetSeals(registry, "own");
        whole = budgetSeals(registry, "whole");
        shortOf = Counter.builder("stampede.budget.short")
                .description("Operations for which a budget had not enough")
                .register(registry);
        failures = Counter.builder("stampede.seal.failures")
                .description("Calls that Postgres refused or did not answer")
                .register(registry);
    }

    private static Counter budgetSeals(MeterRegistry registry, String mode) {
        return Counter.builder("stampede.budget.seals")
                .description("Batches that use budgets: from the sealer's own parts, or from all parts")
                .tag("mode", mode)
                .register(registry);
    }

    /** @param lacking how many operations found too little */
    void budgets(boolean used, boolean all, int lacking) {
        if (used) {
            (all ? whole : own).increment();
        }
        shortOf.increment(lacking);
    }

    void sealed(int operations, long nanos, long oldestNanos) {
        time.record(nanos, TimeUnit.NANOSECONDS);
        lag.record(oldestNanos, TimeUnit.NANOSECONDS);
        lags.record(oldestNanos);
        batch.record(operations);
    }

    /** The lag of each batch since the start. */
    public Latencies lags() {
        return lags;
    }

    void failed() {
        failures.increment();
    }
}
