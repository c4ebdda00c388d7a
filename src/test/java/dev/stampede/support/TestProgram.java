package dev.stampede.support;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.Map;

/** The document of a program as simple as {@code demo}, and what only the owner of the database may do with it. */
public final class TestProgram {
    private final String id;
    private final Map<String, String> fields = new LinkedHashMap<>();

    private TestProgram(String id) {
        this.id = id;
        with("redeem", "[{\"id\": \"money\", \"points\": {redeemed}, \"value\": {value}}]");
        with("basedOn", "0").with("effectiveFrom", "\"now\"").with("reason", "\"a test\"");
        with("sandbox", "");
        with("timeZone", "\"UTC\"").with("currency", "\"EUR\"");
        with("expiry", "{\"type\": \"months\", \"months\": 12, \"end\": \"month\"}");
        with("pendingDays", "0")
                .with("clawback", "\"debt\"")
                .with("graceDays", "0")
                .with("autoEnrol", "true");
        with("earned", "1").with("per", "\"1\"").with("redeemed", "100").with("value", "\"1\"");
        with("attributes", "[]").with("promotions", "[]").with("budgets", "[]");
        with("rewards", "[]").with("limits", "[]");
    }

    /** A document of the repository, as a sandbox whose clock begins then, and in force from then on. */
    public static String published(String name, String program, String begins) {
        try {
            ObjectNode document =
                    (ObjectNode) new ObjectMapper().readTree(Files.readString(Path.of("programs", name + ".json")));
            document.put("program", program).put("basedOn", 0).put("effectiveFrom", "now");
            document.putObject("sandbox").put("now", begins);
            return document.toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Makes it a sandbox, whose clock begins then ({@code now}, or an instant). */
    @CanIgnoreReturnValue
    public TestProgram sandbox(String begins) {
        return with("sandbox", "\"sandbox\": {\"now\": \"" + begins + "\"},");
    }

    public static TestProgram of(String id) {
        return new TestProgram(id);
    }

    /**
     * Sets what the document says.
     *
     * @param json the value as it stands there
     */
    @CanIgnoreReturnValue
    public TestProgram with(String field, String json) {
        fields.put(field, json);
        return this;
    }

    public TestProgram basedOn(int version) {
        return with("basedOn", Integer.toString(version));
    }

    public String document() {
        return """
                {
                  "format": "stampede.program/1",
                  "program": "%s",
                  "name": "%s",
                  "basedOn": {basedOn},
                  "effectiveFrom": {effectiveFrom},
                  {sandbox}
                  "reason": {reason},
                  "timeZone": {timeZone},
                  "currency": {currency},
                  "points": {
                    "names": {"one": "point", "other": "points"},
                    "expiry": {expiry},
                    "pendingDays": {pendingDays},
                    "clawback": {clawback},
                    "graceDays": {graceDays},
                    "autoEnrol": {autoEnrol},
                    "backdateDays": 31
                  },
                  "rounding": {"scope": "basket"},
                  "attributes": {attributes},
                  "measures": [],
                  "earn": [
                    {"id": "base", "rate": {"by": "amount", "points": {earned}, "per": {per}, "units": "exact"}}
                  ],
                  "redeem": {redeem},
                  "stacking": {"groups": []},
                  "budgets": {budgets},
                  "promotions": {promotions},
                  "rewards": {rewards},
                  "limits": {limits}
                }
                """.formatted(id, id).transform(text -> {
            String filled = text;
            for (var field : fields.entrySet()) {
                filled = filled.replace("{" + field.getKey() + "}", field.getValue());
            }
            return filled;
        });
    }

    /** In force since ever: nobody can publish such a version. */
    public void insert(Connection owner, int version) throws SQLException {
        try (var insert = owner.prepareStatement("INSERT INTO program_version"
                + " (program, version, document, effective_from, published_at)"
                + " VALUES (?, ?, ?, timestamptz '1970-01-01Z' + ? * interval '1 ms', clock_timestamp())"
                + " ON CONFLICT DO NOTHING")) {
            insert.setString(1, id);
            insert.setInt(2, version);
            insert.setString(3, document());
            insert.setInt(4, version);
            insert.executeUpdate();
        }
    }

    public void insert(String jdbcUrl) throws SQLException {
        try (Connection owner = DriverManager.getConnection(jdbcUrl)) {
            insert(owner, 1);
        }
    }
}
