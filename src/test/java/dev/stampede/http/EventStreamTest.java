package dev.stampede.http;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.smallrye.mutiny.helpers.test.AssertSubscriber;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import jakarta.ws.rs.sse.OutboundSseEvent;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jboss.resteasy.reactive.server.jaxrs.SseImpl;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A client that takes nothing. */
class EventStreamTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final Vertx vertx = Vertx.vertx();
    private final AssertSubscriber<OutboundSseEvent> taker = AssertSubscriber.create(1);
    private final CompletableFuture<EventStream> begun = new CompletableFuture<>();
    private final CompletableFuture<EventStream> ended = new CompletableFuture<>();
    private Socket client;

    @BeforeEach
    void start() throws Exception {
        HttpServer server = vertx.createHttpServer()
                .requestHandler(request -> {
                    request.response().setChunked(true);
                    new EventStream(vertx, new SseImpl(), "balance", Duration.ofSeconds(1), request.connection(), null)
                            .events(begun::complete, ended::complete)
                            .subscribe()
                            .withSubscriber(taker);
                    request.response().closeHandler(v -> taker.cancel());
                })
                .listen(0, "localhost")
                .toCompletionStage()
                .toCompletableFuture()
                .get(10, TimeUnit.SECONDS);
        client = new Socket("localhost", server.actualPort());
        client.setSoTimeout((int) PATIENCE.toMillis());
        client.getOutputStream().write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        begun.get(10, TimeUnit.SECONDS);
    }

    @AfterEach
    void stop() throws Exception {
        client.close();
        vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }

    private List<String> taken() {
        return taker.getItems().stream()
                .filter(event -> event.getId() != null)
                .map(OutboundSseEvent::getId)
                .toList();
    }

    @Test
    void onlyTheNewestWaitsForIt() throws Exception {
        for (int version = 1; version <= 1000; version++) {
            begun.get().show(version + "-x", "{}");
        }
        await().atMost(PATIENCE).until(() -> taken().size() == 1);
        CompletableFuture<Void> turn = new CompletableFuture<>();
        vertx.setTimer(300, id -> turn.complete(null)); // all were shown by now
        turn.get(10, TimeUnit.SECONDS);
        taker.request(2);
        await().atMost(PATIENCE).until(() -> taken().size() == 2);
        assertEquals(List.of("1-x", "1000-x"), taken());
    }

    @Test
    void itIsCutOff() throws Exception {
        begun.get().show("1-x", "{}");
        await().atMost(PATIENCE).until(() -> taken().size() == 1);
        assertEquals(-1, client.getInputStream().read());
        assertEquals(begun.get(), ended.get(10, TimeUnit.SECONDS));
    }
}
