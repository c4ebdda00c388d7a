package dev.stampede.replay;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.stampede.support.TestKey;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/** A till as it should be: repeats a call, with the same key, until it is answered. */
final class Client {

    private static final Duration ATTEMPT_LIMIT = Duration.ofSeconds(15);
    private static final Duration ANSWER_LIMIT = Duration.ofMinutes(2);
    private static final Duration PAUSE = Duration.ofMillis(200);

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .build();
    private final ObjectMapper json = new ObjectMapper();
    private final URI accounts;

    final AtomicInteger refused = new AtomicInteger();
    final AtomicInteger cut = new AtomicInteger();
    final AtomicInteger unavailable = new AtomicInteger();

    Client(URI gateway, String program) {
        this.accounts = gateway.resolve("/v1/programs/" + program + "/accounts/");
    }

    /**
     * @param replayed whether the gateway says so
     * @param uncertain whether an earlier attempt may have been done, its answer lost
     */
    record Answer(int status, boolean replayed, boolean uncertain, JsonNode body) {
        @Override
        public String toString() {
            return status + (replayed ? " replayed " : " ") + body;
        }
    }

    /** @param path below the accounts */
    Answer post(String path, String key, String body) throws InterruptedException {
        return send(request(path)
                .header("Content-Type", "application/json")
                .header("Idempotency-Key", key)
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build());
    }

    /** @param path below the accounts */
    Answer get(String path) throws InterruptedException {
        return send(request(path).build());
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(accounts.resolve(path))
                .header(TestKey.HEADER, TestKey.BEARER)
                .timeout(ATTEMPT_LIMIT);
    }

    private Answer send(HttpRequest request) throws InterruptedException {
        boolean uncertain = false;
        String last = "";
        for (long start = System.nanoTime(); System.nanoTime() - start < ANSWER_LIMIT.toNanos(); ) {
            Duration pause = PAUSE;
            try {
                HttpResponse<byte[]> response = http.send(request, HttpResponse.BodyHandlers.ofByteArray());
                JsonNode body = parse(response.body());
                if (response.statusCode() != 503) {
                    boolean replayed = response.headers()
                            .firstValue("Idempotency-Replayed")
                            .filter("true"::equals)
                            .isPresent();
                    return new Answer(response.statusCode(), replayed, uncertain, body);
                }
                unavailable.incrementAndGet();
                uncertain |= body.path("code").asText().equals("outcome_unknown");
                pause = Duration.ofSeconds(
                        response.headers().firstValueAsLong("Retry-After").orElse(1));
                last = "503 " + body;
            } catch (ConnectException e) {
                refused.incrementAndGet();
                last = e.toString();
            } catch (IOException e) {
                cut.incrementAndGet();
                uncertain = true;
                last = e.toString();
            }
            Thread.sleep(pause.toMillis());
        }
        throw new IllegalStateException("%s %s: no answer within %d s, at last %s"
                .formatted(request.method(), request.uri(), ANSWER_LIMIT.toSeconds(), last));
    }

    private JsonNode parse(byte[] body) throws IOException {
        try {
            return json.readTree(body);
        } catch (JacksonException notJson) {
            return TextNode.valueOf(new String(body, StandardCharsets.UTF_8));
        }
    }
}
