package dev.stampede.postgres;

import static dev.stampede.support.TestGateway.account;
import static dev.stampede.support.TestGateway.earn;
import static dev.stampede.support.TestGateway.get;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.stampede.account.AccountId;
import dev.stampede.embedded.EmbeddedPostgresServer;
import dev.stampede.gateway.Answer;
import dev.stampede.gateway.Gateway;
import dev.stampede.gateway.Unavailable;
import dev.stampede.support.Backends;
import dev.stampede.support.LedgerCheck;
import dev.stampede.support.RedisSocket;
import dev.stampede.support.ReplicatedPostgres;
import dev.stampede.support.TestGateway;
import io.vertx.redis.client.RedisOptions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Which Postgres is used where there are several, and what is believed of it. */
@Tag("servers")
@Tag("long")
class PostgresServersTest {
    private static final Duration SOON = Duration.ofSeconds(10);
    private static final String DATABASE = "servers";

    private static void execute(EmbeddedPostgresServer server, String database, String sql) throws Exception {
        try (Connection connection = DriverManager.getConnection(server.jdbcUrl(database));
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static TestGateway gateway(Map<String, String> properties, EmbeddedPostgresServer... servers) {
        return new TestGateway(
                List.of(servers).stream()
                        .map(server -> TestGateway.options(server, DATABASE))
                        .toList(),
                new RedisOptions().setConnectionString(Backends.shared().redis().url()),
                properties);
    }

    /** An empty one, and an empty Redis. */
    private static void createDatabase(EmbeddedPostgresServer server) throws Exception {
        execute(server, "postgres", "CREATE DATABASE " + DATABASE);
        TestGateway.migrate(server.jdbcUrl(DATABASE));
        flushRedis();
    }

    private static void flushRedis() {
        try (RedisSocket socket = new RedisSocket(Backends.shared().redis().port())) {
            assertEquals("OK", socket.ask("FLUSHALL"));
        }
    }

    @CanIgnoreReturnValue
    private static Answer.Sealed sealed(Answer answer) {
        return assertInstanceOf(Answer.Sealed.class, answer);
    }

    /** As a till does: again, under the same key, until it is answered. */
    private static void sealedSoon(TestGateway gateway, AccountId account, String key) {
        Answer[] answer = new Answer[1];
        await().atMost(SOON).pollInterval(Duration.ofMillis(100)).until(() -> {
            try {
                answer[0] = gateway.ask(earn(account, key, 1));
                return true;
            } catch (Unavailable e) {
                return false;
            }
        });
        sealed(answer[0]);
    }

    @Test
    void aPrimaryThatIsFrozenAndThenLeftBehind() throws Exception {
        try (ReplicatedPostgres postgres = new ReplicatedPostgres()) {
            EmbeddedPostgresServer old = postgres.primary();
            createDatabase(old);
            AccountId account = account("left-behind");
            try (TestGateway gateway = gateway(Map.of("stampede.seal.call-timeout", "5s"), old, postgres.standby())) {
                sealed(gateway.ask(earn(account, "before", 1)));

                // "not there" is an answer, too, and waits for the standby, even of whom Postgres does not know
                postgres.freeze(postgres.standby());
                CompletableFuture<?> unknown = gateway.gateway
                        .findByKey(account("nobody"), "k")
                        .subscribeAsCompletionStage()
                        .toCompletableFuture();
                assertThrows(
                        java.util.concurrent.TimeoutException.class, () -> unknown.get(1500, TimeUnit.MILLISECONDS));
                postgres.thaw(postgres.standby());

                // nobody asks anything while it happens, and Redis has nothing to seal: the servers must be looked at
                postgres.commitAlone(); // so that nothing but the gateway itself keeps it from the old one
                postgres.freeze(old);
                postgres.promote();
                TimeUnit.SECONDS.sleep(5);
                flushRedis();
                sealed(gateway.ask(earn(account, "after", 1)));

                // the old one wakes up, takes writes, and waits for nobody; the new one hangs for a while
                postgres.thaw(old);
                await().atMost(SOON).until(() -> new LedgerCheck(old.jdbcUrl(DATABASE)).count("SELECT 1") == 1);
                postgres.freeze(postgres.primary());
                CompletableFuture<Answer> hanging = gateway.submit(earn(account, "hanging", 1));
                TimeUnit.MILLISECONDS.sleep(3500);
                postgres.thaw(postgres.primary());
                assertEquals(3, sealed(get(hanging)).operation().image().version());
                sealedSoon(gateway, account, "at last");
            }
            // who is started now can't remember, and looks at both
            try (TestGateway gateway = gateway(Map.of(), old, postgres.primary())) {
                assertEquals(
                        5,
                        sealed(gateway.ask(earn(account, "restarted", 1)))
                                .operation()
                                .image()
                                .version());
            }
            assertEquals(
                    1,
                    new LedgerCheck(old.jdbcUrl(DATABASE)).count("SELECT count(*) FROM operation"),
                    "of the old one");
            new LedgerCheck(postgres.primary().jdbcUrl(DATABASE)).consistent();
        }
    }

    /**
     * Its sessions wait for the standby, and keep their rows, also when their gateway has given them up: whoever meets
     * such a row must not take that for a sign of life, nor leave a further session behind for each account.
     */
    @Test
    void whileTheStandbyIsAwayWritesAreRefusedAtOnceForAsLongAsItTakes() throws Exception {
        try (ReplicatedPostgres postgres = new ReplicatedPostgres()) {
            EmbeddedPostgresServer primary = postgres.primary();
            createDatabase(primary);
            LedgerCheck ledger = new LedgerCheck(primary.jdbcUrl(DATABASE));
            try (TestGateway gateway = gateway(
                    Map.of(
                            "stampede.seal.call-timeout", "3s",
                            "stampede.seal.hang-limit", "500ms",
                            "stampede.gateway.answer-timeout", "2s"),
                    primary)) {
                for (int i = 0; i < 4; i++) {
                    sealed(gateway.ask(earn(account("waits-" + i), "before", 1)));
                }
                postgres.freeze(postgres.standby());
                List<CompletableFuture<Answer>> first = new ArrayList<>();
                for (int i = 0; i < 4; i++) {
                    first.add(gateway.submit(earn(account("waits-" + i), "first", 1)));
                }
                TimeUnit.MILLISECONDS.sleep(700);
                long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(8);
                for (int i = 0; System.nanoTime() < until; i++) {
                    AccountId account = account(i % 2 == 0 ? "waits-" + i % 4 : "new-" + i);
                    int n = i;
                    long asked = System.nanoTime();
                    assertThrows(Unavailable.class, () -> gateway.ask(earn(account, "k" + n, 1)));
                    assertTrue(System.nanoTime() - asked < TimeUnit.SECONDS.toNanos(1), "not at once");
                    TimeUnit.MILLISECONDS.sleep(20);
                }
                assertTrue(
                        ledger.count("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'") <= 4,
                        "sessions are left behind");
                postgres.thaw(postgres.standby());
                for (int i = 0; i < 4; i++) {
                    sealedSoon(gateway, account("waits-" + i), "first");
                }
                for (CompletableFuture<Answer> unknown : first) {
                    assertThrows(Unavailable.class, () -> get(unknown));
                }
            }
            ledger.consistent();
        }
    }

    @Test
    void aSessionThatMayNotWriteIsNotKept() throws Exception {
        EmbeddedPostgresServer postgres = Backends.shared().postgres();
        TestGateway.migrate(Backends.shared().freshDatabase(DATABASE));
        AccountId account = account("read-only");
        try (TestGateway gateway = gateway(Map.of(), postgres)) {
            sealed(gateway.ask(earn(account, "before", 1)));
            execute(postgres, "postgres", "ALTER DATABASE " + DATABASE + " SET default_transaction_read_only = on");
            execute(
                    postgres,
                    "postgres",
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '" + DATABASE + "'");
            await().atMost(SOON).until(() -> !gateway.gateway.postgresUp());
            assertThrows(Unavailable.class, () -> gateway.ask(earn(account, "meanwhile", 1)));
            execute(postgres, "postgres", "ALTER DATABASE " + DATABASE + " RESET default_transaction_read_only");
            sealedSoon(gateway, account, "after");
        }
    }

    @Test
    void aPostgresThatAnswersBeforeItHasWrittenIsRefused() throws Exception {
        EmbeddedPostgresServer postgres = Backends.shared().postgres();
        TestGateway.migrate(Backends.shared().freshDatabase(DATABASE));
        String refused = assertThrows(
                        Gateway.NoStart.class,
                        () -> new TestGateway(
                                        List.of(TestGateway.options(postgres, DATABASE)
                                                .addProperty("synchronous_commit", "off")),
                                        new RedisOptions()
                                                .setConnectionString(Backends.shared()
                                                        .redis()
                                                        .url()),
                                        Map.of())
                                .close())
                .getMessage();
        assertEquals("synchronous_commit is off: answered operations could be lost", refused);
    }
}
