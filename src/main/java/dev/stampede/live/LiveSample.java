package dev.stampede.live;

import dev.stampede.gateway.Pulse.Outcome;
import dev.stampede.seal.Latencies;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import java.util.function.ToLongFunction;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/** What all gateways that spoke have done in one second, or in several. */
@Schema(name = "LiveSample", description = "What all gateways have done in one second, or in several.")
public record LiveSample(
        @Schema(description = "The beginning of the second, by Postgres' clock")
        Instant at,

        @Schema(description = "How many seconds it is of; counts are of all of them", minimum = "1", examples = "1")
        int seconds,

        @Schema(description = "How many gateways spoke; of several seconds the fewest", minimum = "1", examples = "3")
        int gateways,

        @Schema(
                description = "How many are alive, as far as this gateway knows. More than `gateways`: the rest is"
                        + " missing in all other numbers",
                minimum = "1",
                examples = "3")
        int gatewaysAlive,

        @Schema(
                description = "Whether this gateway reaches Redis. If not, the sample is of this gateway alone",
                examples = "true")
        boolean redisUp,

        @Schema(description = "Whether Postgres takes writes of this gateway", examples = "true")
        boolean postgresUp,

        @Schema(description = "Operations that were answered, by type; types without any are left out")
        List<OperationCounts> operations,

        @Schema(
                description = "Half of the operations were answered in this time, in ms, without those that got 429,"
                        + " 500 or 503; of several seconds the longest. Null if there were none",
                nullable = true,
                examples = "2.4")
        @Nullable
        Double p50Ms,

        @Schema(
                description = "All but the slowest hundredth, likewise; to about a tenth of it",
                nullable = true,
                examples = "11.8")
        @Nullable
        Double p99Ms,

        @Schema(
                description = "From the arrival of a batch's oldest proposal to its commit, in ms: all but the slowest"
                        + " hundredth of the batches; of several seconds the longest. Null if there were none",
                nullable = true,
                examples = "4.1")
        @Nullable
        Double sealLagP99Ms,

        @Schema(
                description = "Proposals that wait for their batch; of several seconds the most",
                minimum = "0",
                examples = "12")
        long sealQueue,

        @Schema(description = "Operations in flight; of several seconds the most", minimum = "0", examples = "40")
        long inFlight,

        @Schema(description = "Points earned, without those of sandboxes", minimum = "0", examples = "12300")
        long earned,

        @Schema(
                description = "Points redeemed, those of captures included, without those of sandboxes",
                minimum = "0",
                examples = "4500")
        long redeemed,

        @Schema(description = "HTTP requests of any kind", minimum = "0", examples = "900")
        long requests,

        @Schema(description = "Those that got 429", minimum = "0", examples = "0")
        long rateLimited,

        @Schema(description = "Those that got 503", minimum = "0", examples = "0")
        long unavailable,

        @Schema(description = "Those that got another 5xx", minimum = "0", examples = "0")
        long errors,

        @Schema(description = "Budgets of promotions that run now, at most 20: those of which the least share is left")
        List<LiveBudget> budgets) {

    /** Operations of one type. */
    @Schema(name = "OperationCounts", description = "How many operations of one type there were.")
    public record OperationCounts(
            @Schema(description = "The type", examples = "earn")
            String type,

            @Schema(description = "Done", minimum = "0", examples = "310")
            long done,

            @Schema(
                    description = "The answer of an earlier call was given again, or there was nothing to do",
                    minimum = "0",
                    examples = "2")
            long repeated,

            @Schema(description = "Refused by the program or the account", minimum = "0", examples = "4")
            long declined,

            @Schema(description = "Got 429, 500 or 503", minimum = "0", examples = "0")
            long failed,

            @Schema(description = "Dry runs", minimum = "0", examples = "0")
            long tried) {
        static OperationCounts of(String type, long[] counts) {
            return new OperationCounts(
                    type,
                    counts[Outcome.DONE.ordinal()],
                    counts[Outcome.REPEATED.ordinal()],
                    counts[Outcome.DECLINED.ordinal()],
                    counts[Outcome.FAILED.ordinal()],
                    counts[Outcome.TRIED.ordinal()]);
        }

        private long[] counts() {
            long[] counts = new long[Outcome.values().length];
            counts[Outcome.DONE.ordinal()] = done;
            counts[Outcome.REPEATED.ordinal()] = repeated;
            counts[Outcome.DECLINED.ordinal()] = declined;
            counts[Outcome.FAILED.ordinal()] = failed;
            counts[Outcome.TRIED.ordinal()] = tried;
            return counts;
        }
    }

    /** What is left of a budget. */
    @Schema(name = "LiveBudget", description = "What is left of a budget of a promotion that runs now.")
    public record LiveBudget(
            @Schema(description = "The id of the program", examples = "demo")
            String program,

            @Schema(description = "The id of the budget", examples = "holiday")
            String budget,

            @Schema(
                    description = "What it counts",
                    enumeration = {"points", "uses"},
                    examples = "points")
            String of,

            @Schema(description = "All of it", minimum = "0", examples = "1000000")
            long total,

            @Schema(description = "What is left, as far as this gateway knows", minimum = "0", examples = "420000")
            long left) {}

    /** What only this gateway can say of a second. */
    record Here(int gatewaysAlive, boolean redisUp, boolean postgresUp, List<LiveBudget> budgets) {}

    /**
     * Adds up what gateways said of one second.
     *
     * @param spoke at least one
     */
    static LiveSample of(Collection<GatewaySecond> spoke, Here here) {
        Map<String, long[]> operations = new TreeMap<>();
        long[] answers = new long[Latencies.BUCKETS];
        long[] lags = new long[Latencies.BUCKETS];
        for (GatewaySecond each : spoke) {
            each.operations().forEach((type, counts) -> add(operations, type, counts));
            GatewaySecond.add(each.answers(), answers);
            GatewaySecond.add(each.lags(), lags);
        }
        return new LiveSample(
                Instant.ofEpochSecond(spoke.iterator().next().second()),
                1,
                spoke.size(),
                Math.max(here.gatewaysAlive, spoke.size()),
                here.redisUp,
                here.postgresUp,
                counts(operations),
                quantile(answers, 0.5),
                quantile(answers, 0.99),
                quantile(lags, 0.99),
                sum(spoke, GatewaySecond::sealQueue),
                sum(spoke, GatewaySecond::inFlight),
                sum(spoke, GatewaySecond::earned),
                sum(spoke, GatewaySecond::redeemed),
                sum(spoke, GatewaySecond::requests),
                sum(spoke, GatewaySecond::limited),
                sum(spoke, GatewaySecond::unavailable),
                sum(spoke, GatewaySecond::errors),
                here.budgets);
    }

    /**
     * One sample of several seconds.
     *
     * @param at the beginning of the first
     * @param samples of single seconds, in their order, at least one
     */
    static LiveSample of(Instant at, List<LiveSample> samples) {
        Map<String, long[]> operations = new TreeMap<>();
        samples.forEach(sample -> sample.operations.forEach(of -> add(operations, of.type, of.counts())));
        LiveSample last = samples.get(samples.size() - 1);
        return new LiveSample(
                at,
                samples.size(),
                samples.stream().mapToInt(LiveSample::gateways).min().orElse(1),
                most(samples, LiveSample::gatewaysAlive),
                samples.stream().allMatch(LiveSample::redisUp),
                samples.stream().allMatch(LiveSample::postgresUp),
                counts(operations),
                longest(samples, LiveSample::p50Ms),
                longest(samples, LiveSample::p99Ms),
                longest(samples, LiveSample::sealLagP99Ms),
                samples.stream().mapToLong(LiveSample::sealQueue).max().orElse(0),
                samples.stream().mapToLong(LiveSample::inFlight).max().orElse(0),
                sum(samples, LiveSample::earned),
                sum(samples, LiveSample::redeemed),
                sum(samples, LiveSample::requests),
                sum(samples, LiveSample::rateLimited),
                sum(samples, LiveSample::unavailable),
                sum(samples, LiveSample::errors),
                last.budgets);
    }

    private static void add(Map<String, long[]> operations, String type, long[] counts) {
        if (operations.size() >= GatewaySecond.MOST_TYPES && !operations.containsKey(type)) {
            return; // no gateway has so many, nor have all of them
        }
        long[] all = operations.computeIfAbsent(type, t -> new long[Outcome.values().length]);
        for (int i = 0; i < all.length; i++) {
            all[i] += counts[i];
        }
    }

    private static List<OperationCounts> counts(Map<String, long[]> operations) {
        List<OperationCounts> counts = new ArrayList<>();
        operations.forEach((type, of) -> counts.add(OperationCounts.of(type, of)));
        return List.copyOf(counts);
    }

    /** In ms, with two decimals. */
    static @Nullable Double quantile(long[] counts, double share) {
        double ms = Latencies.quantileMs(counts, share);
        return Double.isNaN(ms) ? null : Math.round(ms * 100) / 100.0;
    }

    private static @Nullable Double longest(List<LiveSample> samples, Function<LiveSample, @Nullable Double> time) {
        Double longest = null;
        for (LiveSample sample : samples) {
            Double ms = time.apply(sample);
            longest = ms != null && (longest == null || ms > longest) ? ms : longest;
        }
        return longest;
    }

    private static int most(List<LiveSample> samples, ToIntFunction<LiveSample> number) {
        return samples.stream().mapToInt(number).max().orElse(1);
    }

    private static <T> long sum(Collection<T> of, ToLongFunction<T> number) {
        return of.stream().mapToLong(number).sum();
    }
}
