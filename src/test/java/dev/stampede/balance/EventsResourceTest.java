package dev.stampede.balance;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.equalTo;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.stampede.http.Api;
import dev.stampede.support.BackendsResource;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.test.common.TestResourceScope;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.restassured.path.json.JsonPath;
import jakarta.inject.Inject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

@QuarkusTest
@WithTestResource(value = BackendsResource.class, scope = TestResourceScope.GLOBAL)
class EventsResourceTest {
    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @Inject
    MeterRegistry meters;

    /** A client that reads events as they come; comments are events without a name. */
    private static final class Client implements AutoCloseable {
        private record Event(String name, String id, String data) {}

        private final InputStream body;
        private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();

        Client(Api api, String lastEventId) throws IOException, InterruptedException {
            HttpRequest.Builder request = HttpRequest.newBuilder(
                            URI.create("http://localhost:" + RestAssured.port + api.path("events")))
                    .header("Accept", "text/event-stream");
            if (lastEventId != null) {
                request.header("Last-Event-ID", lastEventId);
            }
            HttpResponse<InputStream> response = HTTP.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
            assertEquals(200, response.statusCode());
            assertTrue(
                    response.headers().firstValue("Content-Type").orElseThrow().startsWith("text/event-stream"));
            assertTrue(response.headers().firstValue("X-Request-Id").isPresent());
            assertEquals(Optional.of("no-store"), response.headers().firstValue("Cache-Control"));
            body = response.body();
            Thread reader = new Thread(this::read, "events");
            reader.setDaemon(true);
            reader.start();
        }

        private void read() {
            try (BufferedReader in = new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8))) {
                String name = null;
                String id = null;
                StringBuilder data = new StringBuilder();
                for (String line = in.readLine(); line != null; line = in.readLine()) {
                    if (line.isEmpty()) {
                        events.add(new Event(name, id, data.toString()));
                        name = null;
                        id = null;
                        data.setLength(0);
                    } else if (line.startsWith("event:")) {
                        name = line.substring(6).strip();
                    } else if (line.startsWith("id:")) {
                        id = line.substring(3).strip();
                    } else if (line.startsWith("data:")) {
                        data.append(line.substring(5).strip());
                    } else if (!line.startsWith(":") && !line.startsWith("retry:")) {
                        events.add(new Event("no field of the format", null, line));
                    }
                }
            } catch (IOException e) {
                // closed
            }
        }

        /** The next balance. */
        @CanIgnoreReturnValue
        JsonPath next() throws InterruptedException {
            Event event = poll(5000);
            while (event != null && event.name == null) {
                event = poll(5000);
            }
            assertNotNull(event, "no event");
            assertEquals("balance", event.name);
            JsonPath balance = JsonPath.from(event.data);
            assertEquals(balance.getString("version"), event.id);
            return balance;
        }

        Event poll(long millis) throws InterruptedException {
            return events.poll(millis, TimeUnit.MILLISECONDS);
        }

        @Override
        public void close() throws IOException {
            body.close();
        }
    }

    @Test
    void theBalanceNowAndAfterEachChange() throws Exception {
        Api api = Api.with(100);
        try (Client client = new Client(api, null)) {
            assertEquals(100, client.next().getLong("available"));

            api.post("redeem", "{\"points\":30}").then().statusCode(201);
            JsonPath after = client.next();
            assertEquals(70, after.getLong("available"));
            assertEquals(2, after.getLong("version"));
            assertEquals(api.account(), after.getString("account"));

            api.post("earn", "{\"points\":5}").then().statusCode(201);
            assertEquals(75, client.next().getLong("available"));
        }
    }

    @Test
    void aRushEndsAtTheNewestVersionAndNeverGoesBack() throws Exception {
        Api api = Api.with(1000);
        try (Client client = new Client(api, null)) {
            client.next();
            for (int i = 0; i < 50; i++) {
                api.post("redeem", "{\"points\":1}").then().statusCode(201);
            }
            long version = 1;
            while (version < 51) {
                JsonPath event = client.next();
                assertTrue(event.getLong("version") > version);
                version = event.getLong("version");
                assertEquals(1001 - version, event.getLong("available"));
            }
        }
    }

    @Test
    void whoHasSeenItIsNotToldAgain() throws Exception {
        Api api = Api.with(100);
        try (Client client = new Client(api, "1")) {
            Client.Event first = client.poll(2000);
            assertNotNull(first);
            assertNull(first.name());
            assertNull(client.poll(300));

            api.post("redeem", "{\"points\":1}").then().statusCode(201);
            assertEquals(99, client.next().getLong("available"));
        }
        for (String stale : new String[] {"0", "7", "x", "-1", "99999999999999999999"}) {
            try (Client client = new Client(api, stale)) {
                assertEquals(99, client.next().getLong("available"));
            }
        }
    }

    @Test
    void nobodyHasNoEvents() {
        given().accept("text/event-stream")
                .get(Api.fresh().path("events"))
                .then()
                .statusCode(404)
                .contentType("application/problem+json")
                .body("code", equalTo("account_not_found"));
    }

    @Test
    void aStreamEndsWithItsClient() throws Exception {
        Api api = Api.with(1);
        double before = open();
        Client client = new Client(api, null);
        client.next();
        assertTrue(open() > before);
        client.close();

        Awaitility.await().atMost(Duration.ofSeconds(40)).until(() -> open() <= before);
    }

    private double open() {
        return meters.get("stampede.event.streams").gauge().value();
    }
}
