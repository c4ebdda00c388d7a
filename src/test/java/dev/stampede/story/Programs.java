package dev.stampede.story;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The programs of stories, and Postgres' clock: what only the owner of the database may change. */
final class Programs {
    private final String jdbcUrl;

    Programs(String jdbcUrl) {
        this.jdbcUrl = jdbcUrl;
    }

    void create(Collection<Story> stories) throws SQLException {
        try (Connection owner = DriverManager.getConnection(jdbcUrl)) {
            for (Story story : stories) {
                create(owner, story);
            }
        }
    }

    private static void create(Connection owner, Story story) throws SQLException {
        Map<String, Object> columns = new LinkedHashMap<>();
        columns.put("id", story.program());
        columns.put("currency", "EUR");
        columns.put("earn_rate", 1);
        columns.put("redeem_rate", 100);
        story.rules().forEach(rule -> column(rule, columns));
        List<Object> values = new ArrayList<>(columns.values());
        try (var insert = owner.prepareStatement("INSERT INTO program (" + String.join(", ", columns.keySet())
                + ") VALUES (?" + ", ?".repeat(values.size() - 1) + ")")) {
            for (int i = 0; i < values.size(); i++) {
                insert.setObject(i + 1, values.get(i));
            }
            insert.executeUpdate();
        }
    }

    private static void column(String rule, Map<String, Object> columns) {
        String[] words = rule.split("\\s+");
        switch (words[0]) {
            case "pending" -> columns.put("pending_days", Integer.parseInt(words[1]));
            case "grace" -> columns.put("grace_days", Integer.parseInt(words[1]));
            case "clawback" -> columns.put("clawback", words[1]);
            case "auto-enrol" -> columns.put("auto_enrol", words[1].equals("on"));
            case "expiry" -> {
                columns.put("expiry_months", Integer.parseInt(words[1]));
                // "expiry 1 month" is to the end of that month, "expiry 1 month to the day" is not
                columns.put("expiry_at_month_end", !rule.endsWith("to the day"));
            }
            default -> throw new IllegalArgumentException("no rule: " + rule);
        }
    }

    /** From now on the clock that the ledger reads can be shifted; to redefine it each time would cost all plans. */
    void makeClock() throws SQLException {
        execute("CREATE TABLE IF NOT EXISTS story_clock AS SELECT 0::bigint AS shift_ms");
        execute("GRANT SELECT ON story_clock TO PUBLIC");
        execute(now("(SELECT shift_ms FROM story_clock)"));
    }

    /** What it was. */
    void unmakeClock() throws SQLException {
        execute(now("0"));
        execute("DROP TABLE story_clock");
    }

    void shiftClock(long ms) throws SQLException {
        execute("UPDATE story_clock SET shift_ms = " + ms);
    }

    private static String now(String shift) {
        return "CREATE OR REPLACE FUNCTION now_ms() RETURNS bigint LANGUAGE sql VOLATILE PARALLEL SAFE"
                + " RETURN (extract(epoch FROM clock_timestamp()) * 1000)::bigint + " + shift;
    }

    private void execute(String sql) throws SQLException {
        try (Connection owner = DriverManager.getConnection(jdbcUrl);
                var statement = owner.createStatement()) {
            statement.execute(sql);
        }
    }
}
