package dev.stampede.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The logins of the embedded Postgres. The file with the passwords has the format of {@code psql} ({@code PGPASSFILE}),
 * and is readable only by the gateway's user.
 *
 * @param superuser for the whole set-up, and for administrators
 * @param owner owns the schema, and is not a superuser: for migrations
 * @param gateway is a member of {@code stampede_gateway} and nothing else: it reads, and calls the sealing function
 */
record PostgresLogins(Login superuser, Login owner, Login gateway) {

    static final String SUPERUSER = "postgres";
    static final String OWNER = "stampede_owner";
    static final String GATEWAY = "stampede_login";

    /** @param password in hex, which needs no quoting anywhere */
    public record Login(String user, String password) {

        private static Login fresh(String user) {
            return new Login(user, DataDirectory.newPassword());
        }

        private String line() {
            return "*:*:*:" + user + ":" + password + "\n";
        }

        @Override
        public String toString() {
            return user;
        }
    }

    static PostgresLogins fresh() {
        return new PostgresLogins(Login.fresh(SUPERUSER), Login.fresh(OWNER), Login.fresh(GATEWAY));
    }

    static Path file(Path dataDirectory) {
        return dataDirectory.resolve("pgpass");
    }

    void write(Path dataDirectory) throws IOException {
        DataDirectory.write(file(dataDirectory), superuser.line() + owner.line() + gateway.line());
    }

    /** Empty if there is no file yet. */
    static Optional<PostgresLogins> read(Path dataDirectory) {
        Path file = file(dataDirectory);
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        Map<String, Login> logins = new HashMap<>();
        try {
            for (String line : Files.readAllLines(file)) {
                List<String> words = List.of(line.split(":"));
                if (words.size() == 5) {
                    logins.put(words.get(3), new Login(words.get(3), words.get(4)));
                }
            }
        } catch (IOException e) {
            throw new StartupTrouble(
                    "the passwords of the embedded Postgres in " + file
                            + " cannot be read: start as the user who owns it",
                    e);
        }
        Login superuser = logins.get(SUPERUSER);
        Login owner = logins.get(OWNER);
        Login gateway = logins.get(GATEWAY);
        if (superuser == null || owner == null || gateway == null) {
            throw new StartupTrouble(file + " lacks the passwords of " + SUPERUSER + ", " + OWNER + " and " + GATEWAY
                    + ": delete it while the gateway is stopped, and the next start creates new ones");
        }
        return Optional.of(new PostgresLogins(superuser, owner, gateway));
    }
}
