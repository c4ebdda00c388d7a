package dev.stampede.http;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.core.instrument.distribution.DistributionStatisticConfig;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Makes {@code http_server_requests_seconds} a histogram for each resource, so that percentiles can be taken over several
 * gateways, and keeps what callers choose out of its labels: methods that the API does not have, and paths that are none of its
 * resources', are {@code OTHER}. Else one client could fill the registry, and accounts would be labels.
 */
class RequestMetrics {
    private static final String OTHER = "OTHER";
    private static final Set<String> METHODS = Set.of("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS");
    /** What Quarkus calls paths that it has no template for. */
    private static final Set<String> NO_TEMPLATE = Set.of("NOT_FOUND", "REDIRECTION", "UNKNOWN", "root");

    @Produces
    @Singleton
    MeterFilter boundedLabels() {
        return new MeterFilter() {
            @Override
            public Meter.Id map(Meter.Id id) {
                if (!id.getName().startsWith("http.server")) {
                    return id;
                }
                List<Tag> tags = new ArrayList<>();
                boolean same = true;
                for (Tag tag : id.getTagsAsIterable()) {
                    boolean known = switch (tag.getKey()) {
                        case "method" -> METHODS.contains(tag.getValue());
                        case "uri" ->
                            NO_TEMPLATE.contains(tag.getValue())
                                    || Resources.templates().contains(tag.getValue());
                        default -> true;
                    };
                    same &= known;
                    tags.add(known ? tag : Tag.of(tag.getKey(), OTHER));
                }
                return same ? id : id.replaceTags(tags);
            }

            @Override
            public DistributionStatisticConfig configure(Meter.Id id, DistributionStatisticConfig config) {
                return id.getName().equals("http.server.requests")
                                && Resources.templates().contains(id.getTag("uri"))
                        ? DistributionStatisticConfig.builder()
                                .percentilesHistogram(true)
                                .build()
                                .merge(config)
                        : config;
            }
        };
    }
}
