package dev.stampede.gateway;

import static dev.stampede.support.TestGateway.account;
import static dev.stampede.support.TestGateway.get;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.stampede.account.AccountId;
import dev.stampede.account.OperationType;
import dev.stampede.support.Ask;
import dev.stampede.support.Backends;
import dev.stampede.support.TestGateway;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("servers")
class SweepTest {
    private final Backends backends = Backends.shared();
    private String jdbcUrl;

    @BeforeEach
    void start() {
        jdbcUrl = backends.freshDatabase("sweep_test");
        TestGateway.migrate(jdbcUrl);
    }

    @CanIgnoreReturnValue
    private String sql(String statement) throws SQLException {
        try (Connection connection = DriverManager.getConnection(jdbcUrl);
                var sql = connection.createStatement()) {
            if (!sql.execute(statement)) {
                return "";
            }
            try (var rows = sql.getResultSet()) {
                rows.next();
                return rows.getString(1);
            }
        }
    }

    private TestGateway gateway() {
        return new TestGateway(
                backends.postgres(),
                "sweep_test",
                backends.redis().port(),
                Map.of(
                        "stampede.gateway.sweep-interval", "1h",
                        "stampede.gateway.sweep-batch", "3",
                        "stampede.gateway.sweep-pause", "1ms",
                        "stampede.gateway.compare-interval", "1h"));
    }

    /** In one lane, so that they stand before the one that can. */
    @Test
    void accountsThatCannotLapseKeepNobodyFromIt() throws Exception {
        AccountId due = account("due");
        try (TestGateway gateway = gateway()) {
            // a lot whose day is over
            get(gateway.submit(Ask.of(OperationType.EARN, due)
                    .key("e", "e")
                    .points(5L)
                    .lot(1, null)
                    .autoEnrol(true)
                    .build()));
            sql("INSERT INTO account (lane, program, account, due_at) SELECT " + due.lane()
                    + ", 'demo', 'stuck-' || n, '2020-01-01' FROM generate_series(1, 10) n");
            assertEquals("1", sql("SELECT count(*) FROM account WHERE account = 'due' AND due_at IS NOT NULL"));
            Sweep.now(gateway.gateway);
        }
        assertEquals("1", sql("SELECT count(*) FROM operation WHERE account = 'due' AND type = 'lapse'"));
        assertEquals("0", sql("SELECT available FROM account WHERE account = 'due'"));
    }

    @CanIgnoreReturnValue
    private int[] lease(String owner, int ms) throws SQLException {
        String lanes = sql("SELECT array_to_string(lease_lanes('" + owner + "', " + ms + "), ',')");
        return lanes.isEmpty()
                ? new int[0]
                : Arrays.stream(lanes.split(",")).mapToInt(Integer::parseInt).toArray();
    }

    @Test
    void gatewaysShareTheLanes() throws Exception {
        assertEquals(256, lease("a", 60_000).length);
        assertEquals(0, lease("b", 60_000).length);
        int[] first = lease("a", 60_000);
        assertEquals(128, first.length, "it gives back what is above its share");
        int[] second = lease("b", 60_000);
        assertEquals(128, second.length);
        assertEquals(
                256,
                IntStream.concat(Arrays.stream(first), Arrays.stream(second))
                        .boxed()
                        .collect(Collectors.toSet())
                        .size());

        lease("a", 60_000);
        sql("UPDATE lease SET until = now() - interval '1 s' WHERE owner = 'a'"); // it is gone
        assertEquals(256, lease("b", 60_000).length);
    }

    @Test
    void aPageCostsTheSameWhileASnapshotIsHeld() throws Exception {
        sql("INSERT INTO account (lane, program, account, due_at)"
                + " SELECT 7, 'demo', 'a-' || n, '2020-01-01'::timestamptz + n * interval '1 s' FROM"
                + " generate_series(1, 20000) n");
        sql("ANALYZE account");
        try (Connection dump = DriverManager.getConnection(jdbcUrl);
                var held = dump.createStatement()) {
            dump.setAutoCommit(false);
            dump.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            held.executeQuery("SELECT count(*) FROM account").close();
            sql("UPDATE account SET due_at = NULL WHERE due_at < '2020-01-01'::timestamptz + interval '19000 s'");
            String page =
                    "EXPLAIN (ANALYZE, BUFFERS, TIMING off, FORMAT text) SELECT program, account, due_at FROM account"
                            + " WHERE lane = 7 AND due_at <= now() AND (SELECT true FROM program_clock c WHERE"
                            + " c.program = account.program) IS NULL AND (due_at, program, account) > (%s, 'demo',"
                            + " 'a-19000')"
                            + " ORDER BY due_at, program, account LIMIT 200";
            // each row of the page looks its program up among the sandboxes
            long behind = buffers(page.formatted("'2020-01-01'::timestamptz + interval '19000 s'"));
            assertTrue(behind < 600, "a page behind what was swept read " + behind + " buffers");
            dump.rollback();
        }
    }

    private long buffers(String explain) throws SQLException {
        try (Connection connection = DriverManager.getConnection(jdbcUrl);
                var sql = connection.createStatement()) {
            sql.execute("SET enable_seqscan = off");
            try (var rows = sql.executeQuery(explain)) {
                while (rows.next()) {
                    var match = Pattern.compile("Buffers: shared(?: hit=(\\d+))?(?: read=(\\d+))?")
                            .matcher(rows.getString(1));
                    if (match.find()) {
                        return Long.parseLong(match.group(1) == null ? "0" : match.group(1))
                                + Long.parseLong(match.group(2) == null ? "0" : match.group(2));
                    }
                }
            }
        }
        throw new AssertionError("no buffers");
    }
}
