package dev.stampede.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "code", description = "Codes of rewards that were paid for.")
final class CodeCommands {
    private static final String[] FIELDS = {
        "code", "state", "reward", "account", "operation", "createdAt", "expiresAt", "usedAt", "store", "reference"
    };

    @Command(name = "check", description = "What a code is for. Exits with 1 unless it can be used.")
    int check(
            @Mixin Session session,
            @Parameters(index = "0", paramLabel = "CODE", description = "As it was typed") String code) {
        JsonNode found = session.get(session.ofProgram("codes", code));
        session.out().object(found, FIELDS);
        return found.path("state").asText().equals("valid") ? Exit.YES : Exit.NO;
    }

    @Command(name = "use", description = "Gives its reward out, once.")
    int use(
            @Mixin Session session,
            @Parameters(index = "0", paramLabel = "CODE", description = "As it was typed") String code,
            @Option(names = "--store", paramLabel = "TEXT", description = "Where") @Nullable String store,
            @Option(names = "--reference", paramLabel = "TEXT", description = "A reference of the caller's own")
                    @Nullable
                    String reference,
            @Option(
                            names = "--idempotency-key",
                            paramLabel = "KEY",
                            description = "The Idempotency-Key; without it a new one, which is told")
                    @Nullable
                    String key) {
        ObjectNode body = Session.body();
        PointsCommands.put(body, "store", store);
        PointsCommands.put(body, "reference", reference);
        session.out().object(session.once(session.ofProgram("codes", code, "use"), body, key), FIELDS);
        return Exit.YES;
    }
}
