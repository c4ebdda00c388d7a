package dev.stampede.start;

import com.fasterxml.uuid.Generators;
import com.fasterxml.uuid.impl.TimeBasedEpochGenerator;
import dev.stampede.access.KeyBook;
import dev.stampede.access.MemberCodes;
import dev.stampede.access.MemberTokens;
import dev.stampede.access.StreamTickets;
import dev.stampede.codec.Gone;
import dev.stampede.codec.LapseRules;
import dev.stampede.gateway.Gateway;
import dev.stampede.gateway.GatewayConfig;
import dev.stampede.gateway.ProgramTimes;
import dev.stampede.postgres.LedgerClock;
import dev.stampede.postgres.PostgresServers;
import dev.stampede.program.InForce;
import dev.stampede.program.ProgramBook;
import dev.stampede.redis.RedisConfig;
import dev.stampede.seal.SealConfig;
import dev.stampede.seal.Sealer;
import dev.stampede.seal.SealerFactory;
import dev.stampede.search.SearchConfig;
import dev.stampede.search.SearchPool;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.arc.DefaultBean;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.runtime.configuration.ConfigurationException;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Creates the gateway from the configuration, starts it with the application and stops it with it. */
@ApplicationScoped
class GatewayStart {
    private static final Logger LOG = Logger.getLogger(GatewayStart.class);
    private static final long START_SECONDS = 30;

    @Produces
    @Singleton
    InstantSource time() {
        return InstantSource.system();
    }

    @Produces
    @Singleton
    LedgerClock clock(InstantSource time) {
        return new LedgerClock(time);
    }

    /** @param pool injected so that the settings have been read */
    @Produces
    @Singleton
    PostgresServers postgres(PostgresSettings settings, Pool pool) {
        return new PostgresServers(settings.servers());
    }

    /** @param pool injected so that the settings have been read */
    @Produces
    @Singleton
    SearchPool searches(PostgresSettings settings, Pool pool, SearchConfig config) {
        return new SearchPool(settings.another(config.connections()));
    }

    void close(@Disposes SearchPool searches) {
        searches.pool().close().onFailure(e -> LOG.debugf("closing: %s", e.getMessage()));
    }

    @Produces
    @Singleton
    @DefaultBean
    SealerFactory sealers() {
        return Sealer::new;
    }

    @Produces
    @Singleton
    Gateway gateway(
            Vertx vertx,
            RedisSettings redis,
            RedisConfig redisConfig,
            SealConfig sealConfig,
            GatewayConfig config,
            LedgerClock clock,
            ProgramBook programs,
            MeterRegistry registry,
            SealerFactory sealers,
            PostgresSettings settings,
            PostgresServers postgres) {
        TimeBasedEpochGenerator ids = Generators.timeBasedEpochGenerator();
        Gateway gateway = new Gateway(
                vertx,
                redis.options(),
                postgres,
                redisConfig,
                sealConfig,
                config,
                clock,
                times(programs),
                ids::generate,
                sealers,
                registry);
        settings.follow(gateway::primary);
        return gateway;
    }

    private static ProgramTimes times(ProgramBook programs) {
        return new ProgramTimes() {
            @Override
            public @Nullable ZoneId zone(String program, long realMs) {
                return programs.zone(program, realMs);
            }

            @Override
            public LapseRules lapsing(String program, long realMs) {
                return programs.heard(program, realMs).found() instanceof InForce.Rules rules && !rules.isPlain()
                        ? new LapseRules(
                                rules.compiled().levels(), rules.compiled().backdateDays())
                        : LapseRules.NONE;
            }

            @Override
            public @Nullable Gone gone(String program, Set<String> promotions, Set<String> counters, long realMs) {
                return programs.gone(program, promotions, counters, realMs);
            }

            @Override
            public @Nullable Long sandboxMs(String program) {
                return programs.sandboxMs(program);
            }

            @Override
            public boolean isConfirmed(String program) {
                return programs.isConfirmed(program);
            }
        };
    }

    void start(
            @Observes StartupEvent event,
            Vertx vertx,
            Gateway gateway,
            ProgramBook programs,
            KeyBook keys,
            MemberTokens members,
            StreamTickets tickets,
            MemberCodes memberCodes,
            PostgresServers postgres,
            SealConfig config,
            LedgerClock clock,
            @ConfigProperty(name = FirstKey.SETTING) Optional<String> firstKey)
            throws Exception {
        // on the main thread: no call is served before this has ended
        try {
            gateway.watchSecrets(secrets -> {
                tickets.use(secrets);
                memberCodes.use(secrets);
            });
            gateway.start().toCompletionStage().toCompletableFuture().get(START_SECONDS, TimeUnit.SECONDS);
            programs.start(vertx, postgres, config.connectTimeout(), clock)
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(START_SECONDS, TimeUnit.SECONDS);
            members.start(vertx).toCompletionStage().toCompletableFuture().get(START_SECONDS, TimeUnit.SECONDS);
            keys.start(vertx, postgres, config.connectTimeout(), clock)
                    .compose(v -> FirstKey.take(keys, members, firstKey, clock::nowMs))
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(START_SECONDS, TimeUnit.SECONDS);
            gateway.watchKeys(() -> keys.readSoon().onFailure(e -> LOG.debugf("reading keys: %s", e.getMessage())));
        } catch (Exception e) {
            stop(gateway, programs, keys, members); // nothing else stops it if the application does not come up
            if (e.getCause() instanceof Gateway.NoStart unusable) {
                throw new ConfigurationException(
                        unusable.getMessage(), unusable.getCause(), Set.of(unusable.setting()));
            }
            if (e.getCause() instanceof ConfigurationException noKey) {
                throw noKey;
            }
            if (e instanceof IllegalArgumentException) {
                throw new ConfigurationException(e.getMessage(), e, Set.of(MemberTokens.SETTINGS));
            }
            throw e;
        }
    }

    void stop(@Observes ShutdownEvent event, Gateway gateway, ProgramBook programs, KeyBook keys, MemberTokens members)
            throws Exception {
        stop(gateway, programs, keys, members);
    }

    private static void stop(Gateway gateway, ProgramBook programs, KeyBook keys, MemberTokens members)
            throws Exception {
        members.stop();
        keys.stop();
        programs.stop();
        gateway.stop().toCompletionStage().toCompletableFuture().get(START_SECONDS, TimeUnit.SECONDS);
    }
}
