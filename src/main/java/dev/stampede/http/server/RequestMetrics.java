package dev.stampede.http.server;

import dev.stampede.http.Resources;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.core.instrument.distribution.DistributionStatisticConfig;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Keeps the metrics small, whatever callers do. Of requests, only a resource's own answers are counted under its name,
 * and only what was decided there is a histogram, so that percentiles can be taken over several gateways; all others,
 * and what callers choose themselves, are {@code OTHER}. Else one client could fill the registry, and accounts would be
 * labels. And a histogram, of whatever, has a few buckets.
 */
class RequestMetrics {
    private static final String OTHER = "OTHER";
    /** What alerts ask for is one of them. */
    private static final double[] BUCKETS = Stream.of(10, 50, 100, 250, 500, 1000, 5000)
            .mapToDouble(ms -> Duration.ofMillis(ms).toNanos())
            .toArray();

    private static final Set<String> DECIDED = Set.of("200", "201", "304", "409", "422", "500", "503");
    /** Refusals that say something of the resource. */
    private static final Set<String> REFUSED = Set.of("400", "404", "412", "429");

    @Produces
    @Singleton
    MeterFilter bounded() {
        return new MeterFilter() {
            @Override
            public Meter.Id map(Meter.Id id) {
                return id.getName().startsWith("http.server") && id.getTag("method") != null && !isOfResource(id)
                        ? id.replaceTags(id.getTags().stream()
                                .map(RequestMetrics::withoutWhatCallersChoose)
                                .toList())
                        : id;
            }

            @Override
            public DistributionStatisticConfig configure(Meter.Id id, DistributionStatisticConfig config) {
                boolean request = id.getName().equals("http.server.requests");
                boolean histogram = request
                        ? isOfResource(id) && DECIDED.contains(id.getTag("status"))
                        : id.getType() == Meter.Type.TIMER && Boolean.TRUE.equals(config.isPercentileHistogram());
                return histogram
                        ? DistributionStatisticConfig.builder()
                                .percentilesHistogram(false)
                                .serviceLevelObjectives(BUCKETS)
                                .build()
                                .merge(config)
                        : config;
            }
        };
    }

    private static boolean isOfResource(Meter.Id id) {
        String method = id.getTag("method");
        String status = id.getTag("status");
        String uri = id.getTag("uri");
        return uri != null
                && Resources.has(uri, method)
                && !method.equals("HEAD")
                && !method.equals("OPTIONS")
                && (DECIDED.contains(status) || REFUSED.contains(status));
    }

    private static Tag withoutWhatCallersChoose(Tag tag) {
        return tag.getKey().equals("method") || tag.getKey().equals("uri") ? Tag.of(tag.getKey(), OTHER) : tag;
    }
}
