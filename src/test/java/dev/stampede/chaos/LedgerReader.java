package dev.stampede.chaos;

import dev.stampede.account.AccountId;
import dev.stampede.account.Entry;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;

/** Reads the ledger account by account, in one snapshot, with plain SQL: none of the gateway's own code. */
final class LedgerReader {
    private static final int AT_A_TIME = 5000;

    private LedgerReader() {}

    /** Something that is read from the same snapshot. */
    @FunctionalInterface
    interface Besides {
        void read(Connection snapshot) throws SQLException;
    }

    /** Accounts that have no row are not there. */
    static void read(String jdbcUrl, Consumer<Chain> each) {
        read(jdbcUrl, each, snapshot -> {});
    }

    /** @param after is called when all accounts were read */
    static void read(String jdbcUrl, Consumer<Chain> each, Besides after) {
        try (Connection connection = DriverManager.getConnection(jdbcUrl)) {
            connection.setAutoCommit(false);
            connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            try (Rows accounts = new Rows(connection, """
                            SELECT lane, program, account, version, head, digest, available, held, pending, debt
                            FROM account ORDER BY lane, program, account""");
                    Rows operations = new Rows(connection, """
                            SELECT lane, program, account, version, id, type, outcome, key, points, reversible, target,
                              reversed_before, reversed, voids,
                              (extract(epoch FROM created_at) * 1000)::bigint AS created_at_ms, hold, image,
                              program_version, parts, told, detail, uses
                            FROM operation ORDER BY lane, program, account, version, id""");
                    Rows entries = new Rows(connection, """
                            SELECT lane, program, account, operation, type, available, held, pending, debt,
                              available_after, held_after, pending_after, debt_after, lots
                            FROM entry ORDER BY lane, program, account, version, operation, n""")) {
                for (; accounts.there(); accounts.next()) {
                    each.accept(chain(accounts, operations, entries));
                }
                if (operations.there() || entries.there()) {
                    throw new IllegalStateException("operations or entries of an account that is not there");
                }
            }
            after.read(connection);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Chain chain(Rows accounts, Rows operations, Rows entries) throws SQLException {
        AccountId account = accounts.account();
        List<Chain.Link> links = new ArrayList<>();
        for (; operations.there() && operations.account().equals(account); operations.next()) {
            ResultSet row = operations.rows;
            UUID id = row.getObject("id", UUID.class);
            List<Entry> moved = new ArrayList<>();
            for (;
                    entries.there()
                            && entries.account().equals(account)
                            && entries.rows.getObject("operation", UUID.class).equals(id);
                    entries.next()) {
                moved.add(entry(entries.rows));
            }
            links.add(new Chain.Link(
                    row.getLong("version"),
                    id,
                    row.getString("type"),
                    row.getString("outcome"),
                    row.getString("key"),
                    row.getLong("points"),
                    row.getLong("reversible"),
                    row.getObject("target", UUID.class),
                    row.getObject("reversed_before", Long.class),
                    row.getObject("reversed", Long.class),
                    row.getString("voids"),
                    row.getLong("created_at_ms"),
                    row.getString("hold"),
                    row.getString("image"),
                    List.copyOf(moved),
                    new Chain.Link.Besides(
                            row.getObject("program_version", Integer.class),
                            row.getString("parts"),
                            row.getString("told"),
                            row.getString("detail"),
                            row.getString("uses"))));
        }
        ResultSet row = accounts.rows;
        return new Chain(
                account,
                new Chain.Tip(
                        row.getLong("version"),
                        row.getObject("head", UUID.class),
                        row.getString("digest"),
                        row.getLong("available"),
                        row.getLong("held"),
                        row.getLong("pending"),
                        row.getLong("debt")),
                List.copyOf(links));
    }

    private static Entry entry(ResultSet row) throws SQLException {
        return new Entry(
                row.getString("type"),
                row.getLong("available"),
                row.getLong("held"),
                row.getLong("pending"),
                row.getLong("debt"),
                row.getLong("available_after"),
                row.getLong("held_after"),
                row.getLong("pending_after"),
                row.getLong("debt_after"),
                Entry.parseLots(row.getString("lots")));
    }

    /** Rows in the order of lane, program and account, the present one in sight. */
    private static final class Rows implements AutoCloseable {
        final Statement statement;
        final ResultSet rows;
        private boolean there;

        Rows(Connection connection, String sql) throws SQLException {
            statement = connection.createStatement();
            statement.setFetchSize(AT_A_TIME);
            rows = statement.executeQuery(sql);
            next();
        }

        void next() throws SQLException {
            there = rows.next();
        }

        boolean there() {
            return there;
        }

        AccountId account() throws SQLException {
            return new AccountId(rows.getShort("lane"), rows.getString("program"), rows.getString("account"));
        }

        @Override
        public void close() throws SQLException {
            statement.close();
        }
    }
}
