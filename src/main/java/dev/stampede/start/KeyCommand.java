package dev.stampede.start;

import dev.stampede.access.KeyText;
import dev.stampede.access.Scope;
import dev.stampede.embedded.EmbeddedServers;
import dev.stampede.embedded.StartupTrouble;
import io.smallrye.config.SmallRyeConfig;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * {@code java -jar quarkus-run.jar key create --program '*' --scope keys,program}: makes a key in the ledger that the
 * gateway would use, or is using, and prints it, this once. {@code key generate} prints a key that nobody has stored,
 * for {@code STAMPEDE_BOOTSTRAP_KEY}. Exits with 0 if that was done, otherwise with 2.
 */
final class KeyCommand {
    static final String NAME = "key";
    static final String USAGE = "key create --program ID|'*' --scope SCOPE,... [--name TEXT], key generate";

    private static final String CREATE = "SELECT create_key(?, ?, ?, 'key', ?, NULL, ?, NULL, 'command', NULL)";
    private static final String ALL = "*";
    private static final String ID = "[A-Za-z0-9._-]{1,64}";
    private static final List<String> OPTIONS = List.of("--program", "--scope", "--name");

    private static final int DONE = 0;
    private static final int FAILED = 2;

    private KeyCommand() {}

    static int run(List<String> words, SmallRyeConfig config) {
        if (words.equals(List.of("generate"))) {
            System.out.println(fresh().text());
            return DONE;
        }
        try {
            if (words.isEmpty() || !words.get(0).equals("create")) {
                throw new StartupTrouble("the commands are " + USAGE);
            }
            Map<String, String> options = options(words.subList(1, words.size()));
            System.out.println(create(config, options));
            return DONE;
        } catch (StartupTrouble | SQLException trouble) {
            System.err.println("No key was made: " + trouble.getMessage());
            return FAILED;
        }
    }

    private static KeyText fresh() {
        return KeyText.fresh(false, new SecureRandom());
    }

    /** @throws StartupTrouble unless each option has a value, and those that are needed are there */
    static Map<String, String> options(List<String> words) {
        Map<String, String> options = new HashMap<>(Map.of("--name", "command"));
        for (int i = 0; i < words.size(); i += 2) {
            if (!OPTIONS.contains(words.get(i)) || i + 1 == words.size()) {
                throw new StartupTrouble("\"" + words.get(i) + "\" is no option with a value; the command is " + USAGE);
            }
            options.put(words.get(i), words.get(i + 1));
        }
        String program = options.get("--program");
        if (program == null || !(program.equals(ALL) || program.matches(ID))) {
            throw new StartupTrouble("--program must be the id of a program, or '*' for all");
        }
        for (String scope : options.getOrDefault("--scope", "").split(",", -1)) {
            if (Scope.of(scope).isEmpty()) {
                throw new StartupTrouble("--scope must be some of " + String.join(",", Scope.codes(Scope.ALL)));
            }
        }
        String name = options.get("--name");
        if (name == null || name.isBlank() || name.length() > 100) {
            throw new StartupTrouble("--name must have 1 to 100 characters");
        }
        return options;
    }

    private static String create(SmallRyeConfig config, Map<String, String> options) throws SQLException {
        KeyText key = fresh();
        String program = options.get("--program");
        List<String> scopes = Scope.codes(
                Scope.bits(List.of(options.getOrDefault("--scope", "").split(",", -1))));
        try (EmbeddedServers servers = EmbeddedServers.postgresToRead(config);
                Connection connection = VerifyCommand.connect(config, servers, "stampede key");
                PreparedStatement create = connection.prepareStatement(CREATE)) {
            create.setString(1, key.id());
            create.setString(2, ofOne(program));
            create.setString(3, options.get("--name"));
            create.setArray(4, connection.createArrayOf("text", scopes.toArray()));
            create.setBytes(5, key.hash());
            create.execute();
        }
        return key.text();
    }

    private static @Nullable String ofOne(@Nullable String program) {
        return ALL.equals(program) ? null : program;
    }
}
