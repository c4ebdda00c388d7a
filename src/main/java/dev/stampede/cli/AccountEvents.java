package dev.stampede.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The events of an account's stream, which is opened again whenever it ends or says nothing. */
final class AccountEvents {
    private static final Duration PAUSE = Duration.ofSeconds(1);
    /** A gateway sends a comment more often than that. */
    private static final Duration SILENCE = Duration.ofSeconds(60);

    private final Session session;
    private final String path;
    private final Consumer<JsonNode> hears;
    private long left;
    private @Nullable String last;

    AccountEvents(Session session, String account, Consumer<JsonNode> hears) {
        this.session = session;
        this.path = session.ofProgram("accounts", account, "events");
        this.hears = hears;
    }

    /**
     * Hears so many.
     *
     * @return an exit code
     */
    int follow(long count) {
        session.show(Call.get(path));
        left = count;
        long heard = System.nanoTime();
        while (left > 0) {
            long before = left;
            String trouble = read();
            if (left < before) {
                heard = System.nanoTime();
            }
            if (left > 0) {
                if (System.nanoTime() - heard > session.patience().toNanos() && trouble != null) {
                    throw new Failure(Exit.UNCLEAR, "The stream has ended: " + trouble);
                }
                boolean unused = Client.later(PAUSE).join();
            }
        }
        return Exit.YES;
    }

    /** @return why it has ended; null if the gateway has ended it, as it does from time to time */
    private @Nullable String read() {
        CompletableFuture<Boolean> silence = new CompletableFuture<>();
        try (InputStream stream = session.client().stream(path, last);
                BufferedReader lines = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
            silence = silence(stream);
            String line;
            while (left > 0 && (line = lines.readLine()) != null) {
                boolean unused = silence.cancel(false);
                if (line.startsWith("id:")) {
                    last = line.substring(3).strip();
                } else if (line.startsWith("data:")) {
                    hears.accept(Session.JSON.readTree(line.substring(5)));
                    left--;
                }
                silence = silence(stream);
            }
            return null;
        } catch (IOException e) {
            return silence.isDone() && !silence.isCancelled()
                    ? "It has said nothing for " + SILENCE.toSeconds() + " s."
                    : String.valueOf(e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failure(Exit.UNCLEAR, "Interrupted.");
        } finally {
            boolean unused = silence.cancel(false);
        }
    }

    /** Closes the stream after some time, which ends the read of a line. */
    private static CompletableFuture<Boolean> silence(InputStream stream) {
        CompletableFuture<Boolean> silence = Client.later(SILENCE);
        CompletableFuture<Void> unused = silence.thenRun(() -> {
            try {
                stream.close();
            } catch (IOException e) {
                // it is closed, as it should be
            }
        });
        return silence;
    }
}
