package dev.stampede.chaos;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/**
 * Takes one of the guards of the write path away: what the judge must then find. Never part of the product. Guards of
 * the ledger are gone in one database; those of the gateway itself ({@link #isOfGateway}) a stage has to leave out.
 */
enum PlantedBug {
    /** Nobody asks on which history a proposal was decided. */
    NO_CHAIN_CHECK(
            Text.NOTHING_BESIDES,
            new Change("AND a.head = o_prev[r.first] AND a.digest = o_digest[r.first]", ""),
            new Change(
                    "WHEN a.head = o_prev[r_first[n]] THEN r_first[n]",
                    "WHEN a.version + 1 = o_version[r_first[n]] THEN r_first[n]")),
    /** Nobody asks on which image it was decided, if only its head and its sums are right. */
    NO_DIGEST_CHECK(Text.NOTHING_BESIDES, new Change(" AND a.digest = o_digest[r.first]", "")),
    /** Keys are not looked up, nor are they unique. */
    NO_KEY_CHECK(Text.KEYS_TWICE, new Change("WHERE i >= start[o_run[i]] AND o_key[i] IS NOT NULL", "WHERE false")),
    /** Declines are answered without being sealed. */
    NO_SEALED_DECLINES(
            Text.NOTHING_BESIDES,
            new Change(
                    Text.BEFORE_THE_REST,
                    "inserted := inserted || ARRAY(SELECT o_id[i] FROM generate_series(1, operations) AS i"
                            + " WHERE o_outcome[i] <> 'ok' AND o_id[i] <> ALL (inserted));")),
    /** Keys are looked up before the lock is there, and so without what was committed while it was waited for. */
    NO_FRESH_SNAPSHOT(
            Text.KEYS_TWICE,
            new Change("  by_key int[];\n", "  by_key int[];\n  used int[];\n"),
            new Change(
                    "  -- (2) lock them one by one",
                    "  SELECT array_agg(i) INTO used\n  FROM generate_series(1, operations) AS i\n"
                            + "  WHERE o_key[i] IS NOT NULL\n" + Text.KEY_THERE + ";\n  -- (2) lock them one by one"),
            new Change(
                    "  FROM generate_series(1, operations) AS i\n  WHERE i >= start[o_run[i]] AND o_key[i] IS NOT"
                            + " NULL\n"
                            + Text.KEY_THERE,
                    "  FROM unnest(used) AS i\n  WHERE i >= start[o_run[i]]")),
    /** What was not written is answered as if it had been. */
    NO_TRUE_ANSWER(Text.NOTHING_BESIDES, new Change(Text.BEFORE_THE_REST, "inserted := o_id;")),
    /** Nobody counts how many operations have undone a target, nor are their numbers unique. */
    NO_STEP_CHECK(
            "DROP INDEX operation_step",
            new Change(" OR count(*) IS DISTINCT FROM o_step[i]", ""),
            new Change("              OR o_step[i] IS DISTINCT FROM o_step[o_follows[i]] + 1\n", "")),
    /** Nobody asks whether an operation was decided ahead of time. */
    NO_TIME_CHECK(Text.NOTHING_BESIDES, new Change("      AND r_decided_at[r.n] <= latest\n", "")),
    /** What operations use is not taken from the sealer's own part. */
    NO_UNITS_TAKEN(
            Text.NOTHING_BESIDES,
            new Change(
                    "SET units = a.units - wants[b]\n        WHERE a.ctid",
                    "SET units = a.units\n        WHERE a.ctid"),
            new Change(
                    "SET units = a.units - wants[b]\n          WHERE a.budget",
                    "SET units = a.units\n          WHERE a.budget")),
    /** What is left of all parts is looked at without keeping others from taking it. */
    NO_LOCKED_PARTS(
            "ALTER TABLE allotment ALTER COLUMN units TYPE bigint",
            new Change("ORDER BY a.slot FOR UPDATE) AS x;", "ORDER BY a.slot) AS x;")),
    /** A sealer whose own part is too small does not look at the others. */
    NO_LOOK_AT_ALL_PARTS(
            Text.NOTHING_BESIDES,
            new Change(
                    "WHERE a.budget = budgets[b] ORDER BY a.slot FOR",
                    "WHERE a.budget = budgets[b] AND a.slot = p_slot FOR"),
            new Change(
                    "SELECT sum(a.units) - spent[b], max(a.units)",
                    "SELECT max(a.units) FILTER (WHERE a.slot = p_slot) - spent[b], max(a.units)")),
    /** What was refused takes its units all the same. */
    NO_UNITS_OF_ACCEPTED(
            Text.NOTHING_BESIDES,
            new Change(
                    Text.SPENT, "      SELECT u_budget[i] AS budget, coalesce(sum(u_units[i]) FILTER (WHERE true\n")),
    /** What another gateway has sealed of a run is taken, or comes back, once more. */
    NO_UNITS_ONCE(
            Text.NOTHING_BESIDES,
            new Change(
                    "\n          AND u_op[i] BETWEEN start[o_run[u_op[i]]] AND upto[o_run[u_op[i]]]), 0)",
                    "\n          AND u_op[i] <= upto[o_run[u_op[i]]]), 0)")),
    /** The ledger takes Redis' word for what comes back to stock. */
    NO_BACK_CHECK(Text.NOTHING_BESIDES, new Change("AND o_back[i]::jsonb <> (", "AND false AND o_back[i]::jsonb <> (")),
    /** The gateway takes Redis' word for what a purchase is worth. */
    NO_SETTLEMENT_CHECK(Text.NOTHING_BESIDES),
    /** The gateway takes Redis' word for what a reward costs. */
    NO_CLAIM_CHECK(Text.NOTHING_BESIDES),
    /** The gateway takes Redis' word for what a reversal leaves. */
    NO_PARTS_CHECK(Text.NOTHING_BESIDES);

    private static final class Text {
        static final String NOTHING_BESIDES = "";
        static final String KEYS_TWICE =
                "DROP INDEX operation_key;" + " CREATE INDEX operation_key ON operation (key, account, program, lane)";
        static final String SPENT = "      SELECT u_budget[i] AS budget, coalesce(sum(u_units[i]) FILTER (WHERE"
                + " o_run[u_op[i]] = ANY (accepted)\n";
        static final String BEFORE_THE_REST = "-- Those that were not written whole, and why.";
        static final String KEY_THERE = "    AND (SELECT 1 FROM operation x\n"
                + "         WHERE x.key = o_key[i] AND x.account = r_account[o_run[i]] AND x.program ="
                + " r_program[o_run[i]]\n"
                + "         LIMIT 1) IS NOT NULL";
    }

    private record Change(String text, String replacement) {}

    private final String besides;
    private final List<Change> changes;

    /** @param besides SQL that takes the index away that guards the same */
    PlantedBug(String besides, Change... changes) {
        this.besides = besides;
        this.changes = List.of(changes);
    }

    /** Whether the guard is one of the gateway, before anything is sent to the ledger. */
    boolean isOfGateway() {
        return changes.isEmpty();
    }

    /** @throws IllegalStateException if the guard is not written as it was when this was */
    void plant(String jdbcUrl) {
        try (Connection connection = DriverManager.getConnection(jdbcUrl);
                Statement statement = connection.createStatement()) {
            String function;
            try (var rows =
                    statement.executeQuery("SELECT pg_get_functiondef(oid) FROM pg_proc WHERE proname = 'seal_4'")) {
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
            if (!besides.isEmpty()) {
                statement.execute(besides);
            }
        } catch (SQLException e) {
            throw new IllegalStateException(this.toString(), e);
        }
    }
}
