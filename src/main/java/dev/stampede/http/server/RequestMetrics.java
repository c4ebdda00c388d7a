package dev.stampede.http.server;

import dev.stampede.http.Resources;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.core.instrument.distribution.DistributionStatisticConfig;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Keeps the number of metrics small, whatever callers send. Only answers of a resource are counted under the resource's
 * name, and only decided calls get a histogram, which allows percentiles over several gateways. All other requests, and
 * all values that callers choose, are counted as {@code OTHER}; otherwise one client could fill the registry, and
 * account ids would become labels. Every histogram has only a few buckets.
 */
class RequestMetrics {
    private static final String OTHER = "OTHER";
    /** The limits that alerts use are among them. */
    private static final double[] BUCKETS = Stream.of(10, 50, 100, 250, 500, 1000, 5000)
            .mapToDouble(ms -> Duration.ofMillis(ms).toNanos())
            .toArray();

    private static final Set<String> DECIDED = Set.of("200", "201", "204", "304", "409", "422", "500", "503");
    /** Refusals that count for the resource itself. */
    private static final Set<String> REFUSED = Set.of("400", "404", "412", "429");

    /** Their number can be watched. */
    void start(@Observes StartupEvent event, MeterRegistry registry) {
        Gauge.builder("stampede.meters", registry, all -> all.getMeters().size())
                .description("Metrics of this gateway; more than its calls, codes and budgets explain are a fault")
                .register(registry);
    }

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
                && method != null
                && Resources.has(uri, method)
                && !method.equals("HEAD")
                && !method.equals("OPTIONS")
                && (DECIDED.contains(status) || REFUSED.contains(status));
    }

    private static Tag withoutWhatCallersChoose(Tag tag) {
        return tag.getKey().equals("method") || tag.getKey().equals("uri") ? Tag.of(tag.getKey(), OTHER) : tag;
    }
}
