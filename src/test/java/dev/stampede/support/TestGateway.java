package dev.stampede.support;

import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.uuid.Generators;
import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.stampede.account.AccountId;
import dev.stampede.account.Operation;
import dev.stampede.account.OperationType;
import dev.stampede.account.SealedOperation;
import dev.stampede.account.Signature;
import dev.stampede.embedded.EmbeddedPostgresServer;
import dev.stampede.gateway.Answer;
import dev.stampede.gateway.Gateway;
import dev.stampede.gateway.GatewayConfig;
import dev.stampede.gateway.ProgramTimes;
import dev.stampede.postgres.LedgerClock;
import dev.stampede.postgres.PostgresServers;
import dev.stampede.redis.RedisConfig;
import dev.stampede.seal.SealConfig;
import dev.stampede.seal.Sealer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.redis.client.RedisOptions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.flywaydb.core.Flyway;

/** A gateway without HTTP, for tests: the real one, on a database and a Redis that the test names. */
public final class TestGateway implements AutoCloseable {
    public static final String PROGRAM = "demo";

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Vertx vertx = Vertx.vertx();
    private final SmallRyeConfig settings;
    public final PgConnectOptions postgres;
    public final RedisOptions redis;
    public final String redisUri;
    public final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    public final Gateway gateway;

    public TestGateway(
            EmbeddedPostgresServer postgres, String database, int redisPort, Map<String, String> properties) {
        this(
                List.of(options(postgres, database)),
                new RedisOptions().setConnectionString("redis://127.0.0.1:" + redisPort),
                properties);
    }

    /** On other deployments than one Postgres and one Redis. */
    public TestGateway(List<PgConnectOptions> servers, RedisOptions redis, Map<String, String> properties) {
        this(servers, redis, properties, ZoneOffset.UTC);
    }

    /** With programs whose days are those of that zone. */
    public TestGateway(
            List<PgConnectOptions> servers, RedisOptions redis, Map<String, String> properties, ZoneId zone) {
        this(servers, redis, properties, programs(zone));
    }

    /** With programs that are known so. */
    public TestGateway(
            List<PgConnectOptions> servers, RedisOptions redis, Map<String, String> properties, ProgramTimes programs) {
        settings = new SmallRyeConfigBuilder()
                .withConverter(Duration.class, 200, new io.quarkus.runtime.configuration.DurationConverter())
                .withMapping(GatewayConfig.class)
                .withMapping(SealConfig.class)
                .withMapping(RedisConfig.class)
                // tests of one account in a crowd
                .withDefaultValue("stampede.gateway.max-in-flight-per-account", "0")
                .withSources(new PropertiesConfigSource(properties, "test", 1000))
                .build();
        this.redis = redis;
        postgres = servers.get(0);
        redisUri = redis.getEndpoint();
        gateway = new Gateway(
                vertx,
                redis,
                new PostgresServers(servers),
                config(RedisConfig.class),
                config(SealConfig.class),
                config(GatewayConfig.class),
                new LedgerClock(InstantSource.system()),
                programs,
                Generators.timeBasedEpochGenerator()::generate,
                Sealer::new,
                registry);
        get(gateway.start().toCompletionStage().toCompletableFuture());
    }

    /** Programs that go by real time, in that zone. */
    public static ProgramTimes programs(ZoneId zone) {
        return new ProgramTimes() {
            @Override
            public ZoneId zone(String program, long realMs) {
                return zone;
            }

            @Override
            public Long sandboxMs(String program) {
                return null;
            }

            @Override
            public boolean isConfirmed(String program) {
                return true;
            }
        };
    }

    public static PgConnectOptions options(EmbeddedPostgresServer server, String database) {
        return new PgConnectOptions()
                .setHost(server.host())
                .setPort(server.port())
                .setDatabase(database)
                .setUser(server.gateway().user())
                .setPassword(server.gateway().password())
                .addProperty("role", "stampede_gateway");
    }

    public <T> T config(Class<T> mapping) {
        return settings.getConfigMapping(mapping);
    }

    public Vertx vertx() {
        return vertx;
    }

    /** Migrates a database as the user of that URL. */
    public static void migrate(String jdbcUrl) {
        Flyway.configure().dataSource(jdbcUrl, null, null).load().migrate();
    }

    /** With what the gateways on that database sign. */
    public static List<Signature.Secret> secrets(String jdbcUrl) throws SQLException {
        try (Connection connection = DriverManager.getConnection(jdbcUrl);
                var rows = connection.createStatement().executeQuery("SELECT id, key FROM secrets_2()")) {
            List<Signature.Secret> secrets = new ArrayList<>();
            while (rows.next()) {
                secrets.add(new Signature.Secret(rows.getInt(1), rows.getBytes(2)));
            }
            return secrets;
        }
    }

    public CompletableFuture<Answer> submit(Operation operation) {
        return gateway.submit(operation).subscribeAsCompletionStage().toCompletableFuture();
    }

    /** Submits, and waits. */
    public Answer ask(Operation operation) {
        return get(submit(operation));
    }

    /** The operation, which must have been carried out. */
    @CanIgnoreReturnValue
    public static SealedOperation done(Answer answer) {
        SealedOperation operation =
                assertInstanceOf(Answer.Sealed.class, answer).operation();
        assertTrue(operation.ok(), operation::outcome);
        return operation;
    }

    /** What became of an operation that was sealed. */
    public static String declined(Answer answer) {
        return assertInstanceOf(Answer.Sealed.class, answer).operation().outcome();
    }

    @CanIgnoreReturnValue
    public static <T> T get(CompletableFuture<T> future) {
        try {
            return future.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (java.util.concurrent.ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException | java.util.concurrent.TimeoutException e) {
            throw new IllegalStateException("no answer in " + PATIENCE, e);
        }
    }

    public static AccountId account(String name) {
        return AccountId.of(PROGRAM, name);
    }

    public static Operation earn(AccountId account, String key, long points) {
        return Ask.of(OperationType.EARN, account)
                .key(key, "earn " + points)
                .points(points)
                .lot(LocalDate.now(ZoneOffset.UTC).plusYears(1).toEpochDay(), null)
                .autoEnrol(true)
                .build();
    }

    public static Operation redeem(AccountId account, String key, long points) {
        return Ask.of(OperationType.REDEEM, account)
                .key(key, "redeem " + points)
                .points(points)
                .build();
    }

    public static Operation hold(AccountId account, String key, long points) {
        return Ask.of(OperationType.HOLD, account)
                .key(key, "hold " + points)
                .points(points)
                .ttlSeconds(120)
                .build();
    }

    public static Operation capture(AccountId account, String key, UUID hold) {
        return Ask.of(OperationType.CAPTURE, account)
                .key(key, "capture " + hold)
                .hold(hold)
                .build();
    }

    public static Operation reverse(AccountId account, String key, UUID target, Long points) {
        return Ask.of(OperationType.REVERSE, account)
                .key(key, "reverse " + target + points)
                .target(target)
                .points(points)
                .debt(true)
                .build();
    }

    public static Operation voidKey(AccountId account, String key, String voided) {
        return Ask.of(OperationType.VOID, account)
                .key(key, "void " + voided)
                .voids(voided)
                .debt(true)
                .build();
    }

    @Override
    public void close() {
        get(gateway.stop().toCompletionStage().toCompletableFuture());
        get(vertx.close().toCompletionStage().toCompletableFuture());
    }
}
