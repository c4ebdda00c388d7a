package dev.stampede.gateway;

import static dev.stampede.support.TestGateway.account;
import static dev.stampede.support.TestGateway.done;
import static dev.stampede.support.TestGateway.earn;
import static dev.stampede.support.TestGateway.redeem;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.account.AccountId;
import dev.stampede.account.Image;
import dev.stampede.account.SealedOperation;
import io.vertx.redis.client.Command;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What the database holds by itself, whichever gateway calls it. */
class LedgerTest extends TwoGateways {
    /** It is not: a test has made an account as an earlier release left it. */
    @Override
    void checkLedger() {}

    @Test
    void theGatewaysRoleCannotRewriteHistory() throws Exception {
        done(gateway.ask(earn(account("role"), "e", 100)));
        try (Connection connection = DriverManager.getConnection(jdbcUrl);
                var statement = connection.createStatement()) {
            statement.execute("SET ROLE stampede_gateway");
            for (String sql : List.of(
                    "UPDATE operation SET points = 0",
                    "DELETE FROM operation",
                    "UPDATE entry SET available = 0",
                    "DELETE FROM entry",
                    "TRUNCATE entry",
                    "UPDATE account SET available = 1",
                    "DELETE FROM account",
                    "INSERT INTO entry SELECT * FROM entry",
                    "ALTER TABLE entry DISABLE TRIGGER ALL")) {
                SQLException refused = assertThrows(SQLException.class, () -> statement.execute(sql), sql);
                assertEquals("42501", refused.getSQLState(), sql);
            }
        }
    }

    @Test
    void theBlankRowHasTheBlankImagesDigest() throws Exception {
        try (Connection connection = DriverManager.getConnection(jdbcUrl);
                var rows = connection
                        .createStatement()
                        .executeQuery("INSERT INTO account (lane, program, account) VALUES (1, 'x', 'blank')"
                                + " RETURNING digest, head")) {
            assertTrue(rows.next());
            assertEquals(Image.digest(Image.BLANK.text()), rows.getString(1));
            assertEquals(Image.NO_HEAD, rows.getObject(2, UUID.class));
        }
    }

    @Test
    void noAccountWithPointsBesideADebtIsAccepted() throws Exception {
        try (Connection connection = DriverManager.getConnection(jdbcUrl);
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
                        Map.entry("o_step", "0"),
                        Map.entry("o_image", "after"),
                        Map.entry("o_format", "2"),
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
                        "SELECT cardinality(inserted) FROM seal_4(" + String.join(", ", arguments(sql, run)) + ")")) {
                    sealed.next();
                    assertEquals(debt == 0 ? 1 : 0, sealed.getInt(1), "with a debt of " + debt);
                }
            }
            connection.rollback();
        }
    }

    /** As an earlier release left it: the migration makes it due, and the sweep lets it pay. */
    @Test
    void pointsBesideADebtPayIt() throws Exception {
        AccountId account = account("beside");
        SealedOperation earned = done(gateway.ask(earn(account, "e", 100)));
        String image = earned.image().text().replace("\"debt\":0", "\"debt\":30");
        String debtFirst = "CONSTRAINT account_debt_comes_first";
        try (Connection owner = DriverManager.getConnection(jdbcUrl);
                var sql = owner.createStatement()) {
            sql.execute("ALTER TABLE account DROP " + debtFirst);
            sql.execute("UPDATE operation SET image = '" + image + "' WHERE id = '" + earned.id() + "'");
            sql.execute("UPDATE account SET debt = 30, due_at = now(), digest = '" + Image.digest(image)
                    + "' WHERE head = '" + earned.id() + "'");
            sql.execute("ALTER TABLE account ADD " + debtFirst + " CHECK (debt = 0 OR available = 0) NOT VALID");
            parts.redis(Command.DEL, account.redisKey());
            Sweep.now(gateway.gateway);
            assertEquals(70, ledger.available(account));
            assertEquals(
                    "23514",
                    assertThrows(
                                    SQLException.class,
                                    () -> sql.execute("UPDATE account SET debt = 1 WHERE available = 70"))
                            .getSQLState());
        }
        assertTrue(done(gateway.ask(redeem(account, "r", 70))).ok());
    }

    /** Without statistics too, as on the first day. */
    @Test
    void noHistoryIsReadWhole() throws Exception {
        try (Connection connection = DriverManager.getConnection(jdbcUrl);
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
            sql.execute("SELECT * FROM find_3('{7,7}', '{demo,demo}', '{long,long}',"
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
        try (Connection connection = DriverManager.getConnection(jdbcUrl);
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
            sql.execute("SELECT seal_4(" + String.join(", ", arguments) + ")");
            long sealed = fetched(sql);
            sql.execute("SELECT * FROM find_3('{7}', '{demo}', '{long}', '{NULL}', '{another}')");
            long found = fetched(sql);
            connection.rollback();
            assertTrue(sealed - before < 10, "a seal read " + (sealed - before));
            assertTrue(found - sealed < 10, "a look-up read " + (found - sealed));
        }
    }

    /** Those of seal_4(), in order; what is not said is null. */
    private static List<String> arguments(java.sql.Statement sql, Map<String, String> run) throws Exception {
        List<String> arguments = new ArrayList<>();
        try (var names =
                sql.executeQuery("SELECT unnest((proargnames)[1:pronargs]) FROM pg_proc WHERE proname = 'seal_4'")) {
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
