package dev.stampede.chaos;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stampede.account.AccountId;
import dev.stampede.chaos.Call.Balance;
import dev.stampede.chaos.Call.Kind;
import dev.stampede.chaos.Call.Outcome;
import dev.stampede.chaos.Call.Told;
import dev.stampede.points.Lot;
import dev.stampede.support.TestKey;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.io.IOException;
import java.net.ConnectException;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;

/** The way to the gateways: sends one call, waits for a bounded time, and writes down what came of it. */
final class Client {
    /** Less than the gateway itself takes before it says that it doesn't know: tills are impatient. */
    static final long PATIENCE_MS = 3000;

    /** What this release says of an account that a newer one has written. */
    static final String OF_A_NEWER_RELEASE = "unavailable, of a newer release";

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Vertx vertx;
    private final List<GatewayProcess> gateways;
    private final HttpClient http;
    private final Queue<Call> history = new ConcurrentLinkedQueue<>();

    Client(Vertx vertx, List<GatewayProcess> gateways) {
        this.vertx = vertx;
        this.gateways = gateways;
        this.http = vertx.httpClientBuilder()
                .with(new HttpClientOptions()
                        .setMaxPoolSize(256)
                        .setKeepAliveTimeout(20)
                        .setConnectTimeout((int) PATIENCE_MS))
                // the call fails, too, and is written down; without a handler it would be logged
                .withConnectHandler(connection -> connection.exceptionHandler(e -> {}))
                .build();
    }

    int gateways() {
        return gateways.size();
    }

    /** All calls so far. */
    Queue<Call> history() {
        return history;
    }

    /** What is to be asked: a call without its answer. */
    record Ask(
            int client,
            Kind kind,
            AccountId account,
            String key,
            Long points,
            Long ttlSeconds,
            UUID subject,
            String voids,
            String said,
            boolean other) {
        static Ask of(int client, Kind kind, AccountId account, String key) {
            return new Ask(client, kind, account, key, null, null, null, null, null, false);
        }

        Ask points(Long points) {
            return new Ask(client, kind, account, key, points, ttlSeconds, subject, voids, said, other);
        }

        Ask ttlSeconds(long ttlSeconds) {
            return new Ask(client, kind, account, key, points, ttlSeconds, subject, voids, said, other);
        }

        Ask subject(UUID subject) {
            return new Ask(client, kind, account, key, points, ttlSeconds, subject, voids, said, other);
        }

        Ask voids(String voids) {
            return new Ask(client, kind, account, key, points, ttlSeconds, subject, voids, said, other);
        }

        /** With a body that says more than how many points. */
        Ask said(String said) {
            return new Ask(client, kind, account, key, points, ttlSeconds, subject, voids, said, other);
        }

        /** The same key with another body. */
        Ask otherPoints(long points) {
            return new Ask(client, kind, account, key, points, ttlSeconds, subject, voids, null, true);
        }

        String path() {
            String base = "/v1/programs/" + account.program() + "/accounts/" + account.id();
            return switch (kind) {
                case ENROL, BALANCE -> base;
                case EARN, GIFT -> base + "/earn";
                case REDEEM -> base + "/redeem";
                case HOLD -> base + "/holds";
                case CAPTURE -> base + "/holds/" + subject + "/capture";
                case VOID_HOLD -> base + "/holds/" + subject + "/void";
                case VOID_KEY -> base + "/voids";
                case REVERSE -> base + "/operations/" + subject + "/reverse";
                case BY_KEY -> base + "/operations?key=" + key;
            };
        }

        String body() {
            if (said != null) {
                return said;
            }
            return switch (kind) {
                case VOID_KEY -> "{\"key\":\"" + voids + "\"}";
                case HOLD -> "{\"points\":" + points + ",\"ttlSeconds\":" + ttlSeconds + "}";
                case GIFT -> "{\"points\":" + points + ",\"channel\":\"star\"}";
                default -> points == null ? "{}" : "{\"points\":" + points + "}";
            };
        }
    }

    /** Sends it to a gateway, by its place in the list. */
    Future<Call> send(Ask ask, int gateway) {
        long sentAt = System.nanoTime();
        Promise<Told> told = Promise.promise();
        AtomicBoolean over = new AtomicBoolean();
        HttpClientRequest[] sent = new HttpClientRequest[1];
        long timer = vertx.setTimer(PATIENCE_MS, id -> {
            over.set(true);
            if (told.tryComplete(Told.unknown("timeout")) && sent[0] != null) {
                var unused = sent[0].reset();
            }
        });
        HttpMethod method =
                ask.kind.reads() ? HttpMethod.GET : ask.kind == Kind.ENROL ? HttpMethod.PUT : HttpMethod.POST;
        RequestOptions to = new RequestOptions()
                .setMethod(method)
                .setHost("127.0.0.1")
                .setPort(gateways.get(gateway).port())
                .setURI(ask.path());
        if (!ask.kind.reads()) {
            to.putHeader("Content-Type", "application/json");
            if (ask.kind != Kind.ENROL) {
                to.putHeader("Idempotency-Key", ask.key);
            }
        }
        to.putHeader(TestKey.HEADER, TestKey.BEARER);
        http.request(to)
                .compose(request -> {
                    if (over.get()) {
                        var unused = request.reset();
                        return Future.failedFuture("too late");
                    }
                    sent[0] = request;
                    Future<HttpClientResponse> response = ask.kind.reads() ? request.send() : request.send(ask.body());
                    return response.compose(r -> r.body().map(body -> read(ask, r, body.toString())));
                })
                .onComplete(result -> {
                    var unused = vertx.cancelTimer(timer);
                    if (result.succeeded()) {
                        told.tryComplete(result.result());
                    } else {
                        told.tryComplete(
                                sent[0] == null && isRefused(result.cause())
                                        ? Told.refused("connection_refused")
                                        : Told.unknown("cut"));
                    }
                });
        return told.future().map(answer -> {
            Call call = new Call(
                    ask.client,
                    gateway,
                    ask.kind,
                    ask.account,
                    ask.key,
                    ask.points,
                    ask.ttlSeconds,
                    ask.subject,
                    ask.voids,
                    ask.said,
                    ask.other,
                    sentAt,
                    System.nanoTime(),
                    answer);
            history.add(call);
            return call;
        });
    }

    private static boolean isRefused(Throwable cause) {
        return cause instanceof ConnectException;
    }

    private static Told read(Ask ask, HttpClientResponse response, String body) {
        try {
            JsonNode json = body.isEmpty() ? JSON.nullNode() : JSON.readTree(body);
            int status = response.statusCode();
            boolean replayed = "true".equals(response.getHeader("Idempotency-Replayed"));
            if (status == (replayed ? 201 : 200) && !ask.kind.reads() && ask.kind != Kind.ENROL) {
                return Told.unknown("status " + status + (replayed ? ", replayed" : ", not replayed"));
            }
            if (status == 200 || status == 201) {
                return switch (ask.kind) {
                    case ENROL ->
                        Told.done(status == 200, null, json.get("version").asLong(), 0, balance(json));
                    case BALANCE -> Told.done(false, null, json.get("version").asLong(), 0, balance(json));
                    case BY_KEY -> byKey(json.get("items"));
                    default -> operation(json, replayed, null);
                };
            }
            String code = code(status, json);
            if (status == 503) {
                return code.equals("outcome_unknown") ? Told.unknown(code) : Told.refused(code);
            }
            if (status >= 500) {
                return Told.unknown(code);
            }
            if (json.hasNonNull("operation")) {
                JsonNode balance = json.get("balance");
                return new Told(
                        Outcome.DECLINED,
                        code,
                        replayed,
                        UUID.fromString(json.get("operation").asText()),
                        balance.get("version").asLong(),
                        0,
                        balance(balance),
                        null);
            }
            return Told.refused(code);
        } catch (IOException | RuntimeException e) {
            return Told.unknown("unreadable " + response.statusCode() + " " + e);
        }
    }

    /** @param problem what was answered with that status, which is none of success */
    static String code(int status, String problem) {
        try {
            return code(status, JSON.readTree(problem));
        } catch (IOException e) {
            return "status_" + status;
        }
    }

    private static String code(int status, JsonNode problem) {
        String code = problem.path("code").asText("status_" + status);
        return code.equals("unavailable") && problem.path("detail").asText().startsWith("A newer release")
                ? OF_A_NEWER_RELEASE
                : code;
    }

    private static Told byKey(JsonNode items) {
        return items.isEmpty()
                ? Told.done(false, null, 0, 0, null)
                : operation(items.get(0), false, items.get(0).get("outcome").asText());
    }

    private static Told operation(JsonNode json, boolean replayed, String code) {
        ((ObjectNode) json).remove("voided"); // told only where it is asked for by its key
        return new Told(
                Outcome.OK,
                code,
                replayed,
                UUID.fromString(json.get("id").asText()),
                json.get("balance").get("version").asLong(),
                json.get("points").asLong(),
                balance(json.get("balance")),
                json.toString());
    }

    static Balance balance(JsonNode json) {
        List<Lot> lots = new ArrayList<>();
        for (JsonNode lot : json.get("expiring")) {
            lots.add(new Lot(
                    LocalDate.parse(lot.get("on").asText()).toEpochDay(),
                    lot.get("points").asLong()));
        }
        return new Balance(
                json.get("available").asLong(),
                json.get("held").asLong(),
                json.get("pending").asLong(),
                json.get("debt").asLong(),
                json.get("lifetimeEarned").asLong(),
                lots,
                Instant.parse(json.get("asOf").asText()).toEpochMilli());
    }
}
