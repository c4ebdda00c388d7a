package dev.stampede.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "till", description = "Tills, which have a key each.")
final class TillCommands {
    private static final int MOST_KEYS = 10_000;

    @Command(name = "pair", description = "A code to type at a till, which gets its key with it.")
    int pair(
            @Mixin Session session,
            @Option(names = "--location", paramLabel = "TEXT", required = true, description = "Where it stands")
                    String location,
            @Option(names = "--name", paramLabel = "TEXT", required = true, description = "For people") String name,
            @Option(
                            names = "--scope",
                            paramLabel = "SCOPE",
                            split = ",",
                            required = true,
                            description = "What it may do, such as earn,redeem,hold")
                    List<String> scopes) {
        ObjectNode body = Session.body().put("location", location).put("name", name);
        ArrayNode array = body.putArray("scopes");
        scopes.forEach(array::add);
        session.out().object(session.send("POST", session.ofProgram("pairings"), body), "code", "expiresAt", "pairing");
        return Exit.YES;
    }

    @Command(name = "list", description = "The keys of tills, the newest first.")
    int list(
            @Mixin Session session,
            @Option(names = "--location", paramLabel = "TEXT", description = "Only those there") @Nullable
                    String location) {
        List<JsonNode> tills =
                session.pages(Session.query(session.ofProgram("keys"), "location", location), MOST_KEYS).stream()
                        .filter(key -> key.path("kind").asText().equals("till"))
                        .toList();
        session.out().table(tills, "till=id", "location", "name", "scopes", "state", "createdAt", "lastUsedOn");
        return Exit.YES;
    }

    @Command(name = "revoke", description = "Ends a till's key: it can call no more a few seconds later.")
    int revoke(
            @Mixin Session session,
            @Parameters(index = "0", paramLabel = "TILL", description = "The id of its key") String till) {
        session.delete(session.ofProgram("keys", till));
        session.out().text("Revoked.");
        return Exit.YES;
    }
}
