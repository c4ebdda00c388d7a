package dev.stampede.program;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.points.Terms;
import dev.stampede.support.Backends;
import dev.stampede.support.TestGateway;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Currency;
import java.util.Map;
import java.util.TreeMap;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What the release before had in the table {@code program} counts on, as documents. */
@Tag("servers")
class RowsBecomeDocumentsTest {
    private String url;

    @BeforeEach
    void theReleaseBefore() {
        url = Backends.shared().freshDatabase("rows");
        Flyway.configure().dataSource(url, null, null).target("5").load().migrate();
    }

    private void sql(String text) throws SQLException {
        try (Connection owner = DriverManager.getConnection(url);
                Statement statement = owner.createStatement()) {
            statement.execute(text);
        }
    }

    private static Terms terms(
            String currency,
            String earnRate,
            String redeemRate,
            int months,
            boolean monthEnd,
            int pending,
            int grace,
            Terms.Clawback clawback,
            boolean autoEnrol) {
        return new Terms(
                Currency.getInstance(currency),
                new BigDecimal(earnRate),
                new BigDecimal(redeemRate),
                months,
                monthEnd,
                pending,
                grace,
                clawback,
                autoEnrol);
    }

    /** @return by program */
    private Map<String, Edition> documents() throws SQLException {
        try (Connection owner = DriverManager.getConnection(url);
                var rows = owner.createStatement()
                        .executeQuery("SELECT program, document, corrects, version,"
                                + " extract(epoch FROM effective_from)::bigint FROM program_version")) {
            Map<String, Edition> documents = new TreeMap<>();
            while (rows.next()) {
                assertEquals(1, rows.getInt(4));
                assertEquals(0, rows.getLong(5), "in force since ever");
                assertNull(rows.getObject(3));
                String program = rows.getString(1);
                documents.put(program, Edition.of(new Edition.Key(program, 1, 0), 0, null, rows.getString(2)));
            }
            return documents;
        }
    }

    @Test
    void eachSaysTheSame() throws Exception {
        sql("""
                INSERT INTO program (id, currency, earn_rate, redeem_rate, expiry_months, expiry_at_month_end,
                  pending_days, grace_days, clawback, auto_enrol) VALUES
                ('Yen.Club_2', 'JPY', 0.015, 1, 0, true, 14, 30, 'forgive', false),
                ('never-earns', 'EUR', 0, 0.000001, 120, false, 366, 366, 'debt', true),
                ('most', 'KWD', 999999, 1000000000, 1, true, 0, 0, 'debt', true),
                ('today', 'USD', 2.5, 33.333333, 0, false, 0, 0, 'debt', true),
                ('nowhere', 'ZZZ', 1, 100, 12, true, 0, 0, 'debt', true)""");
        TestGateway.migrate(url);

        Map<String, Terms> expected = new TreeMap<>(Map.of(
                "demo", terms("EUR", "1", "100", 12, true, 0, 0, Terms.Clawback.DEBT, true),
                "Yen.Club_2", terms("JPY", "0.015", "1", 0, true, 14, 30, Terms.Clawback.FORGIVE, false),
                "never-earns", terms("EUR", "0", "0.000001", 120, false, 366, 366, Terms.Clawback.DEBT, true),
                "most", terms("KWD", "999999", "1000000000", 1, true, 0, 0, Terms.Clawback.DEBT, true),
                "today", terms("USD", "2.5", "33.333333", 0, false, 0, 0, Terms.Clawback.DEBT, true)));
        Map<String, Edition> documents = documents();
        assertEquals(InForce.Not.READABLE, documents.remove("nowhere").rules(), "as it was before");
        Map<String, Terms> found = new TreeMap<>();
        documents.forEach((program, edition) -> {
            InForce.Rules rules = assertInstanceOf(InForce.Rules.class, edition.rules(), program);
            assertEquals(program, rules.document().program());
            found.put(program, plain(rules.terms()));
        });
        assertEquals(expected, found);
    }

    /** A rate without zeros at its end, so that equal ones are equal. */
    private static Terms plain(Terms terms) {
        return new Terms(
                terms.currency(),
                new BigDecimal(terms.earnRate().stripTrailingZeros().toPlainString()),
                new BigDecimal(terms.redeemRate().stripTrailingZeros().toPlainString()),
                terms.expiryMonths(),
                terms.expiryAtMonthEnd(),
                terms.pendingDays(),
                terms.graceDays(),
                terms.clawback(),
                terms.autoEnrol());
    }

    @Test
    void whatNoDocumentCanSayStopsTheMigrationAndChangesNothing() throws Exception {
        sql("""
                INSERT INTO program (id, currency, earn_rate, redeem_rate, expiry_months) VALUES
                ('a-century', 'EUR', 1, 100, 1200), ('so-many', 'EUR', 1, 1000000001, 12), ('fine', 'EUR', 1, 1, 1)""");

        String refused = assertThrows(FlywayException.class, () -> TestGateway.migrate(url))
                .getMessage();
        assertTrue(refused.contains("These programs cannot become documents: a-century, so-many."), refused);
        sql("UPDATE program SET expiry_months = 120, redeem_rate = 1000000000");
        TestGateway.migrate(url);
        assertEquals(4, documents().size());
    }
}
