package dev.stampede.gateway;

import static dev.stampede.support.TestGateway.get;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.stampede.account.AccountId;
import dev.stampede.account.CachedAccount;
import dev.stampede.account.Image;
import dev.stampede.account.Operation;
import dev.stampede.account.OperationType;
import dev.stampede.account.Proposal;
import dev.stampede.account.SealedOperation;
import dev.stampede.award.MemberState;
import dev.stampede.codec.MemberText;
import dev.stampede.support.Ask;
import dev.stampede.support.Backends;
import dev.stampede.support.LedgerCheck;
import dev.stampede.support.Parts;
import dev.stampede.support.TestGateway;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.RedisOptions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;

/**
 * Two whole gateways on a database of their own, and the parts of a third, so that a test can stop between its steps:
 * it is slow, or dies. At the end the ledger must be consistent.
 */
@Tag("servers")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class TwoGateways {
    /** Nobody comes by chance and mends what a test is about. */
    static final Map<String, String> ALONE = Map.of(
            "stampede.gateway.orphan-age", "0s",
            "stampede.gateway.compare-interval", "1h",
            "stampede.gateway.sweep-interval", "1h");

    /** The comparison gets in between wherever it can. */
    static final Map<String, String> COMPARED =
            Map.of("stampede.gateway.compare-interval", "100ms", "stampede.gateway.orphan-age", "500ms");

    static final String DATABASE = "two_gateways";

    final Backends backends = Backends.shared();
    String jdbcUrl;
    TestGateway gateway;
    TestGateway other;
    Parts parts;
    LedgerCheck ledger;

    @BeforeAll
    void start() {
        jdbcUrl = backends.freshDatabase(DATABASE);
        TestGateway.migrate(jdbcUrl);
        ledger = new LedgerCheck(jdbcUrl);
        gateway = start(Map.of());
        other = start(Map.of());
        parts = new Parts(gateway);
    }

    @AfterAll
    void stop() {
        parts.close();
        other.close();
        gateway.close();
        checkLedger();
    }

    /** Of all gateways of this class. */
    Map<String, String> settings() {
        return ALONE;
    }

    void checkLedger() {
        ledger.consistent();
    }

    /** A further one, with settings of its own. */
    TestGateway start(Map<String, String> own) {
        return startBehind(backends.redis().port(), own);
    }

    TestGateway startBehind(int redisPort, Map<String, String> own) {
        return new TestGateway(backends.postgres(), DATABASE, redisPort, with(own));
    }

    /** One that reaches Postgres through that port. */
    TestGateway startBefore(int postgresPort, Map<String, String> own) {
        return new TestGateway(
                List.of(TestGateway.options(backends.postgres(), DATABASE).setPort(postgresPort)),
                new RedisOptions().setConnectionString(backends.redis().url()),
                with(own));
    }

    Map<String, String> with(Map<String, String> own) {
        Map<String, String> all = new HashMap<>(settings());
        all.putAll(own);
        return all;
    }

    static Map<String, String> and(Map<String, String> settings, String name, String value) {
        Map<String, String> all = new HashMap<>(settings);
        all.put(name, value);
        return all;
    }

    /** The operation, whatever became of it. */
    @CanIgnoreReturnValue
    static SealedOperation sealed(Answer answer) {
        return assertInstanceOf(Answer.Sealed.class, answer).operation();
    }

    static Operation voidHold(AccountId account, String key, UUID hold) {
        return Ask.of(OperationType.VOID, account)
                .key(key, "void " + hold)
                .hold(hold)
                .build();
    }

    /** Of a chain, the one that was asked for: those before are not marked as sealed yet. */
    static Proposal last(List<Proposal> chain) {
        return chain.get(chain.size() - 1);
    }

    KeyLookup byKey(AccountId account, String key) {
        return get(gateway.gateway.findByKey(account, key).subscribeAsCompletionStage());
    }

    /** As if the account's newest operation, which knew nothing of the member, had left him so. */
    void know(AccountId account, MemberState member) throws SQLException {
        try (Connection owner = DriverManager.getConnection(jdbcUrl)) {
            String image;
            try (var select = owner.prepareStatement("SELECT o.image FROM account a JOIN operation o"
                    + " ON o.lane = a.lane AND o.id = a.head WHERE a.lane = ? AND a.program = ? AND a.account = ?")) {
                select.setShort(1, account.lane());
                select.setString(2, account.program());
                select.setString(3, account.id());
                try (var row = select.executeQuery()) {
                    assertTrue(row.next());
                    image = row.getString(1);
                }
            }
            Image before = Image.parse(image);
            assertNull(before.member());
            String text = image.substring(0, image.length() - 1) + ",\"member\":" + MemberText.write(member) + "}";
            try (var update =
                    owner.prepareStatement("UPDATE operation SET image = ?, format = 3 WHERE lane = ? AND id = ?")) {
                update.setString(1, text);
                update.setShort(2, account.lane());
                update.setObject(3, before.head());
                assertEquals(1, update.executeUpdate());
            }
            try (var update = owner.prepareStatement("UPDATE account SET digest = ? WHERE lane = ? AND head = ?")) {
                update.setString(1, Image.digest(text));
                update.setShort(2, account.lane());
                update.setObject(3, before.head());
                assertEquals(1, update.executeUpdate());
            }
        }
        forget(account);
    }

    CachedAccount peek(AccountId account) {
        return get(gateway.gateway.peek(account).subscribeAsCompletionStage());
    }

    static ComparisonResult compare(TestGateway gateway, AccountId account) {
        return get(gateway.gateway.compare(account).toCompletionStage().toCompletableFuture());
    }

    ComparisonResult compare(AccountId account) {
        return compare(gateway, account);
    }

    /** Redis forgets the account. */
    void forget(AccountId account) {
        parts.redis(Command.DEL, account.redisKey());
    }

    /** Redis forgets one of its keys. */
    void forget(AccountId account, String key) {
        assertEquals(
                1, parts.redis(Command.HDEL, account.redisKey(), "k:" + key).toInteger());
    }

    /** Waits until Redis knows that the account's first operation is sealed. */
    void noted(AccountId account) {
        await().until(() -> parts.redis(Command.HGET, account.redisKey(), "u1") == null);
    }

    double discards() {
        return gateway.registry.find("stampede.discards").counters().stream()
                .mapToDouble(counter -> counter.count())
                .sum();
    }

    double count(String counter) {
        return gateway.registry.get(counter).counter().count();
    }

    /** Holds an account's row lock, as a commit under way does, until it is closed. */
    Connection lock(AccountId account) throws SQLException {
        Connection connection = DriverManager.getConnection(jdbcUrl);
        connection.setAutoCommit(false);
        try (var statement = connection.prepareStatement(
                "SELECT 1 FROM account WHERE lane = ? AND program = ? AND account = ? FOR UPDATE")) {
            statement.setShort(1, account.lane());
            statement.setString(2, account.program());
            statement.setString(3, account.id());
            statement.executeQuery();
        }
        return connection;
    }

    /** How many sessions wait for a lock. */
    long waiting() {
        return ledger.count("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                + " AND datname = current_database()");
    }

    /** Waits until that many sessions wait for a lock. */
    void waitForLocks(int sessions) throws Exception {
        for (int i = 0; i < 200; i++) {
            if (waiting() >= sessions) {
                return;
            }
            TimeUnit.MILLISECONDS.sleep(20);
        }
        throw new AssertionError("nobody waits for the lock");
    }
}
