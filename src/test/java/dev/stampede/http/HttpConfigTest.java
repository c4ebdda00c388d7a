package dev.stampede.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.stampede.balance.EventsConfig;
import dev.stampede.history.HistoryConfig;
import io.quarkus.runtime.configuration.DurationConverter;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Names and defaults of the HTTP layer's settings: people have them in their deployments. */
class HttpConfigTest {
    private static SmallRyeConfig config(Map<String, String> settings) {
        return new SmallRyeConfigBuilder()
                .withConverter(Duration.class, 100, new DurationConverter())
                .withMapping(HttpConfig.class)
                .withMapping(EventsConfig.class)
                .withMapping(HistoryConfig.class)
                .withDefaultValues(settings)
                .build();
    }

    @Test
    void defaults() {
        SmallRyeConfig config = config(Map.of());

        assertEquals(Optional.empty(), config.getConfigMapping(HttpConfig.class).hosts());
        assertEquals(Optional.empty(), config.getConfigMapping(HttpConfig.class).managementHosts());
        assertEquals(2000, config.getConfigMapping(EventsConfig.class).maxStreams());
        assertEquals(20, config.getConfigMapping(EventsConfig.class).maxStreamsPerAccount());
        assertEquals(100, config.getConfigMapping(EventsConfig.class).maxStreamsPerAddress());
        assertEquals(
                Duration.ofMillis(100),
                config.getConfigMapping(EventsConfig.class).minLookInterval());
        assertEquals(
                Duration.ofSeconds(3),
                config.getConfigMapping(EventsConfig.class).lookInterval());
        assertEquals(
                Duration.ofSeconds(15),
                config.getConfigMapping(EventsConfig.class).heartbeat());
        assertEquals(
                Duration.ofSeconds(5),
                config.getConfigMapping(HistoryConfig.class).timeout());
    }

    @Test
    void names() {
        SmallRyeConfig config = config(Map.of(
                "stampede.http.hosts", "localhost,[::1]",
                "stampede.events.max-streams", "9",
                "stampede.events.max-streams-per-account", "13",
                "stampede.events.max-streams-per-address", "14",
                "stampede.events.look-interval", "10s",
                "stampede.events.min-look-interval", "15ms",
                "stampede.events.heartbeat", "11s",
                "stampede.history.timeout", "12s"));

        assertEquals(
                Optional.of(List.of("localhost", "[::1]")),
                config.getConfigMapping(HttpConfig.class).hosts());
        assertEquals(9, config.getConfigMapping(EventsConfig.class).maxStreams());
        assertEquals(13, config.getConfigMapping(EventsConfig.class).maxStreamsPerAccount());
        assertEquals(14, config.getConfigMapping(EventsConfig.class).maxStreamsPerAddress());
        assertEquals(
                Duration.ofMillis(15),
                config.getConfigMapping(EventsConfig.class).minLookInterval());
        assertEquals(
                Duration.ofSeconds(10),
                config.getConfigMapping(EventsConfig.class).lookInterval());
        assertEquals(
                Duration.ofSeconds(11),
                config.getConfigMapping(EventsConfig.class).heartbeat());
        assertEquals(
                Duration.ofSeconds(12),
                config.getConfigMapping(HistoryConfig.class).timeout());
    }
}
