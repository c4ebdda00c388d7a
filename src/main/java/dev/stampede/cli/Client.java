package dev.stampede.cli;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.stampede.cli.Attempt.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Sends calls to a gateway. What may be repeated is repeated, with the same key, for a limited time. */
final class Client {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration LONGEST_ATTEMPT = Duration.ofSeconds(15);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(200);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .build();
    private final String url;
    private final @Nullable String key;
    private final Duration patience;

    /**
     * @param url of the gateway, without a slash at its end
     * @param key of the API; null if there is none
     * @param patience for how long a call is repeated
     */
    Client(String url, @Nullable String key, Duration patience) {
        this.url = url;
        this.key = key;
        this.patience = patience;
    }

    /**
     * Sends a call until it is answered.
     *
     * @throws Failure if the answer is a no, or if there is none in time
     */
    Attempt send(Call call) {
        long end = System.nanoTime() + patience.toNanos();
        boolean unknown = false;
        Duration pause = FIRST_PAUSE;
        CompletableFuture<Attempt> sent = once(call);
        while (true) {
            Attempt attempt = awaited(call, sent, unknown);
            switch (attempt.kind()) {
                case DONE -> {
                    return attempt;
                }
                case REFUSED -> {
                    if (unknown && !attempt.isRecorded()) {
                        throw unknown(call, attempt);
                    }
                    throw refused(attempt);
                }
                case LOST -> unknown |= !call.changesNothing();
                case BUSY, UNREACHABLE -> {} // whether an attempt before was done is as it was
            }
            Duration asked = attempt.retryAfter();
            if (asked != null && asked.compareTo(pause) > 0) {
                pause = asked;
            }
            boolean again =
                    attempt.kind() == Kind.BUSY || call.isRepeatable() && (unknown || attempt.kind() == Kind.LOST);
            if (!again || System.nanoTime() + pause.toNanos() > end) {
                throw unknown ? unknown(call, attempt) : notDone(call, attempt);
            }
            sent = later(pause).thenCompose(now -> once(call));
            pause = pause.compareTo(LONGEST_PAUSE) < 0 ? pause.multipliedBy(2) : LONGEST_PAUSE;
        }
    }

    /** Sends a call once. The future never fails. */
    CompletableFuture<Attempt> once(Call call) {
        Duration longest = patience.compareTo(LONGEST_ATTEMPT) < 0 ? patience : LONGEST_ATTEMPT;
        HttpRequest request = request(call).timeout(longest).build();
        return http.sendAsync(request, HttpResponse.BodyHandlers.ofByteArray())
                .orTimeout(longest.toMillis() + 500, TimeUnit.MILLISECONDS) // the request's ends with the head
                .handle((response, error) -> error == null ? attempt(response) : attempt(error));
    }

    /**
     * Opens a stream of events.
     *
     * @param last the id of the last event that was read; null before the first
     * @throws Failure if the answer is a no
     */
    InputStream stream(String path, @Nullable String last) throws IOException, InterruptedException {
        HttpRequest.Builder request = request(Call.get(path))
                .setHeader("Accept", "text/event-stream")
                .timeout(LONGEST_ATTEMPT); // of the head
        if (last != null) {
            request.header("Last-Event-ID", last);
        }
        HttpResponse<InputStream> response = http.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
        String type = response.headers().firstValue("Content-Type").orElse("");
        if (response.statusCode() == 200 && type.startsWith("text/event-stream")) {
            return response.body();
        }
        try (InputStream body = response.body()) {
            Attempt attempt = attempt(response, body.readAllBytes());
            if (attempt.kind() == Kind.REFUSED) {
                throw refused(attempt);
            }
            throw new IOException(attempt.why());
        }
    }

    private HttpRequest.Builder request(Call call) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url + call.path()))
                .method(
                        call.method(),
                        call.body() == null
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofString(call.body()))
                .header("Accept", "application/json");
        if (key != null) {
            request.header("Authorization", "Bearer " + key);
        }
        if (call.key() != null) {
            request.header("Idempotency-Key", call.key());
        }
        if (call.body() != null) {
            request.header("Content-Type", "application/json");
        }
        return request;
    }

    private static Attempt attempt(HttpResponse<byte[]> response) {
        return attempt(response, response.body());
    }

    private static Attempt attempt(HttpResponse<?> response, byte[] content) {
        int status = response.statusCode();
        JsonNode body = read(content);
        boolean replayed =
                response.headers().firstValue("Idempotency-Replayed").orElse("").equals("true");
        if (status == 204 || status / 100 == 2 && body.isObject()) {
            return new Attempt(Kind.DONE, status, body, replayed, null, null);
        } else if (status / 100 == 2) { // as the page of a proxy that wants a login
            return new Attempt(Kind.LOST, status, body, replayed, null, "The answer is not that of a gateway.");
        }
        boolean isProblem = body.path("code").isTextual();
        Kind kind = Kind.REFUSED;
        if (status >= 500 && (!isProblem || !isUndone(body))) {
            kind = Kind.LOST;
        } else if (body.path("retryable").asBoolean()) {
            kind = Kind.BUSY;
        }
        Duration retryAfter = response.headers()
                .firstValue("Retry-After")
                .filter(text -> text.matches("[0-9]{1,5}"))
                .map(text -> Duration.ofSeconds(Long.parseLong(text)))
                .orElse(null);
        String why = isProblem ? told(body) : "The answer has the status " + status + ".";
        return new Attempt(kind, status, body, replayed, retryAfter, why);
    }

    private static boolean isUndone(JsonNode problem) {
        String code = problem.path("code").asText();
        return code.equals("unavailable") || code.equals("overloaded");
    }

    private static Attempt attempt(Throwable error) {
        Throwable cause = error instanceof CompletionException && error.getCause() != null ? error.getCause() : error;
        boolean isUnsent = cause instanceof ConnectException
                || cause instanceof HttpConnectTimeoutException
                || cause instanceof UnresolvedAddressException;
        String said = cause.getMessage() == null ? "" : ": " + cause.getMessage();
        return new Attempt(
                isUnsent ? Kind.UNREACHABLE : Kind.LOST,
                0,
                MissingNode.getInstance(),
                false,
                null,
                isUnsent
                        ? "It cannot be reached" + said + "."
                        : "It has not answered (" + cause.getClass().getSimpleName() + said + ").");
    }

    private static JsonNode read(byte[] content) {
        try {
            return JSON.readTree(content);
        } catch (JacksonException e) {
            return MissingNode.getInstance();
        } catch (IOException e) {
            throw new AssertionError(e); // from memory
        }
    }

    private Attempt awaited(Call call, CompletableFuture<Attempt> sent, boolean unknown) {
        try {
            return sent.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw unknown || !call.changesNothing()
                    ? new Failure(Exit.UNKNOWN, "Interrupted. " + inDoubt(call))
                    : new Failure(Exit.UNCLEAR, "Interrupted.");
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Ends after a pause. */
    static CompletableFuture<Boolean> later(Duration pause) {
        return new CompletableFuture<Boolean>().completeOnTimeout(true, pause.toMillis(), TimeUnit.MILLISECONDS);
    }

    private Failure notDone(Call call, Attempt attempt) {
        return new Failure(
                Exit.UNCLEAR,
                (call.changesNothing() ? "No answer" : "Nothing was done") + " at " + url + ". " + attempt.why(),
                attempt.body());
    }

    private Failure unknown(Call call, Attempt attempt) {
        return new Failure(Exit.UNKNOWN, inDoubt(call) + "\n" + attempt.why(), attempt.body());
    }

    private static String inDoubt(Call call) {
        return "The outcome is unknown: it may have been done. "
                + (call.key() == null
                        ? "Look whether it was before you repeat it."
                        : "Repeat it with --idempotency-key " + call.key());
    }

    private static Failure refused(Attempt attempt) {
        return new Failure(isNo(attempt) ? Exit.NO : Exit.UNCLEAR, String.valueOf(attempt.why()), attempt.body());
    }

    /** Whether it is an answer to what was asked, and not one about how or by whom it was. */
    private static boolean isNo(Attempt attempt) {
        return switch (attempt.status()) {
            case 404, 409, 410, 412, 422 -> !attempt.code().isEmpty(); // without one it is no gateway
            case 403 -> attempt.code().startsWith("member_code_");
            default -> false;
        };
    }

    /** A problem for people: its title and code, its detail, and what was found in a document. */
    static String told(JsonNode problem) {
        StringBuilder text = new StringBuilder(problem.path("title").asText())
                .append(" (")
                .append(problem.path("code").asText())
                .append(')');
        String detail = problem.path("detail").asText();
        if (!detail.isEmpty() && !detail.equals(problem.path("title").asText())) {
            text.append('\n').append(detail);
        }
        for (JsonNode finding : problem.path("findings")) {
            text.append("\n  ").append(finding(finding));
        }
        return text.toString();
    }

    static String finding(JsonNode finding) {
        return String.format(
                Locale.ROOT,
                "%s at %d:%d %s: %s",
                finding.path("level").asText(),
                finding.path("line").asInt(),
                finding.path("column").asInt(),
                finding.path("pointer").asText(),
                finding.path("message").asText());
    }
}
