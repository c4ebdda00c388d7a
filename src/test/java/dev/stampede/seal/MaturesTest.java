package dev.stampede.seal;

import static dev.stampede.support.TestGateway.account;
import static dev.stampede.support.TestGateway.done;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.account.AccountId;
import dev.stampede.account.Image;
import dev.stampede.account.Operation;
import dev.stampede.account.OperationType;
import dev.stampede.account.SealedOperation;
import dev.stampede.support.Ask;
import dev.stampede.support.Backends;
import dev.stampede.support.Parts;
import dev.stampede.support.TestGateway;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** When points mature is in a column of its own, whatever an operation's detail tells. */
@Tag("servers")
class MaturesTest {
    private static final String DATABASE = "matures_test";
    private static final AccountId ANN = account("ann");
    private static final long MATURES = LocalDate.parse("2030-01-31").toEpochDay();
    private static final String DETAIL = "{\"note\":\"a \\\"quoted\\\" note\",\"availableOn\":\"2030-01-31\"}";

    @Test
    void detailDecidesNothing() {
        Backends backends = Backends.shared();
        TestGateway.migrate(backends.freshDatabase(DATABASE));
        try (TestGateway gateway = new TestGateway(
                        backends.postgres(), DATABASE, backends.redis().port(), Map.of());
                Parts parts = new Parts(gateway)) {
            SealedOperation later = done(gateway.ask(earn("later", MATURES, null)));
            assertEquals(MATURES, parts.facts(ANN, later.id()).matures());
            SealedOperation other = done(gateway.ask(earn("other", MATURES + 1, DETAIL)));
            assertEquals(MATURES + 1, parts.facts(ANN, other.id()).matures());

            SealedOperation reversed = done(gateway.ask(TestGateway.reverse(ANN, "reverse", other.id(), null)));
            assertEquals(100, reversed.image().state().pending());
            assertEquals(0, reversed.image().state().debt());
            assertEquals(MATURES, reversed.image().state().maturing().get(0).matures());
        }
    }

    private static Operation earn(String key, long matures, String detail) {
        return Ask.of(OperationType.EARN, ANN)
                .key(key, "fingerprint")
                .points(100L)
                .lot(MATURES + 365, matures)
                .autoEnrol(true)
                .detail(detail)
                .build();
    }

    /** The release before has no such column, and runs beside this one while it is replaced. */
    @Test
    void ofWhatTheReleaseBeforeSealsDetailIsBelieved() throws SQLException {
        String url = Backends.shared().freshDatabase(DATABASE);
        Flyway.configure().dataSource(url, null, null).target("4").load().migrate();
        try (Connection connection = DriverManager.getConnection(url);
                Statement sql = connection.createStatement()) {
            sealAsBefore(sql, "before", "earn", DETAIL);
            TestGateway.migrate(url);
            sealAsBefore(sql, "beside", "earn", DETAIL);
            sealAsBefore(sql, "at-once", "earn", "{\"note\":\"availableOn\"}");
            sealAsBefore(sql, "untold", "earn", null);
            sealAsBefore(sql, "redeem", "redeem", DETAIL);
            assertEquals(MATURES, matures(sql, "before"));
            assertEquals(MATURES, matures(sql, "beside"));
            assertNull(matures(sql, "at-once"));
            assertNull(matures(sql, "untold"));
            assertNull(matures(sql, "redeem"));
        }
    }

    private static Long matures(Statement sql, String account) throws SQLException {
        try (var found = sql.executeQuery("SELECT matures FROM find_3('{7}', '{demo}', '{" + account
                + "}', ARRAY(SELECT id FROM operation WHERE account = '" + account + "'), '{NULL}')")) {
            assertTrue(found.next());
            return found.getObject(1, Long.class);
        }
    }

    /** The first operation of an account, by the function that the release before calls. */
    private static void sealAsBefore(Statement sql, String account, String type, String detail) throws SQLException {
        Map<String, String> said = Map.ofEntries(
                Map.entry("r_lane", "7"),
                Map.entry("r_program", "demo"),
                Map.entry("r_account", account),
                Map.entry("r_first", "1"),
                Map.entry("r_last", "1"),
                Map.entry("r_last_entry", "0"),
                Map.entry("r_digest", "after"),
                Map.entry("r_available", "0"),
                Map.entry("r_held", "0"),
                Map.entry("r_pending", "0"),
                Map.entry("r_debt", "0"),
                Map.entry("r_due", "0"),
                Map.entry("r_decided_at", "0"),
                Map.entry("o_run", "1"),
                Map.entry("o_id", UUID.randomUUID().toString()),
                Map.entry("o_prev", Image.NO_HEAD.toString()),
                Map.entry("o_digest", Image.digest(Image.BLANK.text())),
                Map.entry("o_version", "1"),
                Map.entry("o_type", type),
                Map.entry("o_outcome", "ok"),
                Map.entry("o_points", "0"),
                Map.entry("o_reversible", "0"),
                Map.entry("o_at", "0"),
                Map.entry("o_image", "after"),
                Map.entry("o_entry", "1"));
        List<String> arguments = new ArrayList<>();
        try (var names =
                sql.executeQuery("SELECT unnest((proargnames)[1:pronargs]) FROM pg_proc WHERE proname = 'seal'")) {
            while (names.next()) {
                String name = names.getString(1);
                arguments.add(
                        name.equals("o_detail") && detail != null
                                ? "ARRAY['" + detail + "']"
                                : said.containsKey(name) ? "'{" + said.get(name) + "}'" : "NULL");
            }
        }
        try (var sealed = sql.executeQuery("SELECT cardinality(seal(" + String.join(", ", arguments) + "))")) {
            assertTrue(sealed.next());
            assertEquals(1, sealed.getInt(1));
        }
    }
}
