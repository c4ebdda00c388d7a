package dev.stampede.ceiling;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The embedded servers of a gateway, in its data directory.
 *
 * @param software their names and versions
 */
record Servers(Programs programs, Path data, int postgres, int redis, String software) {
    /** Of the gateway. */
    static final String DATABASE = "stampede";

    /** Of the endpoint with one transaction per request, and of pgbench. */
    static final String ONE_TRANSACTION_DATABASE = "one_transaction";

    /** As the gateway's log has them. */
    static Servers of(Programs programs, Path data, String log) throws IOException {
        return new Servers(
                programs,
                data.toRealPath(),
                Integer.parseInt(Text.found(log, "Postgres \\S+ \\(embedded\\) at \\S+:(\\d+)")),
                Integer.parseInt(Text.found(log, "Redis \\S+ \\(embedded\\) at \\S+:(\\d+)")),
                "Postgres " + Text.found(log, "Postgres (\\S+) \\(embedded\\)") + ", Redis "
                        + Text.found(log, "Redis (\\S+) \\(embedded\\)"));
    }

    /** What psql and pgbench need to log in. */
    Map<String, String> login() {
        return Map.of("PGPASSFILE", passwords().toString());
    }

    /** In the format of PGPASSFILE; not there if the Postgres of this build needs none. */
    private Path passwords() {
        return data.resolve("pgpass");
    }

    /** Of the user postgres; empty if there is none. */
    String postgresPassword() throws IOException {
        if (!Files.exists(passwords())) {
            return "";
        }
        return Files.readAllLines(passwords()).stream()
                .map(line -> line.split(":", -1))
                .filter(words -> words.length == 5 && words[3].equals("postgres"))
                .map(words -> words[4])
                .findFirst()
                .orElse("");
    }

    String postgresUrl(String database) {
        return "postgresql://127.0.0.1:" + postgres + "/" + database;
    }

    /** Of the user who may do everything; empty if there is none. */
    String redisPassword() throws IOException {
        Path file = data.resolve("redis.password");
        return Files.exists(file) ? Files.readString(file).strip() : "";
    }

    String redisUrl() throws IOException {
        String password = redisPassword();
        return "redis://" + (password.isEmpty() ? "" : "default:" + password + "@") + "127.0.0.1:" + redis;
    }

    List<String> psql(String database, String... options) {
        List<String> command = new ArrayList<>(List.of(
                "psql",
                "--no-psqlrc",
                "--quiet",
                "--host=127.0.0.1",
                "--port=" + postgres,
                "--username=postgres",
                "--dbname=" + database));
        command.addAll(List.of(options));
        return command;
    }

    String query(String database, String sql) throws Exception {
        List<String> command = psql(database, "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1", "--file=-");
        return String.join("\n", programs.output(login(), sql, command)).strip();
    }

    void execute(String database, String sql) throws Exception {
        String unused = query(database, sql);
    }

    /** How many operations all accounts have had. */
    long operations(String database) throws Exception {
        return Long.parseLong(query(database, "SELECT coalesce(sum(version), 0) FROM account"));
    }
}
