package dev.stampede.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.stampede.balance.EventsConfig;
import dev.stampede.history.HistoryConfig;
import io.quarkus.runtime.configuration.DurationConverter;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.time.Duration;
import java.util.Map;
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

        assertEquals(0, config.getConfigMapping(HttpConfig.class).rateLimit());
        assertEquals(100_000, config.getConfigMapping(HttpConfig.class).rateLimitAccounts());
        assertEquals(2000, config.getConfigMapping(EventsConfig.class).maxStreams());
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
                "stampede.http.rate-limit", "7",
                "stampede.http.rate-limit-accounts", "8",
                "stampede.events.max-streams", "9",
                "stampede.events.look-interval", "10s",
                "stampede.events.heartbeat", "11s",
                "stampede.history.timeout", "12s"));

        assertEquals(7, config.getConfigMapping(HttpConfig.class).rateLimit());
        assertEquals(8, config.getConfigMapping(HttpConfig.class).rateLimitAccounts());
        assertEquals(9, config.getConfigMapping(EventsConfig.class).maxStreams());
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
