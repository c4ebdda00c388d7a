package dev.stampede.verify;

import dev.stampede.account.AccountId;
import dev.stampede.account.Image;
import dev.stampede.account.UnreadableForm;
import dev.stampede.points.Hold;
import dev.stampede.points.Lot;
import dev.stampede.points.Maturing;
import dev.stampede.points.MemberPoints;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Checks a ledger, account by account, and stops at the first wrong one.
 *
 * <p>One statement reads a thousand accounts: it sees them at one moment, however many operations are sealed meanwhile,
 * and no snapshot is kept for long. Its rows are streamed; therefore an account may have any number of operations.
 * Nothing is locked, and the connection cannot write.
 */
public final class Verification {
    private static final int ACCOUNTS = 1000;
    private static final int ROWS = 50_000;
    /** Behind the id of every program. */
    private static final String LAST_TEXT = "\uffff";

    private static final int FETCHED_AT_ONCE = 2000;
    private static final long TELL_EACH = 1_000_000;

    /**
     * Each account with its operations and their entries, in their order. Operations of releases whose audit did not
     * have them do not say who made them.
     */
    private static final String HISTORY = """
            SELECT a.lane, a.program, a.account, a.version, a.head, a.digest,
              a.available, a.held, a.pending, a.debt,
              o.version AS o_version, o.id, o.outcome, o.format,
              o.type IN ('redeem', 'hold') AND o.told LIKE '%%"code":"%%' AND NOT EXISTS (
                SELECT FROM code c WHERE c.operation = o.id AND c.lane = o.lane) AS lacks_code,
              o.type IN ('adjust', 'grant', 'freeze', 'unfreeze', 'close') AND o.outcome = 'ok'
                AND o.detail::json -> 'by' IS NOT NULL AND NOT EXISTS (
                  SELECT FROM audit r WHERE r.after::json ->> 'operation' = o.id::text
                    AND r.action IN ('points.adjust', 'tier.grant', 'account.freeze', 'account.unfreeze',
                      'account.close')
                    AND r.program = o.program AND r.target = o.account) AS lacks_record,
              o.target, o.reversed, o.reversible, o.uses,
              o.type IN ('earn', 'enrol') AND (o.uses IS NOT NULL OR o.parts LIKE '%%"$%%') AS gives,
              CASE WHEN o.parts LIKE '%%"$%%' THEN o.parts END AS parts,
              CASE WHEN o.type IN ('redeem', 'capture') AND o.told LIKE '%%"$%%' THEN o.told END AS payment,
               CASE WHEN o.version = a.version THEN o.image END AS image,
              e.n, e.available AS e_available, e.held AS e_held, e.pending AS e_pending, e.debt AS e_debt,
              e.available_after, e.held_after, e.pending_after, e.debt_after
            FROM (SELECT * FROM account WHERE (lane, program, account) > (?, ?, ?)
                  ORDER BY lane, program, account LIMIT %d) a
            LEFT JOIN operation o ON o.lane = a.lane AND o.program = a.program AND o.account = a.account
            LEFT JOIN entry e ON e.operation = o.id AND e.lane = o.lane
            ORDER BY a.lane, a.program, a.account, o.version, e.n""".formatted(ACCOUNTS);

    /** Rows that the histories do not show: entries without an operation, some at a time. */
    private static final String NEXT_ENTRY = """
            SELECT operation, n, lane FROM entry WHERE (operation, n, lane) > (?, ?, ?)
            ORDER BY operation, n, lane OFFSET %d LIMIT 1""".formatted(ROWS - 1);

    private static final String STRAY_ENTRY = """
            SELECT e.program, e.account, e.version FROM entry e
            LEFT JOIN operation o ON o.id = e.operation AND o.lane = e.lane
            WHERE (e.operation, e.n, e.lane) > (?, ?, ?) AND (e.operation, e.n, e.lane) <= (?, ?, ?)
              AND (o.program = e.program AND o.account = e.account AND o.version = e.version AND o.outcome = 'ok')
                IS NOT TRUE
            LIMIT 1""";

    private static final String NEXT_OPERATION = """
            SELECT lane, program, account FROM operation WHERE (lane, program, account) > (?, ?, ?)
            ORDER BY lane, program, account OFFSET %d LIMIT 1""".formatted(ROWS - 1);

    private static final String STRAY_OPERATION = """
            SELECT o.program, o.account, o.version FROM operation o
            WHERE (o.lane, o.program, o.account) > (?, ?, ?) AND (o.lane, o.program, o.account) <= (?, ?, ?)
              AND NOT EXISTS (SELECT FROM account a
                              WHERE a.lane = o.lane AND a.program = o.program AND a.account = o.account)
            LIMIT 1""";

    private static final String NEXT_CLAIM = """
            SELECT program, kind, name FROM claim WHERE (program, kind, name) > (?, ?, ?)
            ORDER BY program, kind, name OFFSET %d LIMIT 1""".formatted(ROWS - 1);

    private static final String STRAY_CLAIM = """
            SELECT c.program, coalesce(o.account, c.name), coalesce(o.version, 0) FROM claim c
            LEFT JOIN operation o ON o.id = c.operation AND o.lane = c.lane
            WHERE (c.program, c.kind, c.name) > (?, ?, ?) AND (c.program, c.kind, c.name) <= (?, ?, ?)
              AND (o.program = c.program AND o.type = 'earn' AND o.outcome = 'ok'
                AND c.name = CASE WHEN c.kind ~ '^account' THEN o.account || ' ' ELSE '' END || o.reference)
                IS NOT TRUE
            LIMIT 1""";

    private static final String NEXT_CODE = """
            SELECT operation, lane, lane FROM code WHERE (operation, lane, lane) > (?, ?, ?)
            ORDER BY operation, lane OFFSET %d LIMIT 1""".formatted(ROWS - 1);

    /** Those of holds are used only after the capture. */
    private static final String STRAY_CODE = """
            SELECT c.program, c.account, coalesce(o.version, 0) FROM code c
            LEFT JOIN operation o ON o.id = c.operation AND o.lane = c.lane
            WHERE (c.operation, c.lane, c.lane) > (?, ?, ?) AND (c.operation, c.lane, c.lane) <= (?, ?, ?)
              AND (o.program = c.program AND o.account = c.account AND o.outcome = 'ok'
                AND o.type IN ('redeem', 'hold') AND o.told::json ->> 'code' = c.code
                AND o.told::json ->> 'rule' = c.reward
                AND (c.used_at IS NULL OR o.type = 'redeem' OR EXISTS (
                  SELECT FROM operation u WHERE u.lane = o.lane AND u.target = o.id AND u.type = 'capture')))
                IS NOT TRUE
            LIMIT 1""";

    private static final String WRONG_BUDGET = """
            SELECT b.program, b.kind, b.name, b.total,
              (SELECT coalesce(sum(a.units), 0) FROM allotment a WHERE a.budget = b.id) AS unused,
              coalesce(u.units, 0) AS used
            FROM budget b
            LEFT JOIN (
              SELECT (x ->> 0)::int AS budget, sum((x ->> 1)::bigint) AS units
              FROM operation o, json_array_elements(o.uses::json) AS x
              WHERE o.uses IS NOT NULL
              GROUP BY 1) u ON u.budget = b.id
            WHERE b.total <> coalesce(u.units, 0)
              + (SELECT coalesce(sum(a.units), 0) FROM allotment a WHERE a.budget = b.id)
            ORDER BY b.id LIMIT 1""";

    private static final String WRONG_AUDIT = """
            SELECT a.n FROM audit a LEFT JOIN audit b ON b.n = a.n - 1
            WHERE a.prev_hash IS DISTINCT FROM
              CASE WHEN a.n = 1 THEN sha256('') WHEN b.n IS NOT NULL THEN audit_hash(b) END
            ORDER BY a.n LIMIT 1""";

    /**
     * Whoever removes the newest rows of the audit, or all of them, leaves what they have recorded: keys, versions and
     * clocks (and operations, see {@link #HISTORY}). Versions of releases whose audit did not have them do not say who
     * published them; nor are the clocks of such programs looked at. A clock begins as the first version says.
     */
    private static final String UNRECORDED = """
            (SELECT NULL AS program, k.id COLLATE "C" AS target, 'key.create' AS action FROM api_key k
            UNION ALL SELECT NULL, k.id COLLATE "C", 'key.revoke' FROM api_key k WHERE k.revoked_at IS NOT NULL
            UNION ALL SELECT v.program, v.version::text, 'program.publish' FROM program_version v
              WHERE v.published_by IS NOT NULL
            UNION ALL SELECT c.program, c.program, 'program.clock at ' || to_timestamp(c.now_ms / 1000.0)
              FROM program_clock c
              JOIN program_version v ON v.program = c.program AND v.version = 1 AND v.published_by IS NOT NULL
              WHERE to_timestamp(c.now_ms / 1000.0) >
                CASE v.document::json -> 'sandbox' ->> 'now' WHEN 'now' THEN v.published_at
                  ELSE (v.document::json -> 'sandbox' ->> 'now')::timestamptz END)
            EXCEPT SELECT CASE WHEN a.action LIKE 'program.%' THEN a.program END, a.target COLLATE "C",
              a.action || CASE WHEN a.action = 'program.clock'
                THEN ' at ' || (a.after::json ->> 'now')::timestamptz ELSE '' END
            FROM audit a WHERE a.action IN ('key.create', 'key.revoke', 'program.publish', 'program.clock')
            LIMIT 1""";

    private static final String HEAD_OF_AUDIT = """
            SELECT a.n, encode(audit_hash(a), 'hex') AS head FROM audit a ORDER BY a.n DESC LIMIT 1""";

    private final Connection connection;
    private final Consumer<String> progress;
    private long accounts;
    private long operations;
    private long entries;
    private long told;
    private long newer;

    /**
     * @param newer number of accounts whose image a newer release has written: everything but the image was checked
     * @param audit how many rows the audit has, and the hash of the newest: kept elsewhere, it tells later whether rows
     *     were changed or removed; empty if there are none
     * @param wrong the first error that was found, with its account; null if there is none
     */
    public record Result(
            long accounts,
            long operations,
            long entries,
            long newer,
            String audit,
            @Nullable String wrong) {
        @Override
        public String toString() {
            String read = "%,d accounts, %,d operations, %,d entries".formatted(accounts, operations, entries);
            if (newer > 0) {
                read += "; a newer release has written the images of %,d accounts, which were not read"
                        .formatted(newer);
            }
            return wrong == null ? "OK: " + read + audit : "WRONG: " + wrong + " (after " + read + ")";
        }
    }

    private Verification(Connection connection, Consumer<String> progress) {
        this.connection = connection;
        this.progress = progress;
    }

    /** @param connection of a user who may read the tables; not used for anything else afterwards */
    public static Result of(Connection connection, Consumer<String> progress) throws SQLException {
        try (Statement settings = connection.createStatement()) {
            settings.execute("SET default_transaction_read_only = on");
            // always use the indexes, even if the planner has no statistics of the tables yet
            settings.execute("SET enable_seqscan = off");
            settings.execute("SET enable_hashjoin = off");
            settings.execute("SET enable_mergejoin = off");
            settings.execute("SET jit = off");
        }
        connection.setAutoCommit(false);
        Verification verification = new Verification(connection, progress);
        String wrong = verification.wrongAccount();
        if (wrong == null) {
            wrong = verification.strayEntry();
        }
        if (wrong == null) {
            wrong = verification.strayOperation();
        }
        if (wrong == null) {
            wrong = verification.strayClaim();
        }
        if (wrong == null) {
            wrong = verification.strayCode();
        }
        if (wrong == null) {
            wrong = verification.wrongBudget();
        }
        if (wrong == null) {
            wrong = verification.wrongAudit();
        }
        String audit = verification.audit();
        connection.rollback();
        return new Result(
                verification.accounts, verification.operations, verification.entries, verification.newer, audit, wrong);
    }

    /** An account while its history is read. */
    private static final class Account {
        final short lane;
        final String program;
        final String account;
        final long version;
        final UUID head;
        final String digest;
        final long[] balance;
        final long[] sum = new long[4];
        final SharedUses shared = new SharedUses();
        long last;
        UUID newest = Image.NO_HEAD;

        @Nullable
        String image;

        int format;

        Account(ResultSet row) throws SQLException {
            lane = row.getShort("lane");
            program = row.getString("program");
            account = row.getString("account");
            version = row.getLong("version");
            head = row.getObject("head", UUID.class);
            digest = row.getString("digest");
            balance = buckets(row, "", "");
        }

        boolean is(ResultSet row) throws SQLException {
            return lane == row.getShort("lane")
                    && account.equals(row.getString("account"))
                    && program.equals(row.getString("program"));
        }

        String wrong(String what) {
            return program + "/" + account + ": " + what;
        }
    }

    private static final String[] BUCKETS = {"available", "held", "pending", "debt"};

    private static long[] buckets(ResultSet row, String before, String behind) throws SQLException {
        long[] buckets = new long[BUCKETS.length];
        for (int i = 0; i < buckets.length; i++) {
            buckets[i] = row.getLong(before + BUCKETS[i] + behind);
        }
        return buckets;
    }

    private @Nullable String wrongAccount() throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(HISTORY)) {
            statement.setFetchSize(FETCHED_AT_ONCE);
            statement.setShort(1, (short) -1);
            statement.setString(2, "");
            statement.setString(3, "");
            while (true) {
                Account account = null;
                long before = accounts;
                try (ResultSet rows = statement.executeQuery()) {
                    while (rows.next()) {
                        if (account == null || !account.is(rows)) {
                            String wrong = account == null ? null : end(account);
                            if (wrong != null) {
                                return wrong;
                            }
                            account = new Account(rows);
                            accounts++;
                            short own = AccountId.of(account.program, account.account)
                                    .lane();
                            if (account.lane != own) {
                                return account.wrong("it is in lane " + account.lane + ", and belongs in " + own);
                            }
                        }
                        String wrong = follow(account, rows);
                        if (wrong != null) {
                            return wrong;
                        }
                    }
                }
                connection.rollback(); // releases the snapshot
                if (account == null) {
                    return null;
                }
                String wrong = end(account);
                if (wrong != null || accounts - before < ACCOUNTS) {
                    return wrong;
                }
                statement.setShort(1, account.lane);
                statement.setString(2, account.program);
                statement.setString(3, account.account);
            }
        }
    }

    private @Nullable String follow(Account account, ResultSet row) throws SQLException {
        long version = row.getLong("o_version");
        if (row.wasNull()) {
            return null; // blank: its first operation is being sealed
        }
        if (version != account.last) {
            if (version != account.last + 1) {
                return account.wrong("version " + version + " follows on " + account.last);
            }
            account.last = version;
            account.newest = row.getObject("id", UUID.class);
            account.image = row.getString("image");
            account.format = row.getInt("format");
            operations++;
            if (row.getBoolean("lacks_code")) {
                return account.wrong("version " + version + " tells a code that there is not");
            }
            if (row.getBoolean("lacks_record")) {
                return account.wrong("version " + version + " is missing in the audit");
            }
            account.shared.add(account.newest, row);
        }
        int n = row.getInt("n");
        if (row.wasNull()) {
            return null; // declined, or without a movement
        }
        if (++entries - told >= TELL_EACH) {
            told = entries;
            progress.accept("%,d accounts, %,d entries".formatted(accounts, entries));
        }
        long[] moved = buckets(row, "e_", "");
        long[] after = buckets(row, "", "_after");
        for (int i = 0; i < BUCKETS.length; i++) {
            account.sum[i] = Math.addExact(account.sum[i], moved[i]);
            if (account.sum[i] != after[i] || after[i] < 0) {
                return account.wrong("after entry %d of version %d %s is %d by its entries, and said to be %d"
                        .formatted(n, version, BUCKETS[i], account.sum[i], after[i]));
            }
        }
        return null;
    }

    private @Nullable String end(Account account) {
        for (int i = 0; i < BUCKETS.length; i++) {
            if (account.sum[i] != account.balance[i]) {
                return account.wrong("%s is %d by its entries, and said to be %d"
                        .formatted(BUCKETS[i], account.sum[i], account.balance[i]));
            }
        }
        if (account.last != account.version || !account.newest.equals(account.head)) {
            return account.wrong("its head is version %d %s, and its newest operation is version %d %s"
                    .formatted(account.version, account.head, account.last, account.newest));
        }
        if (account.version == 0) {
            return null;
        }
        String text = Objects.requireNonNull(account.image);
        if (!Image.digest(text).equals(account.digest)) {
            return account.wrong("its digest is not that of its image");
        }
        if (account.format > UnreadableForm.READS) {
            newer++;
            return null;
        }
        return image(account, text);
    }

    private static @Nullable String image(Account account, String text) {
        Image image;
        try {
            image = Image.parse(text);
        } catch (IllegalArgumentException e) {
            return account.wrong("its image can't be read");
        }
        MemberPoints state = image.state();
        long[] said = {state.available(), state.held(), state.pending(), state.debt()};
        long[] parts = {
            state.lots().stream().mapToLong(Lot::points).sum(),
            state.holds().stream().mapToLong(Hold::points).sum(),
            state.maturing().stream().mapToLong(Maturing::points).sum(),
            state.debt()
        };
        for (int i = 0; i < BUCKETS.length; i++) {
            if (said[i] != account.balance[i] || parts[i] != account.balance[i]) {
                return account.wrong("%s is %d, and in its image %d, in parts %d"
                        .formatted(BUCKETS[i], account.balance[i], said[i], parts[i]));
            }
        }
        if (!image.head().equals(account.head) || image.version() != account.version) {
            return account.wrong("its image is that of version " + image.version() + " " + image.head());
        }
        String used = account.shared.wrong(state.holds());
        return used == null ? null : account.wrong(used);
    }

    private @Nullable String strayEntry() throws SQLException {
        Object[] from = {new UUID(0, 0), (short) 0, (short) 0};
        Object[] last = {new UUID(-1, -1), Short.MAX_VALUE, Short.MAX_VALUE};
        return stray(NEXT_ENTRY, STRAY_ENTRY, from, last, "has an entry, but not of an operation that was done");
    }

    private @Nullable String strayOperation() throws SQLException {
        Object[] from = {(short) -1, "", ""};
        Object[] last = {Short.MAX_VALUE, "", ""};
        return stray(NEXT_OPERATION, STRAY_OPERATION, from, last, "has an operation, but no balance");
    }

    private @Nullable String strayClaim() throws SQLException {
        Object[] from = {"", "", ""};
        Object[] last = {LAST_TEXT, "", ""};
        return stray(NEXT_CLAIM, STRAY_CLAIM, from, last, "is named for a receipt that it did not earn for");
    }

    private @Nullable String strayCode() throws SQLException {
        Object[] from = {new UUID(0, 0), (short) 0, (short) 0};
        Object[] last = {new UUID(-1, -1), Short.MAX_VALUE, Short.MAX_VALUE};
        return stray(NEXT_CODE, STRAY_CODE, from, last, "has a code that it did not make, or used too early");
    }

    /** A shared total of which what is left and what operations have used is not all; read at one instant. */
    private @Nullable String wrongBudget() throws SQLException {
        try (Statement question = connection.createStatement();
                ResultSet row = question.executeQuery(WRONG_BUDGET)) {
            return !row.next()
                    ? null
                    : "%s, %s %s: %d left and %d used are not the total of %d"
                            .formatted(
                                    row.getString("program"),
                                    row.getString("kind"),
                                    row.getString("name"),
                                    row.getLong("unused"),
                                    row.getLong("used"),
                                    row.getLong("total"));
        }
    }

    /** A row of the audit that does not follow the one before: one of them was changed, or removed. */
    private @Nullable String wrongAudit() throws SQLException {
        try (Statement question = connection.createStatement()) {
            try (ResultSet row = question.executeQuery(WRONG_AUDIT)) {
                if (row.next()) {
                    return "audit: row %d does not follow the one before".formatted(row.getLong("n"));
                }
            }
            try (ResultSet row = question.executeQuery(UNRECORDED)) {
                return row.next()
                        ? "audit: a row is missing: %s, %s%s"
                                .formatted(
                                        row.getString("action"),
                                        row.getString("program") == null ? "" : row.getString("program") + ", ",
                                        row.getString("target"))
                        : null;
            }
        }
    }

    private String audit() throws SQLException {
        try (Statement question = connection.createStatement();
                ResultSet row = question.executeQuery(HEAD_OF_AUDIT)) {
            return row.next() ? "; audit: %,d rows, head %s".formatted(row.getLong("n"), row.getString("head")) : "";
        }
    }

    /** Rows that belong to nothing, searched between one key and one some rows further on. */
    private @Nullable String stray(String next, String stray, Object[] from, Object[] last, String what)
            throws SQLException {
        try (PreparedStatement boundary = connection.prepareStatement(next);
                PreparedStatement between = connection.prepareStatement(stray)) {
            while (true) {
                set(boundary, 1, from);
                Object[] to = last;
                try (ResultSet row = boundary.executeQuery()) {
                    if (row.next()) {
                        to = new Object[] {row.getObject(1), row.getObject(2), row.getObject(3)};
                    }
                }
                set(between, 1, from);
                set(between, 4, to);
                try (ResultSet row = between.executeQuery()) {
                    if (row.next()) {
                        return row.getString(1) + "/" + row.getString(2) + ": version " + row.getLong(3) + " " + what;
                    }
                }
                connection.rollback();
                if (to == last) {
                    return null;
                }
                from = to;
            }
        }
    }

    private static void set(PreparedStatement statement, int first, Object[] values) throws SQLException {
        for (int i = 0; i < values.length; i++) {
            if (values[i] instanceof Integer number) {
                statement.setShort(first + i, number.shortValue());
            } else {
                statement.setObject(first + i, values[i]);
            }
        }
    }
}
