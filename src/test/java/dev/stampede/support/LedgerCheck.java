package dev.stampede.support;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.account.AccountId;
import dev.stampede.account.Image;
import dev.stampede.account.SealedOperation;
import dev.stampede.points.Hold;
import dev.stampede.points.Lot;
import dev.stampede.points.Maturing;
import dev.stampede.points.MemberPoints;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.UUID;

/** Reads a whole ledger and says whether it can be true. Plain SQL and Java: none of the gateway's own judgement. */
public final class LedgerCheck {
    private final String jdbcUrl;

    public LedgerCheck(String jdbcUrl) {
        this.jdbcUrl = jdbcUrl;
    }

    /** Each account: an unbroken chain, entries that follow on each other, and an image that is their sum. */
    public void consistent() {
        nothing("a chain with a gap", """
                SELECT program, account, version FROM (
                  SELECT *, row_number() OVER (PARTITION BY lane, program, account ORDER BY version) AS n
                  FROM operation) o WHERE version <> n""");
        nothing("an account whose head is not its newest operation", """
                SELECT a.program, a.account, a.version FROM account a
                LEFT JOIN operation o USING (lane, program, account, version)
                WHERE a.version <> (SELECT coalesce(max(version), 0) FROM operation x
                                    WHERE (x.lane, x.program, x.account) = (a.lane, a.program, a.account))
                  OR (a.version > 0 AND a.head <> o.id)""");
        nothing("an entry that does not follow the one before", """
                SELECT program, account, version FROM (
                  SELECT *,
                    lag(available_after, 1, 0::bigint) OVER w + available AS a,
                    lag(held_after, 1, 0::bigint) OVER w + held AS h,
                    lag(pending_after, 1, 0::bigint) OVER w + pending AS p,
                    lag(debt_after, 1, 0::bigint) OVER w + debt AS d
                  FROM entry WINDOW w AS (PARTITION BY lane, program, account ORDER BY version, n)) e
                WHERE (a, h, p, d) <> (available_after, held_after, pending_after, debt_after)""");
        nothing("a balance that is not the sum of the entries", """
                SELECT a.program, a.account, a.version FROM account a
                LEFT JOIN (SELECT lane, program, account, sum(available) AS s, sum(held) AS h, sum(pending) AS p,
                             sum(debt) AS d FROM entry GROUP BY 1, 2, 3) e USING (lane, program, account)
                WHERE (a.available, a.held, a.pending, a.debt)
                  <> (coalesce(s, 0), coalesce(h, 0), coalesce(p, 0), coalesce(d, 0))""");
        nothing("points available beside a debt", """
                SELECT program, account, version FROM entry e
                WHERE available_after > 0 AND debt_after > 0
                  AND n = (SELECT max(n) FROM entry x WHERE x.operation = e.operation AND x.lane = e.lane)""");
        nothing("entries of an operation that is not there, or was declined", """
                SELECT e.program, e.account, e.version FROM entry e
                LEFT JOIN operation o USING (lane, program, account, version)
                WHERE o.id IS NULL OR o.outcome <> 'ok'""");
        nothing("more undone than there was", """
                SELECT t.program, t.account, t.version FROM operation t
                WHERE t.reversible < (SELECT coalesce(sum(u.reversed), 0) FROM operation u
                                      WHERE u.lane = t.lane AND u.target = t.id)""");
        nothing("an operation that was undone twice at once", """
                SELECT u.program, u.account, u.version FROM operation u
                JOIN operation v ON v.lane = u.lane AND v.target = u.target AND v.version < u.version
                WHERE u.reversed_before < v.reversed_before + v.reversed""");
        nothing("an undoing that says wrongly how many were before it", """
                SELECT u.program, u.account, u.version FROM operation u
                WHERE u.step <> (SELECT count(*) FROM operation v
                                 WHERE v.lane = u.lane AND v.target = u.target AND v.version < u.version)""");
        images();
    }

    private void images() {
        read(
                "SELECT a.digest, o.image, a.available, a.held, a.pending, a.debt, a.account FROM account a"
                        + " JOIN operation o USING (lane, program, account, version)",
                row -> {
                    Image image = Image.parseKnown(row.getString(2)); // a newer release may have written it
                    MemberPoints state = image.state();
                    String account = row.getString(7);
                    assertEquals(Image.digest(image.text()), row.getString(1), account);
                    assertEquals(row.getLong(3), state.available(), account);
                    assertEquals(row.getLong(4), state.held(), account);
                    assertEquals(row.getLong(5), state.pending(), account);
                    assertEquals(row.getLong(6), state.debt(), account);
                    assertEquals(
                            state.available(),
                            state.lots().stream().mapToLong(Lot::points).sum(),
                            account);
                    assertEquals(
                            state.held(),
                            state.holds().stream().mapToLong(Hold::points).sum(),
                            account);
                    assertEquals(
                            state.pending(),
                            state.maturing().stream()
                                    .mapToLong(Maturing::points)
                                    .sum(),
                            account);
                });
    }

    /** Every operation that was answered is there once, as it was answered. */
    public void contains(Collection<SealedOperation> answered) {
        List<String> missing = new ArrayList<>();
        try (Connection connection = DriverManager.getConnection(jdbcUrl);
                var statement = connection.prepareStatement("SELECT key, outcome, points, version FROM operation"
                        + " WHERE lane = ? AND program = ? AND account = ? AND id = ?")) {
            for (SealedOperation operation : answered) {
                AccountId account = operation.account();
                statement.setShort(1, account.lane());
                statement.setString(2, account.program());
                statement.setString(3, account.id());
                statement.setObject(4, operation.id());
                try (ResultSet rows = statement.executeQuery()) {
                    if (!rows.next()
                            || !String.valueOf(operation.key()).equals(rows.getString(1))
                            || !operation.outcome().equals(rows.getString(2))
                            || operation.points() != rows.getLong(3)
                            || operation.version() != rows.getLong(4)) {
                        missing.add(account.id() + " " + operation);
                    }
                }
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        assertTrue(missing.isEmpty(), () -> "answered, but not in Postgres: " + missing);
    }

    public long count(String sql) {
        long[] count = new long[1];
        read(sql, row -> count[0] = row.getLong(1));
        return count[0];
    }

    /** What the account has to spend, as Postgres says. */
    public long available(AccountId account) {
        return count("SELECT available FROM account WHERE account = '" + account.id() + "'");
    }

    /** The ids that Postgres has under a key. */
    public List<UUID> byKey(AccountId account, String key) {
        List<UUID> ids = new ArrayList<>();
        read(
                "SELECT id FROM operation WHERE account = '" + account.id() + "' AND key = '" + key + "'",
                row -> ids.add(row.getObject(1, UUID.class)));
        return ids;
    }

    private void nothing(String what, String sql) {
        List<String> found = new ArrayList<>();
        read(sql, row -> found.add(row.getString(1) + "/" + row.getString(2) + " version " + row.getString(3)));
        assertTrue(found.isEmpty(), () -> what + ": " + found.size() + ", such as " + found.get(0));
    }

    private interface Reader {
        void read(ResultSet row) throws SQLException;
    }

    private void read(String sql, Reader reader) {
        try (Connection connection = DriverManager.getConnection(jdbcUrl);
                var statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            while (rows.next()) {
                reader.read(rows);
            }
        } catch (SQLException e) {
            throw new IllegalStateException(sql, e);
        }
    }
}
