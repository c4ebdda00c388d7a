package dev.stampede.chaos;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.stampede.account.AccountId;
import dev.stampede.chaos.Call.Balance;
import dev.stampede.support.TestKey;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.parsetools.RecordParser;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Holds an event stream on one account, through any of the gateways: where one is lost, the next begins behind the
 * newest event. Writes down what it hears. Used from one event loop.
 */
final class Listener {
    /** Longer than the time between two heartbeats: by then the connection is dead. */
    private static final int SILENCE_SECONDS = 20;

    private static final ObjectMapper JSON = new ObjectMapper();

    /**
     * @param connection counts its connections
     * @param id names version and head
     * @param at when it was heard, in ns of the harness' one monotonic clock
     */
    record Event(int connection, int gateway, String id, long version, Balance balance, long at) {}

    /**
     * All that a listener has heard.
     *
     * @param refused what its last attempt was refused with; null if a stream was open at the end
     * @param nonsense what was no event; usually nothing
     */
    record Heard(
            int listener, AccountId account, List<Event> events, String refused, List<String> nonsense, long endedAt) {}

    private final Vertx vertx;
    private final List<GatewayProcess> gateways;
    private final int number;
    private final AccountId account;
    private final Random random;
    private final List<Event> events = new CopyOnWriteArrayList<>();
    private final List<String> nonsense = new CopyOnWriteArrayList<>();
    private HttpClient http;
    private int connections;
    private String name;
    private String id;
    private String data;
    private volatile String refused = "not asked";
    private volatile long endedAt;

    Listener(Vertx vertx, List<GatewayProcess> gateways, int number, AccountId account, long seed) {
        this.vertx = vertx;
        this.gateways = gateways;
        this.number = number;
        this.account = account;
        this.random = new Random(seed * 1_000_003 - number);
    }

    void start() {
        vertx.setTimer(1 + random.nextInt(500), timer -> connect());
    }

    /** From now on nothing counts; what was heard until now. */
    Heard stop() {
        endedAt = System.nanoTime();
        return new Heard(number, account, List.copyOf(events), refused, List.copyOf(nonsense), endedAt);
    }

    private void connect() {
        int connection = ++connections;
        // a client for each: what has become of one connection does not stand in another's way
        http = vertx.httpClientBuilder()
                .with(new HttpClientOptions()
                        .setConnectTimeout((int) Client.PATIENCE_MS)
                        .setIdleTimeout(SILENCE_SECONDS))
                .withConnectHandler(opened -> opened.exceptionHandler(e -> {}))
                .build();
        int gateway = random.nextInt(gateways.size());
        RequestOptions to = new RequestOptions()
                .setMethod(HttpMethod.GET)
                .setHost("127.0.0.1")
                .setPort(gateways.get(gateway).port())
                .setURI("/v1/programs/" + account.program() + "/accounts/" + account.id() + "/events");
        to.putHeader(TestKey.HEADER, TestKey.BEARER);
        if (!events.isEmpty()) {
            to.putHeader("Last-Event-ID", events.get(events.size() - 1).id());
        }
        http.request(to)
                .compose(request -> request.send())
                .onSuccess(response -> opened(connection, gateway, response))
                .onFailure(e -> again(connection, e.toString()));
    }

    private void opened(int connection, int gateway, HttpClientResponse response) {
        if (response.statusCode() != 200) {
            response.body()
                    .onSuccess(body -> again(connection, Client.code(response.statusCode(), body.toString())))
                    .onFailure(e -> again(connection, e.toString()));
            return;
        }
        refused = null;
        name = null;
        id = null;
        data = null;
        RecordParser lines = RecordParser.newDelimited("\n", response);
        lines.exceptionHandler(e -> again(connection, e.toString()));
        lines.handler(line -> read(connection, gateway, line.toString()));
        lines.endHandler(v -> again(connection, "ended"));
    }

    private void again(int connection, String why) {
        if (connection == connections && endedAt == 0) {
            refused = why;
            connections++;
            var unused = http.close();
            vertx.setTimer(100 + random.nextInt(400), timer -> connect());
        }
    }

    private void read(int connection, int gateway, String line) {
        int colon = line.indexOf(':');
        String value = line.substring(colon + 1).strip();
        switch (colon < 0 ? line : line.substring(0, colon)) {
            case "event" -> name = value;
            case "id" -> id = value;
            case "data" -> data = value;
            case "" -> {
                if (line.isEmpty() && data != null) {
                    heard(connection, gateway);
                }
            }
            default -> nonsense.add(line);
        }
    }

    private void heard(int connection, int gateway) {
        try {
            JsonNode balance = JSON.readTree(data);
            if (!account.id().equals(balance.get("account").asText())) {
                nonsense.add("another's: " + data);
            }
            events.add(new Event(
                    connection,
                    gateway,
                    id,
                    balance.get("version").asLong(),
                    Client.balance(balance),
                    System.nanoTime()));
        } catch (JsonProcessingException | RuntimeException e) {
            nonsense.add(name + " " + id + " " + data + ": " + e);
        }
        if (!"balance".equals(name)) {
            nonsense.add("an event of the name " + name);
        }
        name = null;
        data = null;
    }
}
