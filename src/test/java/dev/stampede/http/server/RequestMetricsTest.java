package dev.stampede.http.server;

import static io.restassured.RestAssured.given;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.http.Api;
import dev.stampede.http.RawHttp;
import dev.stampede.http.request.CallReader;
import dev.stampede.support.BackendsResource;
import dev.stampede.support.TestKey;
import io.quarkus.test.common.TestResourceScope;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What callers choose does not become a label. */
@QuarkusTest
@WithTestResource(value = BackendsResource.class, scope = TestResourceScope.GLOBAL)
@Tag("servers")
class RequestMetricsTest {
    @TestHTTPResource(value = "/metrics", management = true)
    URI metrics;

    private static String request(String method, String path) {
        return method + " " + path + " HTTP/1.1\r\nHost: localhost\r\n" + TestKey.LINE
                + "Content-Length: 0\r\nConnection: close\r\n\r\n";
    }

    @Test
    void oneClientDoesNotBlindMonitoring() throws IOException {
        Api secret = Api.with(100);
        secret.post("redeem", "{\"points\":1}").then().statusCode(201);
        int before = given().get(metrics).asString().length();
        for (int i = 0; i < 500; i++) {
            String end = List.of("%zz", ";x", "/..", "", "//", "/%2e%2e/" + i).get(i % 6);
            RawHttp.exchange(RawHttp.ascii(request("METHOD" + i, "/")));
            RawHttp.exchange(RawHttp.ascii(request("GET", "/bad/" + i + end)));
            if (i % 5 == 0) {
                RawHttp.exchange(RawHttp.ascii(request("POST", secret.path() + "/nothing-" + i)));
                RawHttp.exchange(RawHttp.ascii(request("METHOD" + i, secret.path())));
                RawHttp.exchange(RawHttp.ascii(request("GET", secret.path() + end)));
            }
        }
        secret.post("holds", "{\"points\":1}").then().statusCode(201);

        String text = given().get(metrics).then().statusCode(200).extract().asString();
        // what this test's JVM has recorded before is not the point
        assertTrue(text.length() - before < 50_000, text.length() - before + " characters more");
        assertFalse(text.contains(secret.account()), "an account is a label");
        assertFalse(text.contains("METHOD1"), "a caller's method is a label");
        assertFalse(text.contains("/bad/"), "a caller's path is a label");
        for (String below : List.of("/redeem", "/holds", "/earn")) {
            String uri = "uri=\"" + CallReader.ACCOUNT + below + "\"";
            assertTrue(
                    text.lines()
                            .anyMatch(line -> line.startsWith("http_server_requests_seconds_count")
                                    && line.contains(uri)
                                    && line.contains("method=\"POST\"")),
                    uri + " is not recorded");
        }
        assertTrue(text.contains("method=\"OTHER\""), "nor are the others left out");
    }

    /** Each template with each method, and all that can be wrong with a call, some of it at each account. */
    @Test
    void aScrapeStaysSmall() throws IOException {
        String id = UUID.randomUUID().toString();
        List<String> accounts =
                List.of(Api.with(100).path(), "/v1/programs/demo/accounts/none", "/v1/programs/none/accounts/m");
        String json = "Content-Type: application/json\r\nIdempotency-Key: ";
        for (String template : List.of(
                "",
                "/earn",
                "/redeem",
                "/holds",
                "/holds/" + id,
                "/holds/" + id + "/capture",
                "/holds/" + id + "/void",
                "/operations",
                "/operations/" + id,
                "/operations/" + id + "/reverse",
                "/voids",
                "/events")) {
            for (String method : List.of("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "FOO")) {
                int key = 0;
                for (String headers : List.of(
                        "\r\n",
                        "Accept: text/plain\r\n\r\n",
                        "Content-Length: 2\r\nContent-Type: text/plain\r\n\r\n{}",
                        "Expect: x\r\n\r\n",
                        json + "a\r\nContent-Length: 2\r\n\r\n{}",
                        json + "b\r\nContent-Length: 12\r\n\r\n{\"points\":1}",
                        json + "b\r\nContent-Length: 12\r\n\r\n{\"points\":2}",
                        json + "c\r\nContent-Length: 15\r\n\r\n{\"points\":5000}")) {
                    for (String account : accounts) {
                        if (template.equals("/events") && method.equals("GET")) {
                            continue; // that one does not end
                        }
                        String path = account + template + (key++ % 5 == 4 ? "?x=y" : "");
                        String head = method + " " + path + " HTTP/1.1\r\nHost: localhost\r\n" + TestKey.LINE
                                + "Connection: close\r\n";
                        RawHttp.exchange(RawHttp.ascii(
                                head + headers.replace("Idempotency-Key: ", "Idempotency-Key: " + template + method)));
                    }
                }
            }
        }
        RawHttp.exchange(RawHttp.ascii("POST " + accounts.get(0) + "/earn HTTP/1.1\r\nHost: localhost\r\n"
                + TestKey.LINE + "Connection: close\r\nContent-Length: 300000\r\n\r\n"));
        String text = given().get(metrics).then().statusCode(200).extract().asString();
        assertTrue(text.length() < 200_000, text.length() + " characters");
        for (String status : List.of("200", "201", "404", "405", "413", "415", "417", "422")) {
            assertTrue(text.contains("status=\"" + status + "\""), "this test causes no " + status);
        }
    }
}
