package dev.stampede.balance;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.equalTo;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.stampede.account.AccountId;
import dev.stampede.http.Api;
import dev.stampede.http.ClientAddress;
import dev.stampede.http.Json;
import dev.stampede.support.BackendsResource;
import dev.stampede.support.TestKey;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.test.common.TestResourceScope;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.vertx.core.Vertx;
import io.vertx.core.net.SocketAddress;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import jakarta.inject.Inject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@QuarkusTest
@WithTestResource(value = BackendsResource.class, scope = TestResourceScope.GLOBAL)
@Tag("servers")
class EventsResourceTest {
    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private static final Duration PATIENCE = Duration.ofSeconds(40);
    private static final int OF_ACCOUNT = 20;
    private static final int OF_ADDRESS = 100;

    @Inject
    MeterRegistry meters;

    @Inject
    Vertx vertx;

    @ConfigProperty(name = "quarkus.redis.hosts")
    String redisUrl;

    /** A client that reads events as they come; comments are events without a name. */
    private static final class Client implements AutoCloseable {
        private record Event(String name, String id, String data) {}

        private final InputStream body;
        private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
        private String lastId;

        Client(Api api, String lastEventId) throws IOException, InterruptedException {
            HttpRequest.Builder request = HttpRequest.newBuilder(
                            URI.create("http://localhost:" + RestAssured.port + api.path("events")))
                    .header(TestKey.HEADER, TestKey.BEARER)
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
        Json next() throws InterruptedException {
            long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(5);
            Event event = poll(5000);
            while (event != null && event.name == null) {
                event = poll(Math.max(0, TimeUnit.NANOSECONDS.toMillis(until - System.nanoTime())));
            }
            assertNotNull(event, "no event");
            assertEquals("balance", event.name);
            Json balance = Json.of(event.data);
            assertTrue(
                    event.id.matches(balance.getString("version") + "-[0-9a-f]{12}"),
                    "version and head, not " + event.id);
            lastId = event.id;
            return balance;
        }

        /** The first balance of that version; none that is older comes before it. */
        @CanIgnoreReturnValue
        Json next(long version) throws InterruptedException {
            long before = -1;
            Json balance = next();
            while (balance.getLong("version") != version) {
                assertTrue(balance.getLong("version") > before, "in order");
                before = balance.getLong("version");
                balance = next();
            }
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
            Json after = client.next();
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
                Json event = client.next();
                assertTrue(event.getLong("version") > version);
                version = event.getLong("version");
                assertEquals(1001 - version, event.getLong("available"));
            }
        }
    }

    @Test
    void whoHasSeenItIsNotToldAgain() throws Exception {
        Api api = Api.with(100);
        String id;
        try (Client client = new Client(api, null)) {
            client.next();
            id = client.lastId;
            assertEquals("W/\"" + id + '"', api.get().getHeader("ETag"));
        }
        try (Client client = new Client(api, id)) {
            Client.Event first = client.poll(2000);
            assertNotNull(first);
            assertNull(first.name());
            assertNull(client.poll(300));

            api.post("redeem", "{\"points\":1}").then().statusCode(201);
            assertEquals(99, client.next().getLong("available"));
        }
        // "2" is what a gateway of an earlier release called this version: not which of that number
        String otherHead = "2-000000000000";
        for (String stale : new String[] {id, otherHead, "2", "0", "777", "x", "-1", "99999999999999999999"}) {
            try (Client client = new Client(api, stale)) {
                assertEquals(99, client.next().getLong("available"));
            }
        }
    }

    @Test
    void eachOfManyThatBeginAtOnceIsOfItsOwnAccount() throws Exception {
        Awaitility.await().atMost(PATIENCE).until(() -> open() == 0);
        Map<Api, CompletableFuture<HttpResponse<InputStream>>> asked = new LinkedHashMap<>();
        List<Api> apis =
                Stream.generate(() -> Api.with(1)).limit(OF_ADDRESS / 2).toList();
        for (Api api : apis) {
            asked.put(api, HTTP.sendAsync(get(api), HttpResponse.BodyHandlers.ofInputStream()));
        }
        List<InputStream> all = new ArrayList<>();
        for (Api api : asked.keySet()) {
            InputStream body = asked.get(api).get(20, TimeUnit.SECONDS).body();
            all.add(body);
            assertEquals(api.account(), firstData(body).getString("account"));
        }
        for (InputStream each : all) {
            each.close();
        }
    }

    private static Json firstData(InputStream events) throws IOException {
        BufferedReader in = new BufferedReader(new InputStreamReader(events, StandardCharsets.UTF_8));
        String line = in.readLine();
        while (line != null && !line.startsWith("data:")) {
            line = in.readLine();
        }
        assertNotNull(line, "no event");
        return Json.of(line.substring("data:".length()));
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

    @Test
    void anAccountHasABoundedNumberAndRefusesTheRest() throws Exception {
        Api api = Api.with(1);
        Api other = Api.with(1);
        List<CompletableFuture<HttpResponse<InputStream>>> asked = new ArrayList<>();
        for (int i = 0; i < 2 * OF_ACCOUNT; i++) {
            asked.add(HTTP.sendAsync(get(api), HttpResponse.BodyHandlers.ofInputStream()));
        }
        List<InputStream> taken = new ArrayList<>();
        for (var each : asked) {
            HttpResponse<InputStream> response = each.get(20, TimeUnit.SECONDS);
            if (response.statusCode() == 200) {
                taken.add(response.body());
            } else {
                assertEquals(503, response.statusCode());
                assertEquals(Optional.of("1"), response.headers().firstValue("Retry-After"));
                assertEquals(
                        "overloaded",
                        Json.of(new String(response.body().readAllBytes(), StandardCharsets.UTF_8))
                                .getString("code"));
            }
        }
        assertEquals(OF_ACCOUNT, taken.size());
        try (Client client = new Client(other, null)) {
            client.next();
        }

        taken.get(0).close();
        Awaitility.await().atMost(PATIENCE).until(() -> taken(api, taken));
        for (InputStream each : taken) {
            each.close();
        }
    }

    private static boolean taken(Api api, List<InputStream> streams) throws IOException, InterruptedException {
        HttpResponse<InputStream> response = HTTP.send(get(api), HttpResponse.BodyHandlers.ofInputStream());
        streams.add(response.body());
        return response.statusCode() == 200;
    }

    @Test
    void aClientAddressHasABoundedNumber() throws Exception {
        Awaitility.await().atMost(PATIENCE).until(() -> open() == 0);
        List<InputStream> taken = new ArrayList<>();
        Api api = null;
        for (int i = 0; i < OF_ADDRESS; i++) {
            if (i % OF_ACCOUNT == 0) {
                api = Api.with(1);
            }
            assertTrue(taken(api, taken), "stream " + i);
        }
        assertFalse(taken(Api.with(1), taken));
        Api.fresh().get("events").then().statusCode(503).body("code", equalTo("overloaded"));
        for (InputStream each : taken) {
            each.close();
        }
        Awaitility.await().atMost(PATIENCE).until(() -> open() == 0);
    }

    @Test
    void eachPlaceIsGivenBack() throws Exception {
        Awaitility.await().atMost(PATIENCE).until(() -> open() == 0);
        Api api = Api.with(1);
        for (int i = 0; i < 2 * OF_ACCOUNT; i++) {
            Api.fresh().get("events").then().statusCode(404);
            given().head(api.path("events")).then().statusCode(200);
            try (Socket gone = new Socket("localhost", RestAssured.port)) {
                gone.setSoLinger(true, 0);
                gone.getOutputStream().write(request("GET", api.path("events"), ""));
                if (i % 2 == 0) {
                    gone.getInputStream().read();
                }
            }
        }
        Awaitility.await().atMost(PATIENCE).until(() -> open() == 0);
        try (Client client = new Client(api, null)) {
            client.next();
            assertEquals(1, open());
        }
    }

    @Test
    void headEndsAndTheConnectionGoesOn() throws Exception {
        Api api = Api.with(7);
        try (Socket socket = new Socket("localhost", RestAssured.port)) {
            socket.setSoTimeout(5000);
            socket.getOutputStream().write(request("HEAD", api.path("events"), ""));
            socket.getOutputStream().write(request("HEAD", Api.fresh().path("events"), ""));
            socket.getOutputStream().write(request("GET", api.path(), "Connection: close\r\n"));
            String answers = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            String[] each = answers.split("(?=HTTP/1\\.1 )");
            assertEquals(3, each.length, answers);
            assertTrue(each[0].startsWith("HTTP/1.1 200"), answers);
            assertTrue(each[0].toLowerCase(Locale.ROOT).contains("content-type: text/event-stream"), answers);
            assertTrue(each[0].toLowerCase(Locale.ROOT).contains("cache-control: no-store"), answers);
            assertTrue(each[1].startsWith("HTTP/1.1 404"), answers);
            assertTrue(each[2].startsWith("HTTP/1.1 200"), answers);
            assertTrue(each[2].contains("\"available\":7"), answers);
        }
    }

    @Test
    void manyStreamsOfAHotAccountLookAsOne() throws Exception {
        Api api = Api.with(1000);
        List<Client> clients = new ArrayList<>();
        for (int i = 0; i < OF_ACCOUNT; i++) {
            clients.add(new Client(api, null));
            clients.get(i).next(1);
        }
        double before = looks();
        long began = System.nanoTime();
        for (int i = 0; i < 100; i++) {
            api.post("redeem", "{\"points\":1}").then().statusCode(201);
        }
        for (Client client : clients) {
            assertEquals(900, client.next(101).getLong("available"));
        }
        double seconds = (System.nanoTime() - began) / 1e9;
        // ten a second and one every three seconds, and what streams of other tests may still have
        assertTrue(looks() - before <= 11 * seconds + 5, looks() - before + " looks in " + seconds + " s");
        for (Client client : clients) {
            client.close();
        }
    }

    @Test
    void aFalseHighVersionHealsAtTheNextWrite() throws Exception {
        Api api = Api.with(20);
        try (Client client = new Client(api, null)) {
            client.next(1);
            pretend(api, 777);
            assertEquals(777, client.next().getLong("version"));

            api.post("redeem", "{\"points\":5}").then().statusCode(201);
            Json healed = client.next();
            if (healed.getLong("version") == 1) {
                healed = client.next(); // the background comparison was faster
            }
            assertEquals(2, healed.getLong("version"));
            assertEquals(15, healed.getLong("available"));

            api.post("redeem", "{\"points\":5}").then().statusCode(201);
            assertEquals(10, client.next().getLong("available"));
        }
    }

    @Test
    void aFalseHighVersionHealsWhenRedisHasForgottenIt() throws Exception {
        Api api = Api.with(20);
        pretend(api, 777);
        try (Client client = new Client(api, null)) {
            assertEquals(777, client.next().getLong("version"));
            redis(Request.cmd(Command.DEL).arg(key(api)));
            Json healed = client.next();
            assertEquals(1, healed.getLong("version"));
            assertEquals(20, healed.getLong("available"));
        }
        try (Client client = new Client(api, "777-000000000000")) {
            assertEquals(1, client.next().getLong("version"));
        }
    }

    @Test
    void anOldDumpOfRedisIsNotShown() throws Exception {
        Api api = Api.with(20);
        try (Client client = new Client(api, null)) {
            client.next(1);
            Map<String, String> old = image(api);
            api.post("redeem", "{\"points\":5}").then().statusCode(201);
            client.next(2);
            Awaitility.await()
                    .atMost(PATIENCE)
                    .until(() -> image(api).get("s").startsWith("2 ")); // or it would be told of after the dump

            put(api, old);
            long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(4);
            for (long left = 4000; left > 0; left = TimeUnit.NANOSECONDS.toMillis(until - System.nanoTime())) {
                Client.Event event = client.poll(left);
                assertTrue(event == null || event.name() == null, "an older balance");
            }
            api.post("redeem", "{\"points\":5}").then().statusCode(201);
            assertEquals(10, client.next(3).getLong("available"));
        }
    }

    @Test
    void eventsGoOnAfterAFlush() throws Exception {
        Api api = Api.with(20);
        try (Client client = new Client(api, null)) {
            client.next(1);
            redis(Request.cmd(Command.FLUSHALL));
            api.post("redeem", "{\"points\":5}").then().statusCode(201);
            assertEquals(15, client.next(2).getLong("available"));
        }
    }

    @Test
    void anAddressIsWhatAClientCannotChoose() {
        assertEquals(address("2001:db8:1:2::3"), address("2001:db8:1:2:ffff::4"));
        assertNotEquals(address("2001:db8:1:2::3"), address("2001:db8:1:3::3"));
        assertNotEquals(address("192.0.2.1"), address("192.0.2.2"));
        assertEquals(address("192.0.2.1"), address("::ffff:192.0.2.1"));
        assertNotEquals(address("unknown"), address("192.0.2.1"));
    }

    private static String address(String host) {
        return ClientAddress.of(SocketAddress.inetSocketAddress(80, host));
    }

    private static HttpRequest get(Api api) {
        return HttpRequest.newBuilder(URI.create("http://localhost:" + RestAssured.port + api.path("events")))
                .header(TestKey.HEADER, TestKey.BEARER)
                .build();
    }

    private static byte[] request(String method, String path, String headers) {
        return (method + " " + path + " HTTP/1.1\r\nHost: localhost\r\n" + TestKey.LINE + headers + "\r\n")
                .getBytes(StandardCharsets.US_ASCII);
    }

    /** Lets Redis say that the account is sealed at that version, with as many points. */
    private void pretend(Api api, long version) throws Exception {
        Awaitility.await()
                .atMost(PATIENCE)
                .until(() -> image(api).get("s").startsWith("1 ")); // or the notice of the truth would come later
        UUID head = UUID.randomUUID();
        String image = image(api)
                .get("i")
                .replaceFirst("\"head\":\"[^\"]*\"", "\"head\":\"" + head + "\"")
                .replaceFirst("\"version\":[0-9]+", "\"version\":" + version)
                .replaceFirst("\"available\":[0-9]+", "\"available\":" + version)
                .replaceFirst("\"lots\":\\[\\[([0-9]+),[0-9]+", "\"lots\":[[$1," + version);
        put(api, Map.of("i", image, "s", version + " " + head, "h", Long.toString(version)));
        AccountId account = AccountId.of("demo", api.account());
        // streams look at once: the background comparison would soon find the lie
        redis(Request.cmd(Command.PUBLISH)
                .arg("stampede:sealed:" + account.lane())
                .arg("demo:" + account.id()));
    }

    private Map<String, String> image(Api api) throws Exception {
        Response fields = redis(Request.cmd(Command.HGETALL).arg(key(api)));
        return fields.getKeys().stream()
                .filter(field -> Set.of("i", "s", "h", "f").contains(field))
                .collect(Collectors.toMap(
                        field -> field, field -> fields.get(field).toString()));
    }

    private void put(Api api, Map<String, String> fields) throws Exception {
        Request request = Request.cmd(Command.HSET).arg(key(api));
        fields.forEach((field, value) -> request.arg(field).arg(value));
        redis(request);
    }

    private static String key(Api api) {
        return AccountId.of("demo", api.account()).redisKey();
    }

    @CanIgnoreReturnValue
    private Response redis(Request request) throws Exception {
        // as the administrator: the gateway's own user may not do what is done here
        Redis redis = Redis.createClient(vertx, redisUrl.replaceFirst("//[^@]*@", "//"));
        try {
            return redis.send(request).toCompletionStage().toCompletableFuture().get(5, TimeUnit.SECONDS);
        } finally {
            redis.close();
        }
    }

    private double looks() {
        return meters.get("stampede.event.looks").counter().count();
    }

    private double open() {
        return meters.get("stampede.event.streams").gauge().value();
    }
}
