package dev.stampede.gateway;

import static dev.stampede.support.TestGateway.account;
import static dev.stampede.support.TestGateway.done;
import static dev.stampede.support.TestGateway.earn;
import static dev.stampede.support.TestGateway.get;
import static dev.stampede.support.TestGateway.reverse;
import static dev.stampede.support.TestGateway.voidKey;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.account.AccountId;
import dev.stampede.account.Image;
import dev.stampede.account.Operation;
import dev.stampede.account.OperationType;
import dev.stampede.account.Proposal;
import dev.stampede.account.SealedOperation;
import dev.stampede.points.Refusal;
import dev.stampede.seal.Outcome;
import dev.stampede.support.Ask;
import dev.stampede.support.Backends;
import dev.stampede.support.Parts;
import dev.stampede.support.TestGateway;
import io.vertx.redis.client.Command;
import java.sql.Connection;
import java.sql.DriverManager;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What a second attack on the write path found. */
class Attack2Test {
    private static Backends backends;
    private static String url;
    private static TestGateway one;
    private static Parts dying;

    @BeforeAll
    static void start() {
        backends = Backends.shared();
        url = backends.freshDatabase("attack2_test");
        TestGateway.migrate(url);
        one = new TestGateway(
                backends.postgres(),
                "attack2_test",
                backends.redis().port(),
                Map.of(
                        "stampede.seal.sealers", "1",
                        "stampede.gateway.orphan-age", "0s",
                        "stampede.gateway.compare-interval", "1h",
                        "stampede.gateway.sweep-interval", "1h"));
        dying = new Parts(one);
    }

    @AfterAll
    static void stop() {
        dying.close();
        one.close();
    }

    private static long seals() {
        return one.registry.get("stampede.seal").timer().count();
    }

    private static ComparisonResult compare(AccountId account) {
        return get(one.gateway.compare(account).toCompletionStage().toCompletableFuture());
    }

    @Test
    void aVoidBeforeItsCallIsOneSeal() {
        AccountId account = account("one-seal");
        done(one.ask(earn(account, "e", 100)));
        long before = seals();
        done(one.ask(voidKey(account, "v", "never-came")));
        assertEquals(1, seals() - before);
    }

    @Test
    void aTombstoneWithoutItsVoidIsVoidedByTheRetry() {
        AccountId account = account("half-void");
        done(one.ask(earn(account, "e", 100)));
        List<Proposal> chain =
                dying.propose(voidKey(account, "v", "k"), dying.facts(account, java.util.UUID.randomUUID()));
        assertEquals(2, chain.size());
        assertEquals(Outcome.SEALED, dying.seal(chain.subList(0, 1))); // and dies
        dying.redis(Command.DEL, account.redisKey());

        done(one.ask(voidKey(account, "v", "k")));
        assertEquals(new Answer.Refused(Refusal.VOIDED, true), one.ask(earn(account, "k", 1)));
        assertEquals(
                "voided",
                assertInstanceOf(Answer.Sealed.class, one.ask(voidKey(account, "v2", "k")))
                        .operation()
                        .outcome());
    }

    @Test
    void theComparisonReplacesAnImageThatCannotBeRead() {
        AccountId account = account("unreadable");
        done(one.ask(earn(account, "e", 100)));
        dying.redis(Command.HSET, account.redisKey(), "i", "{");
        assertEquals(ComparisonResult.WRONG, compare(account));
        assertEquals(ComparisonResult.NONE, compare(account));
    }

    @Test
    void theComparisonReplacesAnUnsealedImageThatWasEdited() {
        AccountId account = account("edited-unsealed");
        done(one.ask(earn(account, "e", 100)));
        dying.propose(earn(account, "k", 5));
        dying.edit(account, "\"available\":105", "\"available\":905");
        assertEquals(ComparisonResult.WRONG, compare(account));
        Long shown = get(one.gateway.peek(account).subscribeAsCompletionStage())
                .image()
                .state()
                .available();
        assertNotEquals(905, shown);
    }

    @Test
    void aLockedRowFailsNobodyElsesReversal() throws Exception {
        AccountId locked = account("locked");
        SealedOperation earned = done(one.ask(earn(locked, "e", 100)));
        List<SealedOperation> others = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            others.add(done(one.ask(earn(account("other-" + i), "e", 100))));
        }
        try (Connection connection = DriverManager.getConnection(url)) {
            connection.setAutoCommit(false);
            connection.createStatement().execute("SELECT 1 FROM account WHERE account = 'locked' FOR UPDATE");
            CompletableFuture<Answer> first = one.submit(reverse(locked, "r", earned.id(), 1L));
            TimeUnit.MILLISECONDS.sleep(200);
            CompletableFuture<Answer> second = one.submit(reverse(locked, "r2", earned.id(), 1L));
            List<CompletableFuture<Answer>> innocent = new ArrayList<>();
            for (SealedOperation other : others) {
                innocent.add(one.submit(reverse(other.account(), "r", other.id(), 1L)));
            }
            for (CompletableFuture<Answer> each : innocent) {
                done(get(each));
            }
            connection.rollback();
            first.handle((a, e) -> null).get(20, TimeUnit.SECONDS);
            second.handle((a, e) -> null).get(20, TimeUnit.SECONDS);
        }
    }

    private static Operation enrol(AccountId account, String attributes) {
        return Ask.of(OperationType.ENROL, account).attributes(attributes).build();
    }

    @Test
    void attributesThatOnlyRedisHasAreNotAnswered() {
        AccountId account = account("attributes");
        done(one.ask(enrol(account, "{\"a\":1}")));
        done(one.ask(enrol(account, "{\"a\":2}")));
        dying.redis(Command.HSET, account.redisKey(), "a", "{\"a\":1}"); // as a replica that is behind has it
        done(one.ask(enrol(account, "{\"a\":1}")));
        dying.redis(Command.DEL, account.redisKey());
        assertEquals(
                "{\"a\":1}",
                get(one.gateway.peek(account).subscribeAsCompletionStage()).attributes());
    }

    @Test
    void anAccountThatADeadGatewayFilledIsEmptiedByThoseWhoComeNext() throws Exception {
        AccountId account = account("full");
        done(one.ask(earn(account, "e", 100)));
        for (int i = 0; i < 1000; i++) {
            dying.propose(earn(account, "k" + i, 1));
        }
        int refused = 0;
        while (true) {
            try {
                Answer answer = one.ask(earn(account, "last", 1));
                assertEquals(1101, done(answer).image().state().available());
                break;
            } catch (Unavailable e) {
                assertEquals(Unavailable.Code.OVERLOADED, e.code());
                assertTrue(++refused < 20);
                TimeUnit.MILLISECONDS.sleep(100);
            }
        }
        assertTrue(refused > 0);
    }

    /** Without statistics too, as on the first day. */
    @Test
    void noHistoryIsReadWhole() throws Exception {
        try (Connection connection = DriverManager.getConnection(url);
                var sql = connection.createStatement()) {
            connection.setAutoCommit(false);
            sql.execute("INSERT INTO account (lane, program, account, version) VALUES (7, 'demo', 'long', 5000)");
            sql.execute("INSERT INTO operation (lane, program, account, version, id, type, outcome, key, points,"
                    + " reversible, created_at, image) SELECT 7, 'demo', 'long', v, lpad(v::text, 32, '0')::uuid,"
                    + " 'earn', 'ok',"
                    + " 'k' || v, 1, 1, now() - interval '9 days', 'i' FROM generate_series(1, 5000) v");
            long before = fetched(sql);
            sql.execute("SELECT * FROM load_2('{7}', '{demo}', '{long}', now() - interval '1 day')");
            long loaded = fetched(sql);
            sql.execute("SELECT * FROM find_2('{7,7}', '{demo,demo}', '{long,long}',"
                    + " '{00000000-0000-0000-0000-000000000020,00000000-0000-0000-0000-000000000010}', '{k5,NULL}')");
            long found = fetched(sql);
            connection.rollback();
            assertTrue(loaded - before < 10, "a load read " + (loaded - before));
            assertTrue(found - loaded < 40, "a look-up read " + (found - loaded));
        }
    }

    /**
     * Where most accounts are young, and the planner thinks that all are: it would take the primary key, which is a
     * level lower than that of the keys.
     */
    @Test
    void aLongHistoryAmongShortOnesIsNotReadWhole() throws Exception {
        try (Connection connection = DriverManager.getConnection(url);
                var sql = connection.createStatement()) {
            connection.setAutoCommit(false);
            sql.execute("INSERT INTO account (lane, program, account, version) VALUES (7, 'demo', 'long', 10000)");
            for (String rows : List.of("7, 'demo', 'long', i", "i % 256, 'demo', 'm-' || i, 1")) {
                sql.execute("INSERT INTO operation (lane, program, account, version, id, type, outcome, key, points,"
                        + " reversible, created_at, image) SELECT " + rows
                        + ", gen_random_uuid(), 'earn', 'ok',"
                        + " repeat(md5(i::text), 7), 1, 1, now() - interval '9 days', 'i' FROM"
                        + " generate_series(1, 10000) i");
            }
            sql.execute("ANALYZE operation");
            Map<String, String> run = Map.of(
                    "r_lane", "7",
                    "r_program", "demo",
                    "r_account", "long",
                    "r_first", "1",
                    "r_last", "1",
                    "o_run", "1",
                    "o_prev", Image.NO_HEAD.toString(),
                    "o_id", "00000000-0000-0000-0000-000000000001",
                    "o_key", "another",
                    "o_version", "10001");
            List<String> arguments = arguments(sql, run);
            long before = fetched(sql);
            sql.execute("SELECT seal_2(" + String.join(", ", arguments) + ")");
            long sealed = fetched(sql);
            sql.execute("SELECT * FROM find_2('{7}', '{demo}', '{long}', '{NULL}', '{another}')");
            long found = fetched(sql);
            connection.rollback();
            assertTrue(sealed - before < 10, "a seal read " + (sealed - before));
            assertTrue(found - sealed < 10, "a look-up read " + (found - sealed));
        }
    }

    @Test
    void noAccountWithPointsBesideADebtIsAccepted() throws Exception {
        try (Connection connection = DriverManager.getConnection(url);
                var sql = connection.createStatement()) {
            connection.setAutoCommit(false);
            for (int debt : List.of(1, 0)) {
                Map<String, String> run = Map.ofEntries(
                        Map.entry("r_lane", "7"),
                        Map.entry("r_program", "demo"),
                        Map.entry("r_account", "beside"),
                        Map.entry("r_first", "1"),
                        Map.entry("r_last", "1"),
                        Map.entry("r_last_entry", "1"),
                        Map.entry("r_digest", "after"),
                        Map.entry("r_available", "5"),
                        Map.entry("r_held", "0"),
                        Map.entry("r_pending", "0"),
                        Map.entry("r_debt", "" + debt),
                        Map.entry("r_decided_at", "0"),
                        Map.entry("o_run", "1"),
                        Map.entry("o_id", "00000000-0000-0000-0000-000000000001"),
                        Map.entry("o_prev", Image.NO_HEAD.toString()),
                        Map.entry("o_digest", Image.digest(Image.BLANK.text())),
                        Map.entry("o_version", "1"),
                        Map.entry("o_type", "reverse"),
                        Map.entry("o_outcome", "ok"),
                        Map.entry("o_points", "5"),
                        Map.entry("o_reversible", "0"),
                        Map.entry("o_at", "0"),
                        Map.entry("o_image", "after"),
                        Map.entry("o_entry", "1"),
                        Map.entry("e_op", "1"),
                        Map.entry("e_n", "1"),
                        Map.entry("e_type", "reverse"),
                        Map.entry("e_available", "5"),
                        Map.entry("e_held", "0"),
                        Map.entry("e_pending", "0"),
                        Map.entry("e_debt", "" + debt),
                        Map.entry("e_available_after", "5"),
                        Map.entry("e_held_after", "0"),
                        Map.entry("e_pending_after", "0"),
                        Map.entry("e_debt_after", "" + debt),
                        Map.entry("e_lots", "[]"));
                try (var sealed = sql.executeQuery(
                        "SELECT cardinality(inserted) FROM seal_2(" + String.join(", ", arguments(sql, run)) + ")")) {
                    sealed.next();
                    assertEquals(debt == 0 ? 1 : 0, sealed.getInt(1), "with a debt of " + debt);
                }
            }
            connection.rollback();
        }
    }

    /** Those of seal_2(), in order; what is not said is null. */
    private static List<String> arguments(java.sql.Statement sql, Map<String, String> run) throws Exception {
        List<String> arguments = new ArrayList<>();
        try (var names =
                sql.executeQuery("SELECT unnest((proargnames)[1:pronargs]) FROM pg_proc WHERE proname = 'seal_2'")) {
            while (names.next()) {
                String value = run.get(names.getString(1));
                arguments.add(value == null ? "NULL" : "'{" + value + "}'");
            }
        }
        return arguments;
    }

    private static long fetched(java.sql.Statement sql) throws Exception {
        try (var rows = sql.executeQuery(
                "SELECT idx_tup_fetch + seq_tup_read FROM pg_stat_xact_user_tables WHERE relname = 'operation'")) {
            rows.next();
            return rows.getLong(1);
        }
    }
}
