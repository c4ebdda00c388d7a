package dev.stampede.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "events", description = "What happens, as it happens.")
final class EventsCommands {
    @Command(name = "tail", description = "The balance of an account at each change, until it is interrupted.")
    int tail(
            @Mixin Session session,
            @Parameters(index = "0", paramLabel = "ACCOUNT", description = "The account's id") String account,
            @Option(names = "--count", paramLabel = "N", description = "Ends after so many") @Nullable Long count) {
        AccountEvents events = new AccountEvents(session, account, event -> tell(session.out(), event));
        return events.follow(count == null ? Long.MAX_VALUE : count);
    }

    static void tell(Output out, JsonNode event) {
        if (out.isJson()) {
            out.object(event);
            return;
        }
        out.line(String.format(
                Locale.ROOT,
                "%s  version %d  available %d  pending %d  held %d  debt %d",
                event.path("asOf").asText(),
                event.path("version").asLong(),
                event.path("available").asLong(),
                event.path("pending").asLong(),
                event.path("held").asLong(),
                event.path("debt").asLong()));
    }
}
