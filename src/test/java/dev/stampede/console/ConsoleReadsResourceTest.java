package dev.stampede.console;

import static io.restassured.RestAssured.given;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.anyOf;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.notNullValue;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.access.KeyText;
import dev.stampede.access.Sessions;
import dev.stampede.http.Api;
import dev.stampede.support.Backends;
import dev.stampede.support.BackendsResource;
import dev.stampede.support.TestKey;
import io.quarkus.test.common.TestResourceScope;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.restassured.response.Response;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What the console may cost the API's callers, and when it ends. */
@QuarkusTest
@WithTestResource(value = BackendsResource.class, scope = TestResourceScope.GLOBAL)
@Tag("servers")
class ConsoleReadsResourceTest {
    private static final Duration SECONDS = Duration.ofSeconds(5);

    @TestHTTPResource(value = "/metrics", management = true)
    URI metrics;

    private static Connection connection() throws Exception {
        return DriverManager.getConnection(Backends.shared().postgres().jdbcUrl());
    }

    /** Pages that read versions hang; whoever reads history as a till does not notice. */
    @Test
    void aConsoleThatHangsCostsTheHistoryNothing() throws Exception {
        Api api = Api.with(10);
        Browser browser = Browser.signedIn();
        browser.sees("/programs/demo");
        ExecutorService people = Executors.newFixedThreadPool(12);
        try (Connection lock = connection();
                Statement statement = lock.createStatement()) {
            lock.setAutoCommit(false);
            statement.execute("LOCK TABLE program_version IN ACCESS EXCLUSIVE MODE");
            List<CompletableFuture<Response>> pages = new ArrayList<>();
            long began = System.nanoTime();
            for (int i = 0; i < 12; i++) {
                pages.add(CompletableFuture.supplyAsync(() -> browser.get("/programs/demo"), people));
            }
            for (int i = 0; i < 40; i++) {
                long asked = System.nanoTime();
                given().get(api.path() + "/operations").then().statusCode(200);
                assertTrue(System.nanoTime() - asked < 1_500_000_000L, "history has waited");
            }
            for (CompletableFuture<Response> page : pages) {
                page.join()
                        .then()
                        .statusCode(503)
                        .header("Retry-After", notNullValue())
                        .body(containsString("Try again"));
            }
            assertTrue(System.nanoTime() - began < Duration.ofSeconds(8).toNanos(), "pages have waited");
            lock.rollback();
        } finally {
            people.shutdownNow();
        }
        await().atMost(SECONDS).untilAsserted(() -> browser.sees("/programs/demo"));
    }

    /** Two at a time, on connections that the API's callers do not use. */
    @Test
    void readsOfTheConsoleHaveTheirOwnConnections() throws Exception {
        Api api = Api.with(10);
        Browser browser = Browser.signedIn();
        String history = "/programs/demo/accounts/" + api.account() + "/history";
        browser.sees(history);
        ExecutorService people = Executors.newFixedThreadPool(8);
        try (Connection lock = connection();
                Statement statement = lock.createStatement()) {
            lock.setAutoCommit(false);
            statement.execute("LOCK TABLE entry IN ACCESS EXCLUSIVE MODE");
            List<CompletableFuture<Response>> pages = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                pages.add(CompletableFuture.supplyAsync(() -> browser.get(history), people));
            }
            try (Connection look = connection();
                    Statement asks = look.createStatement()) {
                int most = 0;
                for (int i = 0; i < 30; i++) {
                    var row = asks.executeQuery(
                            "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'entry'::regclass");
                    row.next();
                    most = Math.max(most, row.getInt(1));
                    Thread.sleep(100);
                }
                assertTrue(most >= 1 && most <= 2, "waiting: " + most);
            }
            for (CompletableFuture<Response> page : pages) {
                // the part says so, or the page, whose own look at the programme had no place
                page.join()
                        .then()
                        .statusCode(anyOf(equalTo(200), equalTo(503)))
                        .header("Retry-After", notNullValue())
                        .body(containsString("Try again"));
            }
            lock.rollback();
        } finally {
            people.shutdownNow();
        }
    }

    private static InputStream stream(String session, String path) throws Exception {
        HttpResponse<InputStream> response = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .build()
                .send(
                        HttpRequest.newBuilder(URI.create("http://localhost:" + RestAssured.port + "/console" + path))
                                .header("Cookie", Sessions.COOKIE + "=" + session)
                                .build(),
                        HttpResponse.BodyHandlers.ofInputStream());
        assertEquals(200, response.statusCode());
        return response.body();
    }

    private static String session(String key) {
        return given().redirects()
                .follow(false)
                .contentType("application/x-www-form-urlencoded")
                .formParam("api-key", key)
                .post("/console/login")
                .cookie(Sessions.COOKIE);
    }

    /** Completes when the stream has ended. */
    private static CompletableFuture<Void> end(InputStream stream) {
        return CompletableFuture.runAsync(() -> {
            try (var lines = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
                while (lines.readLine() != null) {}
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    @Test
    void streamsEndAfterSigningOut() throws Exception {
        Api api = Api.with(10);
        String session = session(TestKey.TEXT);
        String other = session(TestKey.TEXT);
        CompletableFuture<Void> live = end(stream(session, "/live/stream"));
        CompletableFuture<Void> account = end(stream(session, "/programs/demo/accounts/" + api.account() + "/events"));
        CompletableFuture<Void> stays = end(stream(other, "/live/stream"));
        Thread.sleep(1500);
        assertTrue(!live.isDone() && !account.isDone());
        given().redirects().follow(false).cookie(Sessions.COOKIE, session).post("/console/logout");
        await().atMost(SECONDS).until(() -> live.isDone() && account.isDone());
        assertTrue(!stays.isDone());
        given().redirects().follow(false).cookie(Sessions.COOKIE, other).post("/console/logout");
        await().atMost(SECONDS).until(stays::isDone);
    }

    @Test
    void streamsEndWhenTheKeyIsRevoked() throws Exception {
        Api api = Api.with(10);
        Response key = given().contentType("application/json")
                .body(Map.of("name", "agent", "scopes", List.of("read")))
                .post("/v1/programs/demo/keys");
        CompletableFuture<Void> stream =
                end(stream(session(key.path("key")), "/programs/demo/accounts/" + api.account() + "/events"));
        given().delete("/v1/programs/demo/keys/" + key.path("id")).then().statusCode(204);
        await().atMost(SECONDS).until(stream::isDone);
    }

    @Test
    void aFailedSignInCountsAsAnyOtherKeyThatIsRefused() {
        double before = unknownKeys();
        assertNull(session(KeyText.fresh(false, new Random()).text()));
        assertNull(session(KeyText.fresh(false, new Random()).text()));
        assertEquals(before + 2, unknownKeys());
    }

    private double unknownKeys() {
        return given().get(metrics)
                .asString()
                .lines()
                .filter(line -> line.startsWith("stampede_auth_total{kind=\"key\",result=\"unknown\""))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }
}
