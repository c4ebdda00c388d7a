package dev.stampede.load;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** The calls before and after the load: patient ones, that try again until there is an answer. */
final class Client {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration PAUSE = Duration.ofMillis(200);

    /** An account as the gateway tells it; version 0 if there is none. */
    record Told(long version, long available, long held) {
        static final Told NOTHING = new Told(0, 0, 0);
    }

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .build();
    private final String program;
    private final String accounts;
    private final RunId run;
    private final String authorization;

    Client(Parameters parameters, RunId run) {
        this.program = parameters.baseUrl() + "/v1/programs/" + parameters.program();
        this.accounts = program + "/accounts/";
        this.run = run;
        this.authorization = "Bearer " + parameters.key();
    }

    /**
     * Sends the same earn until it is answered.
     *
     * @throws IllegalStateException if it is not carried out: a load on accounts without points would prove nothing
     */
    void earn(Call call) throws InterruptedException {
        HttpRequest request = request(run.account(call.account) + "/earn")
                .header("Content-Type", "application/json")
                .header("Idempotency-Key", run.key(call.number))
                .POST(BodyPublishers.ofString("{\"points\":" + call.points + "}"))
                .build();
        HttpResponse<String> answer = patiently(request);
        call.sending(1);
        call.answered(Outcome.of(answer.statusCode(), answer.body()), answer.statusCode(), null);
        if (call.outcome() != Outcome.OK) {
            throw new IllegalStateException(
                    request.uri() + " was answered " + answer.statusCode() + ": " + answer.body());
        }
    }

    /** Publishes the run's program, a new one. */
    void publish(String document) throws InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(program + "/versions"))
                .header("Authorization", authorization)
                .timeout(Duration.ofSeconds(15))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(document))
                .build();
        HttpResponse<String> answer = patiently(request);
        if (answer.statusCode() != 201) {
            throw new IllegalStateException(
                    "the program can't be published: " + answer.statusCode() + " " + answer.body());
        }
    }

    /** Makes an API key that earns, with a limit of calls per second. */
    String key(String name, int perSecond, Duration valid) throws InterruptedException {
        String until = Instant.now().plus(valid).truncatedTo(ChronoUnit.SECONDS).toString();
        HttpRequest request = HttpRequest.newBuilder(URI.create(program + "/keys"))
                .header("Authorization", authorization)
                .timeout(Duration.ofSeconds(15))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString("{\"name\":\"" + name + "\",\"scopes\":[\"earn\"],\"perSecond\":"
                        + perSecond + ",\"expiresAt\":\"" + until + "\"}"))
                .build();
        HttpResponse<String> answer = patiently(request);
        if (answer.statusCode() != 201) {
            throw new IllegalStateException("no key can be made: " + answer.statusCode() + " " + answer.body());
        }
        try {
            return JSON.readTree(answer.body()).get("key").asText();
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /** What the gateway says is used of the program's first budget or stock. */
    long used() throws InterruptedException, IOException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(program + "/budgets"))
                .header("Authorization", authorization)
                .timeout(Duration.ofSeconds(15))
                .build();
        JsonNode items = JSON.readTree(patiently(request).body()).get("items");
        return number(items.get(0), "used");
    }

    Told account(int account) throws InterruptedException, IOException {
        HttpResponse<String> answer = patiently(request(run.account(account)).build());
        if (answer.statusCode() == 404) {
            return Told.NOTHING;
        }
        JsonNode balance = JSON.readTree(answer.body());
        return new Told(number(balance, "version"), number(balance, "available"), number(balance, "held"));
    }

    /** What became of a call that had no answer. */
    Outcome askByKey(int account, long number) throws InterruptedException, IOException {
        HttpResponse<String> answer = patiently(request(run.account(account) + "/operations?key=" + run.key(number))
                .build());
        if (answer.statusCode() == 404) {
            return Outcome.ABSENT;
        }
        if (answer.statusCode() != 200) {
            return Outcome.UNKNOWN;
        }
        JsonNode items = JSON.readTree(answer.body()).get("items");
        if (items.isEmpty()) {
            return Outcome.ABSENT;
        }
        return items.get(0).get("outcome").asText().equals("ok") ? Outcome.OK : Outcome.DECLINED;
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(accounts + path))
                .header("Authorization", authorization)
                .timeout(Duration.ofSeconds(15));
    }

    /** The last answer, if the gateway says 503 or nothing for too long. */
    private HttpResponse<String> patiently(HttpRequest request) throws InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            String trouble;
            try {
                HttpResponse<String> answer = http.send(request, BodyHandlers.ofString());
                boolean again = answer.statusCode() == 503 || answer.statusCode() == 429;
                if (!again || System.nanoTime() > deadline) {
                    return answer;
                }
                trouble = answer.body();
            } catch (IOException e) {
                trouble = e.toString();
            }
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException("no answer from " + request.uri() + ": " + trouble);
            }
            Thread.sleep(PAUSE.toMillis());
        }
    }

    private static long number(JsonNode node, String field) {
        return node.get(field).asLong();
    }
}
