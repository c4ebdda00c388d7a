package dev.stampede.chaos;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/** Takes one of the ledger's guards away, in one database: what the judge must then find. Never part of the product. */
enum PlantedBug {
    /** Nobody asks on which history a proposal was decided. */
    NO_CHAIN_CHECK(
            false,
            new Change("AND a.head = o_prev[r.first] AND a.digest = o_digest[r.first]", ""),
            new Change(
                    "WHEN a.head = o_prev[r_first[n]] THEN r_first[n]",
                    "WHEN a.version + 1 = o_version[r_first[n]] THEN r_first[n]")),
    /** Nobody asks on which image it was decided, if only its head and its sums are right. */
    NO_DIGEST_CHECK(false, new Change(" AND a.digest = o_digest[r.first]", "")),
    /** Keys are not looked up, nor are they unique. */
    NO_KEY_CHECK(true, new Change("WHERE i >= start[o_run[i]] AND o_key[i] IS NOT NULL", "WHERE false")),
    /** Declines are answered without being sealed. */
    NO_SEALED_DECLINES(
            false,
            new Change(
                    Text.BEFORE_THE_REST,
                    "inserted := inserted || ARRAY(SELECT o_id[i] FROM generate_series(1, operations) AS i"
                            + " WHERE o_outcome[i] <> 'ok' AND o_id[i] <> ALL (inserted));")),
    /** Keys are looked up before the lock is there, and so without what was committed while it was waited for. */
    NO_FRESH_SNAPSHOT(
            true,
            new Change("  by_key int[];\n", "  by_key int[];\n  known int[];\n"),
            new Change(
                    "  -- (2) lock them one by one",
                    "  SELECT array_agg(i) INTO known\n  FROM generate_series(1, operations) AS i\n"
                            + "  WHERE o_key[i] IS NOT NULL\n" + Text.KEY_THERE + ";\n  -- (2) lock them one by one"),
            new Change(
                    "  FROM generate_series(1, operations) AS i\n  WHERE i >= start[o_run[i]] AND o_key[i] IS NOT"
                            + " NULL\n"
                            + Text.KEY_THERE,
                    "  FROM unnest(known) AS i\n  WHERE i >= start[o_run[i]]")),
    /** What was not written is answered as if it had been. */
    NO_TRUE_ANSWER(false, new Change(Text.BEFORE_THE_REST, "inserted := o_id;"));

    private static final class Text {
        static final String BEFORE_THE_REST = "-- Those that were not written whole, and why.";
        static final String KEY_THERE = "    AND (SELECT 1 FROM operation x\n"
                + "         WHERE x.key = o_key[i] AND x.account = r_account[o_run[i]] AND x.program ="
                + " r_program[o_run[i]]\n"
                + "         LIMIT 1) IS NOT NULL";
    }

    private record Change(String text, String replacement) {}

    private final boolean keysTwice;
    private final List<Change> changes;

    /** @param keysTwice whether the index that guards keys, too, has to go */
    PlantedBug(boolean keysTwice, Change... changes) {
        this.keysTwice = keysTwice;
        this.changes = List.of(changes);
    }

    /** @throws IllegalStateException if the guard is not written as it was when this was */
    void plant(String jdbcUrl) {
        try (Connection connection = DriverManager.getConnection(jdbcUrl);
                Statement statement = connection.createStatement()) {
            String function;
            try (var rows =
                    statement.executeQuery("SELECT pg_get_functiondef(oid) FROM pg_proc WHERE proname = 'seal_3'")) {
                rows.next();
                function = rows.getString(1);
            }
            for (Change change : changes) {
                int at = function.indexOf(change.text);
                if (at < 0 || function.indexOf(change.text, at + 1) >= 0) {
                    throw new IllegalStateException(this + ": not there, or not once: " + change.text);
                }
                function = function.replace(change.text, change.replacement);
            }
            statement.execute(function);
            if (keysTwice) {
                statement.execute("DROP INDEX operation_key");
                statement.execute("CREATE INDEX operation_key ON operation (key, account, program, lane)");
            }
        } catch (SQLException e) {
            throw new IllegalStateException(this.toString(), e);
        }
    }
}
