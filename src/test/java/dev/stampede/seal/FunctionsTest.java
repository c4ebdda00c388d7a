package dev.stampede.seal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.stampede.support.Backends;
import dev.stampede.support.TestGateway;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Migrations make the database's functions, and {@code db/functions} shows what has become of them: one file a
 * function, as it is in a migrated database. A function that is changed by a migration is changed in its file, too.
 */
@Tag("servers")
class FunctionsTest {
    private static final Path FUNCTIONS = Path.of("src/main/resources/db/functions");
    private static final Pattern CREATES = Pattern.compile("(?m)^CREATE OR REPLACE FUNCTION ([a-z0-9_]+)\\(");

    /**
     * Functions that this release does not call, and which one does: they go when it can't run beside this one any
     * more.
     */
    private static final Map<String, String> SUPERSEDED = Map.ofEntries(
            Map.entry("seal", "the release whose newest migration is V004"),
            Map.entry("find", "the release whose newest migration is V004"),
            Map.entry("load", "the release whose newest migration is V004"),
            Map.entry("seal_2", "the release whose newest migration is V006"),
            Map.entry("find_2", "the release whose newest migration is V006"),
            Map.entry("state_of", "the release whose newest migration is V006"),
            Map.entry("seal_3", "the release whose newest migration is V008"),
            Map.entry("publish_program_2", "the release whose newest migration is V008"),
            Map.entry("revoke_key", "the release whose newest migration is V017"),
            Map.entry("publish_program_3", "the release whose newest migration is V009"),
            Map.entry("set_program_clock", "the release whose newest migration is V009"),
            Map.entry("publish_program", "the release whose newest migration is V006"));

    private Connection connection;
    private Statement sql;

    @BeforeEach
    void migrate() throws SQLException {
        String url = Backends.shared().freshDatabase("functions");
        TestGateway.migrate(url);
        connection = DriverManager.getConnection(url);
        sql = connection.createStatement();
    }

    @AfterEach
    void close() throws SQLException {
        connection.close();
    }

    private static List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(FUNCTIONS)) {
            return files.sorted().toList();
        }
    }

    private static String name(Path file) {
        return file.getFileName().toString().replace(".sql", "");
    }

    /** Each function's name and parameters, and how Postgres would write its definition. */
    private Map<String, String> definitions() throws SQLException {
        Map<String, String> definitions = new TreeMap<>();
        try (var rows = sql.executeQuery("SELECT oid::regprocedure, pg_get_functiondef(oid) FROM pg_proc"
                + " WHERE pronamespace = 'public'::regnamespace")) {
            while (rows.next()) {
                definitions.put(rows.getString(1), rows.getString(2));
            }
        }
        return definitions;
    }

    @Test
    void eachFunctionHasAFile() throws Exception {
        Set<String> there = new TreeSet<>(SUPERSEDED.keySet());
        for (Path file : files()) {
            there.add(name(file));
        }
        Set<String> functions = new TreeSet<>();
        for (String function : definitions().keySet()) {
            functions.add(function.substring(0, function.indexOf('(')));
        }
        assertEquals(functions, there);
    }

    /** Postgres says how it reads a file. */
    @Test
    void aFileIsWhatTheMigrationsMade() throws Exception {
        for (Path file : files()) {
            String text = Files.readString(file);
            assertEquals(
                    List.of(name(file)),
                    CREATES.matcher(text)
                            .results()
                            .map((MatchResult found) -> found.group(1))
                            .toList());
            Map<String, String> before = definitions();
            sql.execute(text.replace("${flyway:defaultSchema}", "public"));
            assertEquals(before, definitions(), file::toString);
        }
    }
}
