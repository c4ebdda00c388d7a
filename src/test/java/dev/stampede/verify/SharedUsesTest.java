package dev.stampede.verify;

import static dev.stampede.support.TestGateway.capture;
import static dev.stampede.support.TestGateway.done;
import static dev.stampede.support.TestGateway.reverse;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.account.AccountId;
import dev.stampede.account.Operation;
import dev.stampede.account.Receipt;
import dev.stampede.award.Award;
import dev.stampede.points.Grace;
import dev.stampede.rules.Call;
import dev.stampede.rules.CompiledProgram;
import dev.stampede.support.Backends;
import dev.stampede.support.Repricing;
import dev.stampede.support.TestGateway;
import dev.stampede.support.TestProgram;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What an account uses of shared totals is found wrong also where the totals are made to fit. */
@Tag("servers")
class SharedUsesTest {
    private static final String DATABASE = "shared_uses_test";
    private static final AccountId ACCOUNT = AccountId.of("demo", "m");
    private static final long HOUR_MS = 3_600_000;
    private static String url;

    private static final TestProgram DOCUMENT = TestProgram.of("demo")
            .with("rewards", "[{\"id\": \"pan\", \"cost\": 10, \"stock\": {\"total\": 9}}]")
            .with("budgets", """
                    [{"id": "b", "of": "points", "total": 1000, "exhausted": "partial", "returns": true},
                     {"id": "c", "of": "uses", "total": 100, "exhausted": "nothing", "returns": false}]""")
            .with("promotions", """
                    [{"id": "p", "budget": "b", "give": {"points": 80}},
                     {"id": "q", "budget": "c", "give": {"points": 3}}]""");
    private static final CompiledProgram PROGRAM = Repricing.compiled(DOCUMENT.document());

    private static Operation.Header header(String key) {
        return new Operation.Header(ACCOUNT, key, key, null, 1, null);
    }

    private static Operation earn(String key) {
        long now = System.currentTimeMillis();
        Award award = PROGRAM.price(new Call.Purchase(Call.Place.UNKNOWN, new BigDecimal("40"), List.of()), now, now);
        return new Operation.Earn(
                header(key),
                0,
                award,
                PROGRAM.lotDays(now, ZoneOffset.UTC).on(),
                null,
                now + HOUR_MS,
                true,
                Receipt.NONE);
    }

    private static Operation.Claimed pan() {
        long now = System.currentTimeMillis();
        return new Operation.Claimed(PROGRAM.claimReward("pan", Call.Place.UNKNOWN, now), now + HOUR_MS);
    }

    private static Operation hold(String key, long seconds) {
        return new Operation.Hold(header(key), 0, pan(), seconds, Grace.NONE, Receipt.NONE);
    }

    @BeforeAll
    static void fill() throws Exception {
        Backends backends = Backends.shared();
        url = backends.freshDatabase(DATABASE);
        TestGateway.migrate(url);
        try (Connection owner = DriverManager.getConnection(url);
                var make = owner.prepareStatement("SELECT * FROM make_budgets('demo', ?::json)")) {
            make.setString(1, DOCUMENT.document());
            make.execute();
        }
        try (TestGateway gateway = new TestGateway(
                backends.postgres(),
                DATABASE,
                backends.redis().port(),
                Map.of("stampede.gateway.sweep-interval", "1h"))) {
            UUID earned = done(gateway.ask(earn("v1"))).id();
            done(gateway.ask(hold("v2", 1)));
            TimeUnit.MILLISECONDS.sleep(1100);
            done(gateway.ask(earn("v3"))); // the hold has run out
            done(gateway.ask(reverse(ACCOUNT, "v4", earned, 30L)));
            UUID whole = done(gateway.ask(earn("v5"))).id();
            done(gateway.ask(reverse(ACCOUNT, "v6", whole, null)));
            UUID paid = done(gateway.ask(new Operation.Redeem(header("v7"), 0, pan(), Receipt.NONE)))
                    .id();
            done(gateway.ask(reverse(ACCOUNT, "v8", paid, 4L)));
            done(gateway.ask(reverse(ACCOUNT, "v9", paid, null)));
            UUID held = done(gateway.ask(hold("v10", 600))).id();
            UUID captured = done(gateway.ask(capture(ACCOUNT, "v11", held))).id();
            done(gateway.ask(hold("v12", 600)));
            done(gateway.ask(new Operation.Redeem(header("v13"), 0, pan(), Receipt.NONE)));
            done(gateway.ask(reverse(ACCOUNT, "v14", captured, 1L)));
            done(gateway.ask(hold("v15", 600)));
            done(gateway.ask(TestGateway.voidKey(ACCOUNT, "v16", "v15")));
        }
    }

    private static String verify() throws SQLException {
        try (Connection connection = DriverManager.getConnection(url)) {
            return Verification.of(connection, said -> {}).wrong();
        }
    }

    private static void edit(String key, String uses, String total, int more) throws SQLException {
        try (Connection owner = DriverManager.getConnection(url);
                var operation = owner.prepareStatement("UPDATE operation SET uses = ? WHERE key = ?");
                Statement allotment = owner.createStatement()) {
            operation.setString(1, uses);
            operation.setString(2, key);
            assertEquals(1, operation.executeUpdate());
            assertEquals(
                    1,
                    allotment.executeUpdate("UPDATE allotment SET units = units + " + more
                            + " WHERE slot = 0 AND budget = (SELECT id FROM budget WHERE name = '" + total + "')"));
        }
    }

    @Test
    void allOfItIsRight() throws SQLException {
        assertNull(verify());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "the return of a hold that ran out is missing    | v3  | 1,80;2,1       | pan | -1",
                "and one that gives back twice                   | v3  | 1,80;2,1;3,-2  | pan | 1",
                "a return of nothing                             | v13 | 3,-1           | pan | 2",
                "the return of a void                            | v16 |                | pan | -1",
                "too little of what was taken back in part       | v4  | 1,-20          | b   | -10",
                "nothing of what was taken back                  | v6  |                | b   | -80",
                "a use that was not taken                        | v5  | 2,1            | b   | 80",
                "the return of a payment                         | v9  |                | pan | -1",
                "more than a payment                             | v7  | 3,2            | pan | -1"
            })
    void whatIsMadeToFitIsFound(String what, String key, String uses, String total, int more) throws SQLException {
        String before;
        try (Connection owner = DriverManager.getConnection(url);
                var select = owner.createStatement();
                var row = select.executeQuery("SELECT uses FROM operation WHERE key = '" + key + "'")) {
            row.next();
            before = row.getString(1);
        }
        edit(key, uses == null ? null : "[[" + uses.replace(";", "],[") + "]]", total, more);
        try {
            String wrong = verify();
            assertTrue(wrong != null && wrong.startsWith("demo/m: its operations use"), what + ": " + wrong);
        } finally {
            edit(key, before, total, -more);
        }
        assertNull(verify());
    }
}
