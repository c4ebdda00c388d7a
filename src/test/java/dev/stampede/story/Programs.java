package dev.stampede.story;

import dev.stampede.support.TestProgram;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Collection;

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
        TestProgram program = TestProgram.of(story.program());
        story.rules().forEach(rule -> field(rule, program));
        program.insert(owner, 1);
    }

    private static void field(String rule, TestProgram program) {
        String[] words = rule.split("\\s+");
        switch (words[0]) {
            case "pending" -> program.with("pendingDays", words[1]);
            case "grace" -> program.with("graceDays", words[1]);
            case "clawback" -> program.with("clawback", '"' + words[1] + '"');
            case "auto-enrol" -> program.with("autoEnrol", Boolean.toString(words[1].equals("on")));
            // "expiry 1 month" is to the end of that month, "expiry 1 month to the day" is not
            case "expiry" ->
                program.with(
                        "expiry",
                        "{\"type\": \"months\", \"months\": %s, \"end\": \"%s\"}"
                                .formatted(words[1], rule.endsWith("to the day") ? "none" : "month"));
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
