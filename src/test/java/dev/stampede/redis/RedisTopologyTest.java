package dev.stampede.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.vertx.core.Vertx;
import io.vertx.redis.client.RedisOptions;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RedisTopologyTest {
    @Test
    void whatIsPrintedOfAnEndpointIsItsPlace() {
        assertEquals("redis-1:6379", RedisTopology.place("redis://redis-1:6379"));
        assertEquals("redis-1:6379", RedisTopology.place("rediss://app:se%2Fcret@redis-1:6379/3?db=3&password=secret"));
        assertEquals("[::1]:6379", RedisTopology.place("redis://:secret@[::1]:6379"));
        assertEquals("redis_1:6379", RedisTopology.place("redis://:secret@redis_1:6379?password=secret"));
    }

    /** As a Sentinel may name it that announces the names of containers. */
    @Test
    void aNameThatIsNoHostFailsAtOnce() throws Exception {
        Vertx vertx = Vertx.vertx();
        RedisTopology nodes = new RedisTopology(
                vertx, vertx.getOrCreateContext(), new RedisOptions().setConnectionString("redis://127.0.0.1:1"));
        var opened =
                nodes.open("redis://:secret@redis_b:6379").toCompletionStage().toCompletableFuture();
        Throwable why = assertThrows(ExecutionException.class, () -> opened.get(5, TimeUnit.SECONDS))
                .getCause();
        assertEquals("not a valid address: redis_b:6379", why.getMessage());
        vertx.close().toCompletionStage().toCompletableFuture().get(5, TimeUnit.SECONDS);
    }
}
