package dev.stampede.cli;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "events", description = "What happens, as it happens.")
final class EventsCommands {
    private static final Duration PAUSE = Duration.ofMillis(1000);

    @Command(name = "tail", description = "The balance of an account at each change, until it is interrupted.")
    int tail(
            @Mixin Session session,
            @Parameters(index = "0", paramLabel = "ACCOUNT", description = "The account's id") String account,
            @Option(names = "--count", paramLabel = "N", description = "Ends after so many") @Nullable Long count) {
        String path = session.ofProgram("accounts", account, "events");
        session.show(Call.get(path));
        Tail tail = new Tail(session, count == null ? Long.MAX_VALUE : count);
        long heard = System.nanoTime();
        while (tail.left > 0) {
            long before = tail.left;
            String trouble = tail.read(path);
            if (tail.left < before) {
                heard = System.nanoTime();
            }
            if (tail.left > 0) {
                if (System.nanoTime() - heard > session.patience().toNanos() && trouble != null) {
                    throw new Failure(Exit.UNCLEAR, "The stream has ended: " + trouble);
                }
                boolean unused = Client.later(PAUSE).join();
            }
        }
        return Exit.YES;
    }

    private static final class Tail {
        private final Session session;
        private long left;
        private @Nullable String last;

        Tail(Session session, long count) {
            this.session = session;
            this.left = count;
        }

        /** @return why it has ended; null if the gateway has ended it, as it does from time to time */
        @Nullable
        String read(String path) {
            try (BufferedReader lines = new BufferedReader(
                    new InputStreamReader(session.client().stream(path, last), StandardCharsets.UTF_8))) {
                String line;
                while (left > 0 && (line = lines.readLine()) != null) {
                    if (line.startsWith("id:")) {
                        last = line.substring(3).strip();
                    } else if (line.startsWith("data:")) {
                        tell(line.substring(5));
                        left--;
                    }
                }
                return null;
            } catch (IOException e) {
                return String.valueOf(e.getMessage());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new Failure(Exit.UNCLEAR, "Interrupted.");
            }
        }

        private void tell(String data) throws JacksonException {
            JsonNode event = Session.JSON.readTree(data);
            Output out = session.out();
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
}
