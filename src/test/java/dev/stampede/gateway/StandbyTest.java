package dev.stampede.gateway;

import static dev.stampede.support.TestGateway.account;
import static dev.stampede.support.TestGateway.get;
import static dev.stampede.support.TestGateway.redeem;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.stampede.account.AccountId;
import dev.stampede.account.Operation;
import dev.stampede.account.OperationType;
import dev.stampede.points.Refusal;
import dev.stampede.support.Ask;
import dev.stampede.support.Backends;
import dev.stampede.support.RedisSocket;
import dev.stampede.support.TestGateway;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What is committed here, and nowhere else yet, is not answered by whoever reads it: a failover would lose it. */
@Tag("servers")
class StandbyTest {
    private static final Map<String, String> IMPATIENT = Map.of("stampede.gateway.answer-timeout", "2s");

    private final Backends backends = Backends.shared();
    private String jdbcUrl;

    @BeforeEach
    void start() {
        jdbcUrl = backends.freshDatabase("standby_test");
        TestGateway.migrate(jdbcUrl);
    }

    @AfterEach
    void theStandbyIsBack() throws SQLException {
        standby("");
    }

    private void standby(String name) throws SQLException {
        sql("ALTER SYSTEM SET synchronous_standby_names = '" + name + "'");
        sql("SELECT pg_reload_conf()");
    }

    @CanIgnoreReturnValue
    private long sql(String statement) throws SQLException {
        try (Connection connection = DriverManager.getConnection(jdbcUrl);
                var sql = connection.createStatement()) {
            sql.execute("SET synchronous_commit = local");
            if (!sql.execute(statement)) {
                return 0;
            }
            try (var rows = sql.getResultSet()) {
                return rows.next() && rows.getMetaData().getColumnType(1) == java.sql.Types.BIGINT
                        ? rows.getLong(1)
                        : 0;
            }
        }
    }

    private TestGateway gateway() {
        return new TestGateway(
                backends.postgres(), "standby_test", backends.redis().port(), IMPATIENT);
    }

    private static Operation enrol(AccountId account) {
        return Ask.of(OperationType.ENROL, account).build();
    }

    /** Once it is no longer refused for what was. */
    private static Answer answered(TestGateway gateway, Operation operation) {
        return await().atMost(Duration.ofSeconds(20))
                .ignoreExceptions()
                .until(() -> gateway.submit(operation).get(), answer -> true);
    }

    private static void unknown(CompletableFuture<Answer> asked) {
        ExecutionException failed = assertThrows(ExecutionException.class, asked::get);
        Unavailable why = assertInstanceOf(Unavailable.class, failed.getCause());
        assertTrue(why.code() != Unavailable.Code.OVERLOADED, why::toString);
    }

    @Test
    void anEnrolmentThatNoStandbyHasIsNotConfirmed() throws Exception {
        AccountId account = account("enrolled-here-only");
        try (TestGateway first = gateway()) {
            get(first.submit(enrol(account("before")))); // its functions and connections are there
            standby("nobody");
            unknown(first.submit(enrol(account)));
            assertEquals(
                    1,
                    sql("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND query LIKE '%seal%'"));
            sql("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'");
            await().atMost(Duration.ofSeconds(10))
                    .until(() -> sql("SELECT count(*) FROM account WHERE account = 'enrolled-here-only'") == 1);
        }
        try (RedisSocket redis = new RedisSocket(backends.redis().adminUrl());
                TestGateway second = gateway()) {
            redis.ask("DEL", account.redisKey()); // loaded again, it is enrolled
            unknown(second.submit(enrol(account)));
            standby("");
            assertInstanceOf(Answer.Unchanged.class, answered(second, enrol(account)));
        }
    }

    @Test
    void anAccountThatIsNotThereIsNotDeniedByAPrimaryAlone() throws Exception {
        AccountId nobody = account("nobody");
        try (TestGateway gateway = gateway()) {
            get(gateway.submit(enrol(account("before"))));
            standby("nobody");
            unknown(gateway.submit(redeem(nobody, "k", 1)));
            standby("");
            Answer.Refused refused = assertInstanceOf(Answer.Refused.class, answered(gateway, redeem(nobody, "k", 1)));
            assertEquals(Refusal.ACCOUNT_NOT_FOUND, refused.refusal());
        }
    }
}
