package dev.stampede.history;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.nullValue;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.account.AccountId;
import dev.stampede.account.Image;
import dev.stampede.http.Api;
import dev.stampede.support.Backends;
import dev.stampede.support.BackendsResource;
import dev.stampede.support.RedisSocket;
import dev.stampede.support.TestKey;
import io.quarkus.test.common.TestResourceScope;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.restassured.response.ValidatableResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A newer release has written something that this one does not know: it says so, tells the rest, and drops nothing. */
@QuarkusTest
@WithTestResource(value = BackendsResource.class, scope = TestResourceScope.GLOBAL)
@Tag("servers")
class NewerReleaseTest {
    /** What a newer release may have changed of an operation. */
    private static final String FORMAT = "format = 4";

    private static final String TYPE = "type = 'gift'";
    private static final String OUTCOME = "outcome = 'too_many_stars', points = 0, reversible = 0";
    private static final String DETAIL = "detail = '{\"campaign\":\"spring\",\"channel\":\"app\"}'";
    private static final String IMAGE = "image = replace(image, '\"lots\"', '\"stars\":2,\"lots\"')";
    private static final String FINGERPRINT = "fingerprint = '2:abc'";

    private Api api;
    private final String key = Api.key();
    private String id;

    @BeforeEach
    void anOperation() {
        api = Api.with(100);
        id = api.post("earn", key, "{\"points\":7,\"channel\":\"app\"}")
                .then()
                .statusCode(201)
                .extract()
                .path("id");
    }

    private AccountId account() {
        return AccountId.of("demo", api.account());
    }

    /** Rewrites the account's newest operation, and the account's digest if its image is another one. */
    private void rewrite(String change) throws SQLException {
        sql("CREATE TABLE was_operation AS SELECT * FROM operation WHERE id = '" + id + "'");
        sql("UPDATE operation SET " + change + " WHERE id = '" + id + "'");
        digest();
    }

    /** Others look whether all of the ledger makes sense. */
    @AfterEach
    void asItWas() throws SQLException {
        sql("DELETE FROM operation WHERE id = '" + id + "'");
        sql("INSERT INTO operation SELECT * FROM was_operation");
        sql("DROP TABLE was_operation");
        digest();
    }

    private void digest() throws SQLException {
        try (Connection connection =
                        DriverManager.getConnection(Backends.shared().postgres().jdbcUrl());
                Statement statement = connection.createStatement();
                ResultSet image = statement.executeQuery("SELECT image FROM operation WHERE id = '" + id + "'")) {
            image.next();
            sql("UPDATE account SET digest = '" + Image.digest(image.getString(1)) + "' WHERE account = '"
                    + api.account() + "'");
        }
    }

    private static void sql(String statement) throws SQLException {
        try (Connection connection =
                        DriverManager.getConnection(Backends.shared().postgres().jdbcUrl());
                Statement sql = connection.createStatement()) {
            sql.execute(statement);
        }
    }

    /** So that it has to be read from Postgres. */
    private void forgotten() {
        try (RedisSocket redis = new RedisSocket(Backends.shared().redis().port())) {
            assertInstanceOf(Long.class, redis.ask("DEL", account().redisKey()));
        }
    }

    private static void unavailable(ValidatableResponse answer) {
        answer.statusCode(503)
                .body("code", equalTo("unavailable"))
                .body("retryable", equalTo(true))
                .body(
                        "detail",
                        equalTo("A newer release of the gateway has written this account."
                                + " This gateway cannot read it."));
    }

    @ParameterizedTest
    @ValueSource(strings = {FORMAT, IMAGE})
    void streamsEndThatCanTellNothingAnyMore(String change) throws Exception {
        HttpRequest events = HttpRequest.newBuilder(
                        URI.create("http://localhost:" + RestAssured.port + api.path("events")))
                .header(TestKey.HEADER, TestKey.BEARER)
                .build();
        try (InputStream stream = HttpClient.newHttpClient()
                .send(events, HttpResponse.BodyHandlers.ofInputStream())
                .body()) {
            assertTrue(stream.read() >= 0, "nothing of the balance before");
            rewrite(change);
            forgotten();
            CompletableFuture<byte[]> rest = CompletableFuture.supplyAsync(() -> rest(stream));
            assertTrue(
                    new String(rest.get(20, TimeUnit.SECONDS), StandardCharsets.UTF_8).contains("\"available\":107"));
        }
        unavailable(api.get("events").then());
    }

    private static byte[] rest(InputStream stream) {
        try {
            return stream.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {FORMAT, TYPE, OUTCOME, DETAIL, IMAGE, FINGERPRINT})
    void historyTellsAllRows(String change) throws Exception {
        rewrite(change);
        forgotten();
        String type = change.equals(OUTCOME) ? "?type=declined" : "";
        var page = api.get("operations" + type).then().statusCode(200);
        page.body("items.id", change.equals(OUTCOME) ? contains(id) : hasSize(2))
                .body("items[0].id", equalTo(id));
        for (ValidatableResponse one : new ValidatableResponse[] {
            page.rootPath("items[0]"),
            api.get("operations/" + id).then().statusCode(200),
            given().queryParam("key", key)
                    .get(api.path("operations"))
                    .then()
                    .statusCode(200)
                    .rootPath("items[0]")
        }) {
            one.body("id", equalTo(id))
                    .body("type", equalTo(change.equals(TYPE) ? "gift" : "earn"))
                    .body("outcome", equalTo(change.equals(OUTCOME) ? "too_many_stars" : "ok"))
                    .body("key", equalTo(key))
                    .body("channel", equalTo("app"))
                    .body("entries[0].points", equalTo(7))
                    .body("balance.available", equalTo(107));
        }
    }

    @Test
    void holdsAreToldAllTheSame() throws Exception {
        String first = hold();
        id = hold();
        rewrite("format = 3, hold = replace(hold, '\"state\"', '\"stars\":2,\"state\"')");
        forgotten();
        api.get("holds")
                .then()
                .statusCode(200)
                .body("items.id", contains(id, first))
                .body("items.points", contains(5, 5))
                .body("items.state", contains("held", "held"));
        sql("UPDATE operation SET hold = '<stars/>' WHERE id = '" + id + "'");
        api.get("holds").then().statusCode(200).body("items.id", contains(first));
    }

    private String hold() {
        return api.post("holds", Api.key(), "{\"points\":5}")
                .then()
                .statusCode(201)
                .extract()
                .path("id");
    }

    @Test
    void whatCantBeReadAtAllIsLeftOut() throws Exception {
        rewrite("format = 3, image = '<stars/>', detail = '<stars/>'");
        forgotten();
        api.get("operations")
                .then()
                .statusCode(200)
                .body("items", hasSize(2))
                .body("items[0].points", equalTo(7))
                .body("items[0].balance", nullValue())
                .body("items[1].balance.available", equalTo(100));
    }

    /** Whether Redis has what was before, or nothing: what is decided on it can't be sealed. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void theAccountIsUnavailableAndStays(boolean loaded) throws Exception {
        rewrite(FORMAT + ", " + IMAGE);
        if (!loaded) {
            forgotten();
        }
        unavailable(api.post("earn", "{\"points\":1}").then());
        unavailable(api.post("redeem", "{\"points\":1}").then());
        unavailable(api.post("earn", key, "{\"points\":7,\"channel\":\"app\"}").then()); // a replay
        unavailable(api.post("operations/" + id + "/reverse", "{}").then());
        unavailable(api.post("voids", "{\"key\":\"" + key + "\"}").then());
        unavailable(api.get().then());
        api.get("holds").then().statusCode(200);
        unavailable(api.put().then());
        assertEquals(2, operations());
    }

    private int operations() throws SQLException {
        try (Connection connection =
                        DriverManager.getConnection(Backends.shared().postgres().jdbcUrl());
                PreparedStatement count = connection.prepareStatement(
                        "SELECT count(*) FROM operation WHERE program = 'demo' AND account = ?")) {
            count.setString(1, api.account());
            try (ResultSet row = count.executeQuery()) {
                row.next();
                return row.getInt(1);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {FORMAT, TYPE, OUTCOME, DETAIL, FINGERPRINT})
    void whatItRepeatsIsUnavailable(String change) throws Exception {
        rewrite(change);
        api.post("earn", key, "{\"points\":7,\"channel\":\"app\"}")
                .then()
                .statusCode(503)
                .body("code", equalTo("unavailable"))
                .body("detail", not(containsString("{")));
    }
}
