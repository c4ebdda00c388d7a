package dev.stampede.history;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.smallrye.mutiny.Uni;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.net.ConnectException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class WarmUpTest {
    private final Vertx vertx = Vertx.vertx();

    @AfterEach
    void stop() throws Exception {
        vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }

    private boolean read(Uni<?> page, Duration limit) throws InterruptedException {
        return WarmUp.read(vertx, page, limit);
    }

    @Test
    void readsOnAnEventLoop() throws Exception {
        Uni<Boolean> page = Uni.createFrom().item(Context::isOnEventLoopThread).invoke(on -> assertTrue(on));
        assertTrue(read(page, Duration.ofSeconds(10)));
    }

    @Test
    void whatCannotBeReadStopsNoStart() throws Exception {
        assertFalse(read(
                Uni.createFrom().failure(new ConnectException("there is no Postgres that takes writes")),
                Duration.ofSeconds(10)));
        assertFalse(read(Uni.createFrom().nothing(), Duration.ofMillis(50)));
    }
}
