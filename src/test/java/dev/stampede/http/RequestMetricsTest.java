package dev.stampede.http;

import static io.restassured.RestAssured.given;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.support.BackendsResource;
import io.quarkus.test.common.TestResourceScope;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What callers choose does not become a label. */
@QuarkusTest
@WithTestResource(value = BackendsResource.class, scope = TestResourceScope.GLOBAL)
class RequestMetricsTest {
    @TestHTTPResource(value = "/metrics", management = true)
    URI metrics;

    private static String request(String method, String path) {
        return method + " " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
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
            String uri = "uri=\"" + Calls.ACCOUNT + below + "\"";
            assertTrue(
                    text.lines()
                            .anyMatch(line -> line.startsWith("http_server_requests_seconds_count")
                                    && line.contains(uri)
                                    && line.contains("method=\"POST\"")),
                    uri + " is not recorded");
        }
        assertTrue(text.contains("method=\"OTHER\""), "nor are the others left out");
    }
}
