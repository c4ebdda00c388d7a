package dev.stampede.start;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stampede.access.KeyText;
import dev.stampede.access.Scope;
import dev.stampede.cli.Exit;
import dev.stampede.cli.Failure;
import dev.stampede.cli.OutputOptions;
import dev.stampede.cli.Session;
import dev.stampede.embedded.EmbeddedServers;
import dev.stampede.embedded.StartupTrouble;
import io.smallrye.config.SmallRyeConfig;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The keys of a program by its gateway; and those that a gateway begins with, which are made in the ledger. */
@Command(name = "key", description = "API keys.")
final class KeyCommands {
    private static final String CREATE = "SELECT create_key(?, ?, ?, 'key', ?, NULL, ?, NULL, 'command', NULL)";
    private static final String ALL = "*";
    private static final String ID = "[A-Za-z0-9._-]{1,64}";
    private static final int MOST_KEYS = 10_000;

    private final Supplier<SmallRyeConfig> config;

    KeyCommands(Supplier<SmallRyeConfig> config) {
        this.config = config;
    }

    @Command(name = "list", description = "The keys of a program, the newest first, without their secrets.")
    int list(
            @Mixin Session session,
            @Option(names = "--location", paramLabel = "TEXT", description = "Only those of it") @Nullable
                    String location) {
        session.out()
                .table(
                        session.pages(Session.query(session.ofProgram("keys"), "location", location), MOST_KEYS),
                        "key=id",
                        "kind",
                        "name",
                        "scopes",
                        "location",
                        "state",
                        "createdAt",
                        "expiresAt",
                        "lastUsedOn");
        return Exit.YES;
    }

    @Command(
            name = "create",
            description = "Makes a key, which is printed this once. With --ledger, or for all programs (--program '*'),"
                    + " it is written into the ledger itself, as the gateway's settings name it: so the first key is"
                    + " made.")
    int create(
            @Mixin Session session,
            @Option(
                            names = "--scope",
                            paramLabel = "SCOPE",
                            split = ",",
                            required = true,
                            description = "What it may do: some of read, earn, redeem, hold, reverse, adjust, program,"
                                    + " keys")
                    List<String> scopes,
            @Option(names = "--name", paramLabel = "TEXT", defaultValue = "command", description = "For people")
                    String name,
            @Option(names = "--location", paramLabel = "TEXT", description = "Where it is used") @Nullable
                    String location,
            @Option(names = "--per-second", paramLabel = "N", description = "The most calls per second") @Nullable
                    Long perSecond,
            @Option(names = "--burst", paramLabel = "N", description = "The most calls at once") @Nullable Long burst,
            @Option(names = "--expires-at", paramLabel = "TIME", description = "When it ends by itself") @Nullable
                    String expiresAt,
            @Option(names = "--ledger", description = "Without a gateway") boolean ledger) {
        String program = session.programIfSaid();
        if (ledger || ALL.equals(program)) {
            if (location != null || perSecond != null || burst != null || expiresAt != null || session.isCurl()) {
                throw new Failure(
                        Exit.UNCLEAR,
                        "A key that is made in the ledger has a name and scopes only, and takes no call.");
            }
            session.out().line(inLedger(program, scopes, name));
            return Exit.YES;
        }
        ObjectNode body = Session.body().put("name", name);
        ArrayNode array = body.putArray("scopes");
        scopes.forEach(array::add);
        if (location != null) {
            body.put("location", location);
        }
        if (perSecond != null) {
            body.put("perSecond", perSecond);
        }
        if (burst != null) {
            body.put("burst", burst);
        }
        if (expiresAt != null) {
            body.put("expiresAt", expiresAt);
        }
        return told(session, session.send("POST", session.ofProgram("keys"), body));
    }

    @Command(name = "generate", description = "Prints a key that nobody has stored, for STAMPEDE_BOOTSTRAP_KEY.")
    int generate(@Mixin OutputOptions output) {
        output.out().line(fresh().text());
        return Exit.YES;
    }

    @Command(name = "rotate", description = "Gives a key another secret, which is printed this once.")
    int rotate(
            @Mixin Session session,
            @Parameters(index = "0", paramLabel = "KEY", description = "Its id") String id,
            @Option(
                            names = "--overlap",
                            paramLabel = "SECONDS",
                            defaultValue = "604800",
                            description = "For how long the present secret stays valid; without it a week")
                    long overlapSeconds) {
        ObjectNode body = Session.body().put("overlapSeconds", overlapSeconds);
        return told(session, session.send("POST", session.ofProgram("keys", id, "rotate"), body));
    }

    @Command(name = "revoke", description = "Ends a key: it can call no more a few seconds later.")
    int revoke(
            @Mixin Session session,
            @Parameters(index = "0", paramLabel = "KEY", description = "Its id") String id,
            @Option(names = "--previous", description = "Only the secret before the present one") boolean previous) {
        session.delete(previous ? session.ofProgram("keys", id, "previous") : session.ofProgram("keys", id));
        session.out().text("Revoked.");
        return Exit.YES;
    }

    @Command(
            name = "member-token",
            description = "Prints a member's token for twelve hours, of a gateway that is only tried out: it takes the"
                    + " place of an identity provider. The data directory must be the gateway's.")
    int memberToken(
            @Mixin OutputOptions output,
            @Parameters(index = "0", paramLabel = "ACCOUNT", description = "The member's account") String account,
            @Option(names = "--redeem", description = "The member may pay with it") boolean redeem,
            @Option(
                            names = "--link",
                            paramLabel = "PROGRAM",
                            description = "The address of the member's page in this program, with the token")
                    @Nullable
                    String link) {
        if (!account.matches(ID) || (link != null && !link.matches(ID))) {
            throw new Failure(Exit.UNCLEAR, "An id has 1 to 64 characters of A-Z a-z 0-9 . _ -");
        }
        SmallRyeConfig settings = config.get();
        try {
            String token = DemoIssuer.token(settings, account, redeem);
            String port =
                    settings.getOptionalValue("quarkus.http.port", String.class).orElse("8080");
            output.out()
                    .line(
                            link == null
                                    ? token
                                    : "http://localhost:" + port + "/me#program=" + link + "&token=" + token);
            return Exit.YES;
        } catch (StartupTrouble trouble) {
            throw new Failure(Exit.UNCLEAR, "No token was made: " + trouble.getMessage());
        }
    }

    /** The secret alone goes where it can be stored. */
    private static int told(Session session, JsonNode key) {
        if (session.isJson()) {
            session.out().object(key);
        } else {
            session.err().println("The key " + key.path("id").asText() + ". It is told only this once:");
            session.err().flush();
            session.out().line(key.path("key").asText());
        }
        return Exit.YES;
    }

    private static KeyText fresh() {
        return KeyText.fresh(false, new SecureRandom());
    }

    private String inLedger(@Nullable String program, List<String> scopes, String name) {
        String flaw = flaw(program, scopes, name);
        if (flaw != null) {
            throw new Failure(Exit.UNCLEAR, "No key was made: " + flaw);
        }
        try {
            return created(config.get(), ALL.equals(program) ? null : program, scopes, name);
        } catch (StartupTrouble | SQLException trouble) {
            throw new Failure(Exit.UNCLEAR, "No key was made: " + trouble.getMessage());
        }
    }

    /** What is wrong with a key; null if nothing is. */
    static @Nullable String flaw(@Nullable String program, List<String> scopes, String name) {
        if (program == null || !(program.equals(ALL) || program.matches(ID))) {
            return "--program must be the id of a program, or '*' for all";
        } else if (!scopes.stream().allMatch(scope -> Scope.of(scope).isPresent())) {
            return "--scope must be some of " + String.join(",", Scope.codes(Scope.ALL));
        } else if (name.isBlank() || name.length() > 100) {
            return "--name must have 1 to 100 characters";
        }
        return null;
    }

    private static String created(SmallRyeConfig config, @Nullable String program, List<String> scopes, String name)
            throws SQLException {
        KeyText key = fresh();
        try (EmbeddedServers servers = EmbeddedServers.postgresToRead(config);
                Connection connection = VerifyCommand.connect(config, servers, "stampede key");
                PreparedStatement create = connection.prepareStatement(CREATE)) {
            create.setString(1, key.id());
            create.setString(2, program);
            create.setString(3, name);
            create.setArray(
                    4,
                    connection.createArrayOf(
                            "text", Scope.codes(Scope.bits(scopes)).toArray()));
            create.setBytes(5, key.hash());
            create.execute();
        }
        return key.text();
    }
}
