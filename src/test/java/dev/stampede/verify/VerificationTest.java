package dev.stampede.verify;

import static dev.stampede.support.TestGateway.account;
import static dev.stampede.support.TestGateway.earn;
import static dev.stampede.support.TestGateway.hold;
import static dev.stampede.support.TestGateway.redeem;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.account.AccountId;
import dev.stampede.account.By;
import dev.stampede.account.Operation;
import dev.stampede.account.Receipt;
import dev.stampede.account.Unique;
import dev.stampede.award.Claim;
import dev.stampede.award.LevelRules;
import dev.stampede.award.Needs;
import dev.stampede.gateway.Answer;
import dev.stampede.support.Backends;
import dev.stampede.support.TestGateway;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A healthy ledger is found healthy, and whatever its owner does to it is found. */
@Tag("servers")
class VerificationTest {
    private static final String DATABASE = "verification_test";
    private static final int ACCOUNTS = 2500; // more than one batch
    private static final AccountId VICTIM = account("v-1234");
    private static final List<String> TABLES = List.of("account", "operation", "entry", "claim", "code");
    private static String url;

    @BeforeAll
    static void fill() {
        Backends backends = Backends.shared();
        url = backends.freshDatabase(DATABASE);
        TestGateway.migrate(url);
        try (TestGateway gateway = new TestGateway(
                backends.postgres(),
                DATABASE,
                backends.redis().port(),
                Map.of("stampede.gateway.max-in-flight", "10000"))) {
            var answers = IntStream.range(0, ACCOUNTS)
                    .mapToObj(i -> gateway.submit(earn(account("v-" + i), "e", 100 + i)))
                    .toList();
            answers.forEach(answer -> assertInstanceOf(Answer.Sealed.class, TestGateway.get(answer)));
            Unique receipt = new Unique("account", "v-1234 r-1", null);
            assertInstanceOf(
                    Answer.Sealed.class,
                    gateway.ask(new Operation.Earn(
                            new Operation.Header(VICTIM, "u", "u", "r-1", 1, null),
                            5,
                            null,
                            30_000,
                            null,
                            null,
                            true,
                            Receipt.NONE,
                            receipt)));
            assertInstanceOf(Answer.Sealed.class, gateway.ask(coffee("c")));
            for (Operation operation :
                    List.of(redeem(VICTIM, "r", 30), redeem(VICTIM, "declined", 1_000_000), hold(VICTIM, "h", 20))) {
                assertInstanceOf(Answer.Sealed.class, gateway.ask(operation));
            }
        }
    }

    /** A free one, with a code. */
    private static Operation coffee(String key) {
        Claim claim = new Claim(
                        "coffee",
                        List.of(new Claim.Option("coffee", List.of(0L), null, null, null, Needs.NOTHING)),
                        List.of(),
                        List.of(),
                        2,
                        20_000,
                        0,
                        LevelRules.NONE)
                .with(new Claim.Code("7K3M-9QXA-ZT2W-4HBN", 4_000_000_000_000L));
        return new Operation.Redeem(
                new Operation.Header(VICTIM, key, key, null, 1, null),
                0,
                new Operation.Claimed(claim, Long.MAX_VALUE >> 12),
                Receipt.NONE);
    }

    private static String ofVictim(String table) {
        return table.equals("claim") ? "" : " WHERE account = 'v-1234'";
    }

    private static Verification.Result verify() throws SQLException {
        return verify(url);
    }

    private static Verification.Result verify(String url) throws SQLException {
        try (Connection connection = DriverManager.getConnection(url)) {
            try (Statement statement = connection.createStatement()) {
                statement.execute("SET ROLE stampede_gateway");
            }
            return Verification.of(connection, said -> {});
        }
    }

    @Test
    void aHealthyLedgerIsRight() throws SQLException {
        Verification.Result result = verify();
        assertNull(result.wrong());
        assertEquals(ACCOUNTS, result.accounts());
        assertEquals(ACCOUNTS + 5, result.operations());
        assertEquals(ACCOUNTS + 4, result.entries());
    }

    @Test
    void anAuditThatWasEditedIsFound() throws SQLException {
        try (Connection owner = DriverManager.getConnection(url);
                Statement statement = owner.createStatement()) {
            for (int i = 0; i < 3; i++) {
                statement.execute("SELECT record_audit('k', 'demo', 'key.create', 't" + i + "', NULL, '{}', NULL)");
            }
            assertNull(verify().wrong());
            assertEquals(1, statement.executeUpdate("UPDATE audit SET principal = 'x' WHERE n = 2"));
            assertEquals("audit: row 3 does not follow the one before", verify().wrong());
            statement.executeUpdate("UPDATE audit SET principal = 'k' WHERE n = 2");
            assertNull(verify().wrong());
            statement.executeUpdate("DELETE FROM audit WHERE n = 1");
            assertEquals("audit: row 2 does not follow the one before", verify().wrong());
            statement.executeUpdate("DELETE FROM audit");
        }
    }

    /** Those who look at the chain alone see nothing. */
    @Test
    void theEndOfTheAuditIsHeld() throws SQLException {
        try (Connection owner = DriverManager.getConnection(url);
                Statement statement = owner.createStatement()) {
            for (int i = 0; i < 2; i++) {
                statement.execute("SELECT create_key_3('OfVerifying" + i + "', 'demo', 'k', 'key', '{read}', NULL,"
                        + " NULL, NULL, NULL, sha256('x'), NULL, 'k', NULL)");
            }
            String before = verify().toString();
            assertTrue(before.matches("OK: .*; audit: 2 rows, head [0-9a-f]{64}"), before);
            statement.executeUpdate("UPDATE audit SET principal = 'x' WHERE n = 2");
            assertNotEquals(before, verify().toString());
            statement.executeUpdate("DELETE FROM audit WHERE n = 2");
            assertEquals("audit: a row is missing: key.create, OfVerifying1", verify().wrong());
            statement.executeUpdate("DELETE FROM api_key");
            statement.executeUpdate("DELETE FROM audit");
        }
    }

    /** Whatever the newest row is about: each has left something else. */
    @Test
    void noRowCanBeCutOff() throws SQLException {
        Backends backends = Backends.shared();
        String other = backends.freshDatabase("verification_of_audit");
        TestGateway.migrate(other);
        AccountId account = account("frozen");
        try (TestGateway gateway = new TestGateway(
                backends.postgres(), "verification_of_audit", backends.redis().port(), Map.of())) {
            assertInstanceOf(Answer.Sealed.class, gateway.ask(earn(account, "e", 100)));
            Operation.Header header = new Operation.Header(account, "f", "f", null, 1, null);
            assertInstanceOf(
                    Answer.Sealed.class,
                    gateway.ask(new Operation.Freeze(header.by(new By("OfVerifying0", null)), false, Receipt.NONE)));
        }
        try (Connection owner = DriverManager.getConnection(other);
                Statement statement = owner.createStatement()) {
            statement.execute("SELECT publish_program_4('box', '{\"sandbox\":{\"now\":\"2027-01-01T00:00:00Z\"}}', 0,"
                    + " NULL, NULL, NULL, 'k', NULL)");
            statement.execute("SELECT publish_program_4('box-now', '{\"sandbox\":{\"now\":\"now\"}}', 0,"
                    + " NULL, NULL, NULL, 'k', NULL)");
            statement.execute("SELECT set_program_clock_2('box-now', now_ms() + 60000, 'k', NULL)");
            statement.execute("SELECT set_program_clock_2('box', 1798800000123, 'k', NULL)");
            statement.execute("SELECT set_program_clock_2('box', 1798800000456, 'k', NULL)");
            for (int i = 0; i < 2; i++) {
                statement.execute("SELECT create_key_3('OfVerifying" + i + "', 'demo', 'k', 'key', '{keys}', NULL,"
                        + " NULL, NULL, NULL, sha256('x'), NULL, 'k', NULL)");
            }
            statement.execute("SELECT revoke_key_2('demo', false, 'OfVerifying1', false, 'k', NULL)");
            assertNull(verify(other).wrong());
            String clock = "UPDATE program_clock SET now_ms = %s WHERE program = '%s'";
            for (String[] cut : new String[][] {
                {"key.revoke, OfVerifying1", "UPDATE api_key SET revoked_at = NULL"},
                {"key.create, OfVerifying1", "DELETE FROM api_key WHERE id = 'OfVerifying1'"},
                {"key.create, OfVerifying0", "DELETE FROM api_key"},
                {"program.clock at [-+:. 0-9]*, box, box", clock.formatted("1798800000123", "box")},
                {"program.clock at [-+:. 0-9]*, box, box", clock.formatted("1798761600000", "box")},
                {"program.clock at [-+:. 0-9]*, box-now, box-now", clock.formatted("now_ms() - 60000", "box-now")},
                {"program.publish, box-now, 1", "DELETE FROM program_version WHERE program = 'box-now'"},
                {"program.publish, box, 1", "DELETE FROM program_version WHERE program = 'box'"}
            }) {
                statement.executeUpdate("DELETE FROM audit WHERE n = (SELECT max(n) FROM audit)");
                String wrong = String.valueOf(verify(other).wrong());
                assertTrue(wrong.matches("audit: a row is missing: " + cut[0]), wrong);
                statement.executeUpdate(cut[1]); // what it has left
                assertNull(verify(other).wrong());
            }
            assertEquals(1, statement.executeUpdate("DELETE FROM audit"));
            assertEquals(
                    "demo/frozen: version 2 is missing in the audit",
                    verify(other).wrong());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "UPDATE account SET available = available + 1 WHERE account = 'v-1234'",
                "UPDATE account SET head = gen_random_uuid() WHERE account = 'v-1234'",
                "UPDATE account SET version = version + 1 WHERE account = 'v-1234'",
                "UPDATE account SET digest = 'x' WHERE account = 'v-1234'",
                "DELETE FROM account WHERE account = 'v-1234'",
                "INSERT INTO account (lane, program, account) SELECT (lane + 1) % 256, program, account"
                        + " FROM account WHERE account = 'v-1234'",
                "UPDATE entry SET available = available + 1 WHERE account = 'v-1234' AND version = 4",
                "UPDATE entry SET held_after = held_after + 1 WHERE account = 'v-1234' AND version = 6",
                "UPDATE entry SET available = available + 1, available_after = available_after + 1"
                        + " WHERE account = 'v-1234' AND version = 6",
                "UPDATE entry SET operation = gen_random_uuid() WHERE account = 'v-1234' AND version = 6",
                "DELETE FROM entry WHERE account = 'v-1234' AND version = 1",
                "INSERT INTO entry SELECT lane, program, account, version, gen_random_uuid(), n, type, 0, 0, 0, 0,"
                        + " 0, 0, 0, 0, lots FROM entry WHERE account = 'v-1234' AND version = 1",
                "DELETE FROM operation WHERE account = 'v-1234' AND version = 5",
                "UPDATE operation SET outcome = 'account_frozen', points = 0, reversible = 0, target = null"
                        + " WHERE account = 'v-1234' AND version = 1",
                "UPDATE operation SET image = replace(image, '\"held\":20', '\"held\":21')"
                        + " WHERE account = 'v-1234' AND version = 6",
                "UPDATE operation SET image = '{}' WHERE account = 'v-1234' AND version = 6",
                "UPDATE operation SET reference = 'r-2' WHERE account = 'v-1234' AND version = 2",
                "UPDATE operation SET type = 'adjust' WHERE account = 'v-1234' AND version = 2",
                "UPDATE claim SET name = 'v-1234 r-2'",
                "DELETE FROM code",
                "UPDATE code SET code = '7K3M-9QXA-ZT2W-4HBM'",
                "UPDATE code SET reward = 'tea'",
                "UPDATE operation SET told = '{\"rule\":\"coffee\",\"reward\":true}'"
                        + " WHERE account = 'v-1234' AND version = 3"
            })
    void whatItsOwnerEditsIsFound(String edit) throws SQLException {
        try (Connection owner = DriverManager.getConnection(url);
                Statement statement = owner.createStatement()) {
            for (String table : TABLES) {
                statement.execute("CREATE TABLE was_" + table + " AS SELECT * FROM " + table + ofVictim(table));
            }
            try {
                assertEquals(1, statement.executeUpdate(edit));
                String wrong = verify().wrong();
                assertTrue(wrong != null && wrong.startsWith("demo/v-1234: "), wrong);
            } finally {
                for (String table : TABLES) {
                    statement.execute("DELETE FROM " + table + ofVictim(table));
                    statement.execute("INSERT INTO " + table + " SELECT * FROM was_" + table);
                    statement.execute("DROP TABLE was_" + table);
                }
            }
        }
        assertNull(verify().wrong());
    }
}
