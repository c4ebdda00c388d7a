package dev.stampede.gateway;

import com.fasterxml.uuid.Generators;
import com.fasterxml.uuid.impl.TimeBasedEpochGenerator;
import dev.stampede.program.ProgramBook;
import dev.stampede.propose.RedisConfig;
import dev.stampede.seal.SealConfig;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgConnectOptions;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** Makes the gateway out of the configuration, starts it with the application and stops it with it. */
@ApplicationScoped
class GatewayStart {
    private static final long START_SECONDS = 30;

    @Produces
    @Singleton
    InstantSource time() {
        return InstantSource.system();
    }

    @Produces
    @Singleton
    Gateway gateway(
            Vertx vertx,
            RedisSettings redis,
            RedisConfig redisConfig,
            SealConfig sealConfig,
            GatewayConfig config,
            InstantSource time,
            MeterRegistry registry,
            @ConfigProperty(name = "quarkus.datasource.reactive.url") List<String> urls,
            @ConfigProperty(name = "quarkus.datasource.username") Optional<String> username,
            @ConfigProperty(name = "quarkus.datasource.password") Optional<String> password) {
        List<PgConnectOptions> servers = new ArrayList<>();
        for (String url : urls) {
            PgConnectOptions options = PgConnectOptions.fromUri(url.replaceFirst("^vertx-reactive:", ""));
            username.ifPresent(options::setUser);
            password.ifPresent(options::setPassword);
            options.addProperty("role", "stampede_gateway");
            servers.add(options);
        }
        TimeBasedEpochGenerator ids = Generators.timeBasedEpochGenerator();
        return new Gateway(
                vertx, redis.options(), servers, redisConfig, sealConfig, config, time, ids::generate, registry);
    }

    void start(@Observes StartupEvent event, Vertx vertx, Gateway gateway, ProgramBook programs) throws Exception {
        // on the main thread: nothing is served before it is done
        try {
            gateway.start().toCompletionStage().toCompletableFuture().get(START_SECONDS, TimeUnit.SECONDS);
            programs.start(vertx).subscribeAsCompletionStage().get(START_SECONDS, TimeUnit.SECONDS);
        } catch (Exception e) {
            stop(null, gateway); // nobody else does, if the application does not come up
            throw e;
        }
    }

    void stop(@Observes ShutdownEvent event, Gateway gateway) throws Exception {
        gateway.stop().toCompletionStage().toCompletableFuture().get(START_SECONDS, TimeUnit.SECONDS);
    }
}
