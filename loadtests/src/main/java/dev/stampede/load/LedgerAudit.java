package dev.stampede.load;

import dev.stampede.load.Client.Told;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;

/**
 * Compares what callers were told with the gateway's Postgres, of the accounts of one run, in one snapshot. What was
 * told is copied into temporary tables, and joined there; the ledger itself is only read.
 */
final class LedgerAudit implements AutoCloseable {
    private static final int CHUNK = 1 << 16;

    private final Connection connection;
    private final String program;
    private final RunId run;

    LedgerAudit(Parameters parameters, RunId run) throws SQLException {
        Properties login = new Properties();
        login.setProperty("user", parameters.jdbcUser());
        if (!parameters.jdbcPassword().isEmpty()) {
            login.setProperty("password", parameters.jdbcPassword());
        } else if (!parameters.jdbcPassfile().isEmpty()) {
            Path file = Path.of(parameters.jdbcPassfile()).toAbsolutePath();
            if (!Files.isReadable(file)) {
                throw new IllegalArgumentException("the passwords in " + file
                        + " can't be read: run this as the user that the gateway runs as, or give a jdbcPassword");
            }
            System.setProperty("org.postgresql.pgpassfile", file.toString());
        }
        connection = DriverManager.getConnection(parameters.jdbcUrl(), login);
        connection.setAutoCommit(false);
        connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
        program = parameters.program();
        this.run = run;
    }

    void load(Journal cleared, Told[] told) throws Exception {
        execute("CREATE TEMP TABLE sent (account text, key text, kind text, points bigint, outcome text) ON COMMIT"
                + " DROP");
        execute("CREATE TEMP TABLE told (account text, version bigint, available bigint, held bigint) ON COMMIT DROP");
        try (Copy copy = new Copy("sent")) {
            cleared.forEach(row -> copy.row(
                    run.account(row.account()),
                    run.key(row.number()),
                    row.kind(),
                    row.kind().available(row.points()),
                    row.outcome()));
        }
        try (Copy copy = new Copy("told")) {
            for (int n = 0; n < told.length; n++) {
                if (told[n] != null) {
                    copy.row(run.account(n), told[n].version(), told[n].available(), told[n].held());
                }
            }
        }
        // the lane is the beginning of every key of the ledger
        execute("CREATE TEMP TABLE touched ON COMMIT DROP AS SELECT a.* FROM account a JOIN told t USING (account)"
                + " WHERE a.program = '" + program.replace("'", "''") + "'");
        execute("CREATE TEMP TABLE call ON COMMIT DROP AS SELECT t.lane, t.program, s.* FROM sent s"
                + " LEFT JOIN touched t USING (account)");
        execute("ANALYZE told, touched, call");
    }

    void judge(List<String> facts, List<String> violations) throws SQLException {
        nothing(violations, "answered 2xx, and not in the ledger exactly once as carried out", """
                SELECT c.account, c.key FROM call c
                LEFT JOIN operation o USING (lane, program, account, key)
                WHERE c.outcome = 'OK' GROUP BY c.account, c.key
                HAVING count(o.id) <> 1 OR count(*) FILTER (WHERE o.outcome = 'ok') <> 1""");
        nothing(violations, "a key that two operations of an account have", """
                SELECT c.account, c.key FROM call c JOIN operation o USING (lane, program, account, key)
                GROUP BY c.account, c.key HAVING count(DISTINCT o.id) > 1""");
        nothing(violations, "carried out with other points than were asked for", """
                SELECT c.account, c.key FROM call c JOIN operation o USING (lane, program, account, key)
                WHERE c.outcome = 'OK' AND o.points <> c.points""");
        nothing(violations, "declined, and points were moved", """
                SELECT c.account, c.key FROM call c JOIN operation o USING (lane, program, account, key)
                WHERE c.outcome = 'DECLINED' AND (o.outcome = 'ok' OR o.points <> 0 OR EXISTS (
                  SELECT FROM entry e WHERE (e.lane, e.program, e.account, e.version)
                    = (o.lane, o.program, o.account, o.version) AND e.type NOT IN ('expire', 'release', 'mature')))""");
        nothing(violations, "refused with nothing done, and in the ledger", """
                SELECT c.account, c.key FROM call c JOIN operation o USING (lane, program, account, key)
                WHERE c.outcome = 'REFUSED'""");
        nothing(violations, "not there when it was asked for by its key, and in the ledger", """
                SELECT c.account, c.key FROM call c JOIN operation o USING (lane, program, account, key)
                WHERE c.outcome = 'ABSENT'""");
        nothing(violations, "in the ledger, and never sent", """
                SELECT o.account, o.key FROM touched t JOIN operation o USING (lane, program, account)
                WHERE starts_with(o.key, '%s') AND NOT EXISTS (
                  SELECT FROM call c WHERE (c.account, c.key) = (o.account, o.key))""".formatted(run.keyPrefix()));
        nothing(violations, "told another balance than the ledger has", """
                SELECT d.account, d.version::text FROM told d LEFT JOIN touched t USING (account)
                WHERE (d.version, d.available + d.held)
                  IS DISTINCT FROM (coalesce(t.version, 0), coalesce(t.available + t.held, 0))""");
        nothing(violations, "a chain with a gap", """
                SELECT account, version::text FROM (
                  SELECT o.account, o.version,
                    row_number() OVER (PARTITION BY o.lane, o.program, o.account ORDER BY o.version) AS n
                  FROM touched t JOIN operation o USING (lane, program, account)) x WHERE version <> n""");
        nothing(violations, "an account whose head is not its newest operation", """
                SELECT t.account, t.version::text FROM touched t
                LEFT JOIN operation o USING (lane, program, account, version)
                WHERE t.version <> (SELECT coalesce(max(x.version), 0) FROM operation x
                    WHERE (x.lane, x.program, x.account) = (t.lane, t.program, t.account))
                  OR (t.version > 0 AND o.id IS DISTINCT FROM t.head)""");
        nothing(violations, "an entry that does not follow the one before", """
                SELECT account, version::text FROM (
                  SELECT e.account, e.version, e.available_after, e.held_after, e.pending_after, e.debt_after,
                    lag(e.available_after, 1, 0::bigint) OVER w + e.available AS a,
                    lag(e.held_after, 1, 0::bigint) OVER w + e.held AS h,
                    lag(e.pending_after, 1, 0::bigint) OVER w + e.pending AS p,
                    lag(e.debt_after, 1, 0::bigint) OVER w + e.debt AS d
                  FROM touched t JOIN entry e USING (lane, program, account)
                  WINDOW w AS (PARTITION BY e.lane, e.program, e.account ORDER BY e.version, e.n)) x
                WHERE (a, h, p, d) <> (available_after, held_after, pending_after, debt_after)
                  OR least(available_after, held_after, pending_after, debt_after) < 0""");
        nothing(violations, "a balance that is not the sum of the entries", """
                SELECT t.account, t.version::text FROM touched t
                LEFT JOIN (SELECT lane, program, account, sum(e.available) AS s, sum(e.held) AS h,
                    sum(e.pending) AS p, sum(e.debt) AS d
                  FROM touched t JOIN entry e USING (lane, program, account) GROUP BY 1, 2, 3) x
                  USING (lane, program, account)
                WHERE (t.available, t.held, t.pending, t.debt)
                  <> (coalesce(s, 0), coalesce(h, 0), coalesce(p, 0), coalesce(d, 0))""");
        nothing(violations, "entries of an operation that is not there, or was declined", """
                SELECT e.account, e.version::text FROM touched t JOIN entry e USING (lane, program, account)
                LEFT JOIN operation o ON (o.lane, o.program, o.account, o.version)
                  = (e.lane, e.program, e.account, e.version)
                WHERE o.id IS NULL OR o.outcome <> 'ok'""");
        nothing(violations, "an image whose balance is not the account's", """
                SELECT t.account, t.version::text FROM touched t
                JOIN operation o USING (lane, program, account, version)
                CROSS JOIN LATERAL (SELECT o.image::jsonb AS i) x
                WHERE (t.available, t.held, t.pending, t.debt) <> ((i->>'available')::bigint,
                  (i->>'held')::bigint, (i->>'pending')::bigint, (i->>'debt')::bigint)""");
        images(violations);
        facts.add(String.format(
                Locale.ROOT,
                "SQL: %,d operations and %,d entries of %,d accounts",
                count("touched t JOIN operation o USING (lane, program, account)"),
                count("touched t JOIN entry e USING (lane, program, account)"),
                count("touched")));
    }

    /** The digest is of the image's text: that was not edited either. */
    private void images(List<String> violations) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.setFetchSize(1_000);
            try (ResultSet rows = statement.executeQuery("SELECT t.account, t.digest, o.image FROM touched t"
                    + " JOIN operation o USING (lane, program, account, version)")) {
                MessageDigest sha1 = MessageDigest.getInstance("SHA-1");
                while (rows.next()) {
                    byte[] digest = sha1.digest(rows.getString(3).getBytes(StandardCharsets.UTF_8));
                    if (!HexFormat.of().formatHex(digest).equals(rows.getString(2))) {
                        violations.add("an image that does not have its account's digest: " + rows.getString(1));
                        return;
                    }
                }
            } catch (java.security.NoSuchAlgorithmException e) {
                throw new IllegalStateException("every Java platform has SHA-1", e);
            }
        }
    }

    private void nothing(List<String> violations, String what, String sql) throws SQLException {
        long found = 0;
        String first = "";
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setFetchSize(1_000);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    if (found++ == 0) {
                        first = rows.getString(1) + " " + rows.getString(2);
                    }
                }
            }
        }
        if (found > 0) {
            violations.add(what + ": " + found + ", such as " + first);
        }
    }

    private long count(String from) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT count(*) FROM " + from)) {
            rows.next();
            return rows.getLong(1);
        }
    }

    private void execute(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    @Override
    public void close() throws SQLException {
        connection.rollback();
        connection.close();
    }

    /** Rows without tabs, line ends and backslashes. */
    private final class Copy implements AutoCloseable {
        private final CopyIn copy;
        private final StringBuilder lines = new StringBuilder();

        Copy(String table) throws SQLException {
            copy = connection.unwrap(PGConnection.class).getCopyAPI().copyIn("COPY " + table + " FROM STDIN");
        }

        void row(Object... columns) throws SQLException {
            for (int n = 0; n < columns.length; n++) {
                lines.append(columns[n]).append(n == columns.length - 1 ? '\n' : '\t');
            }
            if (lines.length() > CHUNK) {
                flush();
            }
        }

        private void flush() throws SQLException {
            byte[] bytes = lines.toString().getBytes(StandardCharsets.UTF_8);
            copy.writeToCopy(bytes, 0, bytes.length);
            lines.setLength(0);
        }

        @Override
        public void close() throws SQLException {
            flush();
            copy.endCopy();
        }
    }
}
