package dev.stampede.verify;

import static dev.stampede.support.TestGateway.account;
import static dev.stampede.support.TestGateway.earn;
import static dev.stampede.support.TestGateway.hold;
import static dev.stampede.support.TestGateway.redeem;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.account.AccountId;
import dev.stampede.account.Operation;
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
            for (Operation operation :
                    List.of(redeem(VICTIM, "r", 30), redeem(VICTIM, "declined", 1_000_000), hold(VICTIM, "h", 20))) {
                assertInstanceOf(Answer.Sealed.class, gateway.ask(operation));
            }
        }
    }

    private static Verification.Result verify() throws SQLException {
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
        assertEquals(ACCOUNTS + 3, result.operations());
        assertEquals(ACCOUNTS + 2, result.entries());
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
                "UPDATE entry SET available = available + 1 WHERE account = 'v-1234' AND version = 2",
                "UPDATE entry SET held_after = held_after + 1 WHERE account = 'v-1234' AND version = 4",
                "UPDATE entry SET available = available + 1, available_after = available_after + 1"
                        + " WHERE account = 'v-1234' AND version = 4",
                "UPDATE entry SET operation = gen_random_uuid() WHERE account = 'v-1234' AND version = 4",
                "DELETE FROM entry WHERE account = 'v-1234' AND version = 1",
                "INSERT INTO entry SELECT lane, program, account, version, gen_random_uuid(), n, type, 0, 0, 0, 0,"
                        + " 0, 0, 0, 0, lots FROM entry WHERE account = 'v-1234' AND version = 1",
                "DELETE FROM operation WHERE account = 'v-1234' AND version = 3",
                "UPDATE operation SET outcome = 'account_frozen', points = 0, reversible = 0, target = null"
                        + " WHERE account = 'v-1234' AND version = 1",
                "UPDATE operation SET image = replace(image, '\"held\":20', '\"held\":21')"
                        + " WHERE account = 'v-1234' AND version = 4",
                "UPDATE operation SET image = '{}' WHERE account = 'v-1234' AND version = 4"
            })
    void whatItsOwnerEditsIsFound(String edit) throws SQLException {
        try (Connection owner = DriverManager.getConnection(url);
                Statement statement = owner.createStatement()) {
            statement.execute("CREATE TABLE was_account AS SELECT * FROM account WHERE account = 'v-1234'");
            statement.execute("CREATE TABLE was_operation AS SELECT * FROM operation WHERE account = 'v-1234'");
            statement.execute("CREATE TABLE was_entry AS SELECT * FROM entry WHERE account = 'v-1234'");
            try {
                assertEquals(1, statement.executeUpdate(edit));
                String wrong = verify().wrong();
                assertTrue(wrong != null && wrong.startsWith("demo/v-1234: "), wrong);
            } finally {
                for (String table : new String[] {"account", "operation", "entry"}) {
                    statement.execute("DELETE FROM " + table + " WHERE account = 'v-1234'");
                    statement.execute("INSERT INTO " + table + " SELECT * FROM was_" + table);
                    statement.execute("DROP TABLE was_" + table);
                }
            }
        }
        assertNull(verify().wrong());
    }
}
