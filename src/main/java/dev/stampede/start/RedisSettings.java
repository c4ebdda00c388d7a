package dev.stampede.start;

import io.quarkus.redis.client.RedisOptionsCustomizer;
import io.quarkus.redis.runtime.client.config.RedisConfig;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisOptions;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The Redis options that Quarkus derives from {@code quarkus.redis.*}, including TLS and passwords. Only the options
 * are needed: the client is injected so that Quarkus derives them, and is never used.
 */
@Singleton
class RedisSettings implements RedisOptionsCustomizer {
    private volatile @Nullable RedisOptions options;

    @Inject
    Redis unused;

    @Override
    public void customize(String clientName, RedisOptions made) {
        if (clientName.equals(RedisConfig.DEFAULT_CLIENT_NAME)) {
            options = new RedisOptions(made);
        }
    }

    RedisOptions options() {
        return Objects.requireNonNull(options);
    }
}
