package dev.stampede.http.server;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.http.Api;
import dev.stampede.http.RawHttp;
import dev.stampede.http.request.CallReader;
import dev.stampede.support.BackendsResource;
import dev.stampede.support.TestKey;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.quarkus.test.common.TestResourceScope;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import jakarta.inject.Inject;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Clients that send requests without waiting for the answers. */
@QuarkusTest
@WithTestResource(value = BackendsResource.class, scope = TestResourceScope.GLOBAL)
@Tag("servers")
class PipeliningTest {
    private static final int REQUESTS = 30_000;

    @Inject
    MeterRegistry meters;

    private static String get(String path, String id) {
        return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" + TestKey.LINE + "X-Request-Id: " + id + "\r\n\r\n";
    }

    private static String earn(Api api, String id) {
        return "POST " + api.path("earn") + " HTTP/1.1\r\nHost: localhost\r\n" + TestKey.LINE + "X-Request-Id: " + id
                + "\r\nIdempotency-Key: " + id + "\r\nContent-Type: application/json\r\nContent-Length: 12\r\n\r\n"
                + "{\"points\":1}";
    }

    /** Those that were answered, if to nobody. */
    private long pagesOfHistory() {
        return meters.find("http.server.requests").tag("uri", CallReader.ACCOUNT + "/operations").timers().stream()
                .mapToLong(Timer::count)
                .sum();
    }

    @Test
    void whoeverReadsGetsAllAnswersInOrder() throws IOException {
        Api api = Api.with(5);
        StringBuilder requests = new StringBuilder();
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            String id = "pipelined-" + i;
            ids.add(id);
            requests.append(
                    switch (i % 4) {
                        case 0 -> get(api.path("operations"), id);
                        case 1 -> earn(api, id);
                        case 2 -> get("/nowhere", id);
                        default -> get(api.path(), id);
                    });
        }
        String all = RawHttp.exchange(RawHttp.ascii(requests.toString()));
        List<String> answered = Pattern.compile("(?i)x-request-id: (\\S+)")
                .matcher(all)
                .results()
                .map(result -> result.group(1))
                .toList();
        assertEquals(ids, answered);
        assertEquals(
                200,
                Pattern.compile("HTTP/1.1 (200|201|404)")
                        .matcher(all)
                        .results()
                        .map(MatchResult::group)
                        .count());
        api.get().then().statusCode(200).body("available", org.hamcrest.Matchers.equalTo(55));
    }

    @Test
    void whoeverDoesNotReadIsNotServedOn() throws IOException {
        Api api = Api.with(5);
        for (int i = 0; i < 20; i++) {
            api.post("earn", "{\"points\":1,\"note\":\"" + "n".repeat(1000) + "\"}")
                    .then()
                    .statusCode(201);
        }
        long before = pagesOfHistory();
        try (SocketChannel silent = SocketChannel.open()) {
            silent.setOption(StandardSocketOptions.SO_RCVBUF, 4096);
            silent.connect(new InetSocketAddress("localhost", RestAssured.port));
            silent.configureBlocking(false);
            ByteBuffer requests = ByteBuffer.wrap(
                    RawHttp.ascii(get(api.path("operations"), "silent").repeat(REQUESTS)));
            await().pollInterval(Duration.ofMillis(20))
                    .during(Duration.ofSeconds(2))
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> silent.write(requests) == 0);
            api.get().then().statusCode(200);
        }
        long[] seen = {-1};
        await().pollInterval(Duration.ofMillis(500))
                .atMost(Duration.ofSeconds(20))
                .until(() -> {
                    long last = seen[0];
                    seen[0] = pagesOfHistory();
                    return seen[0] == last;
                });
        long served = seen[0] - before;
        assertTrue(served > 0 && served < REQUESTS / 10, served + " pages for nobody");
        api.get().then().statusCode(200);
    }
}
