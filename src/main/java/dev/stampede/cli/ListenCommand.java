package dev.stampede.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "listen",
        description = "Sends the balance of an account at each change to a URL, as a POST, for trying out what receives"
                + " it. They are not signed, and each is sent once: the next one has the whole balance, too.")
final class ListenCommand implements Callable<Integer> {
    private static final Duration LONGEST = Duration.ofSeconds(10);

    @Mixin
    @SuppressWarnings("NullAway.Init") // the library fills it
    private Session session;

    @Parameters(index = "0", paramLabel = "ACCOUNT", description = "The account's id")
    private String account = "";

    @Option(
            names = "--forward-to",
            paramLabel = "URL",
            required = true,
            description = "Such as http://localhost:3000/hooks")
    private String url = "";

    @Option(names = "--count", paramLabel = "N", description = "Ends after so many")
    private @Nullable Long count;

    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(LONGEST).build();

    @Override
    public Integer call() {
        URI to = target();
        return new AccountEvents(session, account, event -> forward(to, event))
                .follow(count == null ? Long.MAX_VALUE : count);
    }

    private URI target() {
        try {
            URI to = URI.create(url);
            if (to.getHost() != null && ("http".equals(to.getScheme()) || "https".equals(to.getScheme()))) {
                return to;
            }
        } catch (IllegalArgumentException e) {
            // told below
        }
        throw new Failure(Exit.UNCLEAR, "--forward-to looks like http://localhost:3000/hooks.");
    }

    private void forward(URI to, JsonNode event) {
        EventsCommands.tell(session.out(), event);
        HttpRequest request = HttpRequest.newBuilder(to)
                .timeout(LONGEST)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(event.toString()))
                .build();
        try {
            int status =
                    http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
            session.err().println("POST " + to + " -> " + status);
        } catch (IOException e) {
            session.err().println("POST " + to + " -> " + e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failure(Exit.UNCLEAR, "Interrupted.");
        }
    }
}
