package dev.stampede.start;

import io.quarkus.redis.client.RedisOptionsCustomizer;
import io.quarkus.redis.runtime.client.config.RedisConfig;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisOptions;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;

/**
 * What Quarkus makes of {@code quarkus.redis.*}, TLS and passwords included. Only the settings are wanted: the client
 * that it makes of them is asked for, so that it makes it, and never used.
 */
@Singleton
class RedisSettings implements RedisOptionsCustomizer {
    private volatile RedisOptions options;

    @Inject
    Redis unused;

    @Override
    public void customize(String clientName, RedisOptions made) {
        if (clientName.equals(RedisConfig.DEFAULT_CLIENT_NAME)) {
            options = new RedisOptions(made);
        }
    }

    RedisOptions options() {
        return options;
    }
}
