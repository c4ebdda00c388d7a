package dev.stampede.http.problem;

import static io.restassured.RestAssured.given;
import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.matchesPattern;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.startsWith;

import dev.stampede.http.Api;
import dev.stampede.http.RawHttp;
import dev.stampede.support.BackendsResource;
import dev.stampede.support.TestKey;
import io.quarkus.test.common.TestResourceScope;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.ValidatableResponse;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What the framework refuses before a feature sees it is told in the same way as everything else. */
@QuarkusTest
@WithTestResource(value = BackendsResource.class, scope = TestResourceScope.GLOBAL)
@Tag("servers")
class ProblemsTest {
    private static final int TEN_MB = 10 * 1024 * 1024;

    private static void isProblem(ValidatableResponse response, int status, String code) {
        response.statusCode(status)
                .contentType("application/problem+json")
                .header("X-Request-Id", not(equalTo("")))
                .body("code", equalTo(code))
                .body("status", equalTo(status))
                .body("type", equalTo("urn:stampede:problem:" + code))
                .body("requestId", equalTo(response.extract().header("X-Request-Id")));
    }

    @Test
    void unknownPaths() {
        for (String path : new String[] {
            "/",
            "/v1",
            "/v2/x",
            "/v1/programs/demo/nothing",
            "/v1/programs/demo/accounts/a/nothing",
            "/q/nothing",
            "/favicon.ico"
        }) {
            isProblem(given().get(path).then(), 404, "not_found");
        }
    }

    @Test
    void wrongMethods() {
        Api api = Api.fresh();
        isProblem(given().delete(api.path()).then(), 405, "method_not_allowed");
        isProblem(given().get(api.path("redeem")).then(), 405, "method_not_allowed");
        isProblem(given().put(api.path("operations")).then(), 405, "method_not_allowed");
        isProblem(given().patch(api.path("operations")).then(), 405, "method_not_allowed");
        isProblem(given().delete("/v1/programs/demo/versions").then(), 405, "method_not_allowed");
    }

    @Test
    void wrongMediaTypes() {
        Api api = Api.fresh();
        for (String type : new String[] {"text/plain", "application/xml", "text/json", "application/octet-stream"}) {
            isProblem(
                    given().header("Idempotency-Key", Api.key())
                            .contentType(type)
                            .body("{\"points\":1}".getBytes(StandardCharsets.UTF_8))
                            .post(api.path("earn"))
                            .then(),
                    415,
                    "unsupported_media_type");
        }
        isProblem(given().accept("text/html").get(api.path()).then(), 406, "not_acceptable");
    }

    @Test
    void aBodyWithoutAMediaTypeIsRefused() throws Exception {
        Api api = Api.fresh();
        String answer = RawHttp.exchange(RawHttp.ascii("POST " + api.path("earn")
                + " HTTP/1.1\r\nHost: x\r\n" + TestKey.LINE + "Idempotency-Key: k\r\nContent-Length: 12\r\nConnection:"
                + " close\r\n\r\n{\"points\":1}"));

        assertThat(answer, startsWith("HTTP/1.1 415 "));
        assertThat(answer, containsString("\"code\":\"unsupported_media_type\""));
    }

    @Test
    void bodiesThatAreTooLarge() throws Exception {
        Api api = Api.fresh();
        byte[] large = new byte[TEN_MB];
        Arrays.fill(large, (byte) ' ');
        String head = "POST " + api.path("earn") + " HTTP/1.1\r\nHost: x\r\n" + TestKey.LINE
                + "Idempotency-Key: k\r\nContent-Type: application/json\r\n";

        String withLength = RawHttp.exchange(RawHttp.ascii(head + "Content-Length: " + TEN_MB + "\r\n\r\n"), large);
        assertThat(withLength, startsWith("HTTP/1.1 413 "));
        assertThat(withLength, containsString("application/problem+json"));
        assertThat(withLength, containsString("\"code\":\"payload_too_large\""));

        String chunked = RawHttp.exchange(
                RawHttp.ascii(head + "Transfer-Encoding: chunked\r\n\r\n" + Integer.toHexString(TEN_MB) + "\r\n"),
                large,
                RawHttp.ascii("\r\n0\r\n\r\n"));
        assertThat(chunked, startsWith("HTTP/1.1 413 "));
        assertThat(chunked, containsString("application/problem+json"));
        assertThat(chunked, containsString("\"code\":\"payload_too_large\""));

        isProblem(
                api.keyed("k")
                        .body(" ".repeat(256 * 1024 + 1))
                        .post(api.path("earn"))
                        .then(),
                413,
                "payload_too_large");
        for (String below : List.of("redeem", "holds", "voids", "holds/x/capture")) {
            isProblem(
                    api.keyed("k")
                            .body(" ".repeat(64 * 1024 + 1))
                            .post(api.path(below))
                            .then(),
                    413,
                    "payload_too_large");
        }
        given().contentType("application/json")
                .body(" ".repeat(64 * 1024 + 1))
                .put(Api.of("demo", "earn").path())
                .then()
                .statusCode(413);
    }

    @Test
    void theLargestBodyIsRead() {
        String body = "{\"points\":1}" + " ".repeat(256 * 1024 - 12);

        Api.fresh().post("earn", body).then().statusCode(201);
        Api.with(5)
                .post("redeem", "{\"points\":1}" + " ".repeat(64 * 1024 - 12))
                .then()
                .statusCode(201);
    }

    @Test
    void aChunkedBodyIsRead() throws Exception {
        Api api = Api.fresh();
        String answer = RawHttp.exchange(RawHttp.ascii("POST " + api.path("earn")
                + " HTTP/1.1\r\nHost: x\r\n" + TestKey.LINE
                + "Idempotency-Key: k\r\nContent-Type: application/json\r\nConnection:"
                + " close\r\n"
                + "Transfer-Encoding: chunked\r\n\r\n5\r\n{\"poi\r\n7\r\nnts\":1}\r\n0\r\n\r\n"));

        assertThat(answer, startsWith("HTTP/1.1 201 "));
    }

    @Test
    void pathsThatCantBeDecoded() throws Exception {
        for (String path : new String[] {
            "/v1/programs/demo/accounts/%ff%fe",
            "/v1/programs/demo/accounts/a%00b",
            "/v1/programs/demo/accounts/..%2f..",
            "/v1/programs/demo/accounts/%c3"
        }) {
            String answer = RawHttp.exchange(RawHttp.ascii(
                    "GET " + path + " HTTP/1.1\r\nHost: x\r\n" + TestKey.LINE + "Connection: close\r\n\r\n"));

            assertThat(path, answer, matchesPattern("(?s)HTTP/1.1 40[04] .*"));
            assertThat(path, answer, containsString("application/problem+json"));
            assertThat(path, answer, containsString("\"requestId\":\""));
        }
    }

    /** The server itself refuses what is no URI, without a body: nothing of ours sees it. */
    @Test
    void pathsThatAreNoUri() throws Exception {
        for (String path : new String[] {
            "/v1/programs/%zz/accounts/a", "/v1/programs/demo/accounts/%", "/v1/a?dryRun=%zz", "/v1/a|b"
        }) {
            String answer = RawHttp.exchange(RawHttp.ascii(
                    "GET " + path + " HTTP/1.1\r\nHost: x\r\n" + TestKey.LINE + "Connection: close\r\n\r\n"));

            assertThat(path, answer, startsWith("HTTP/1.1 400 "));
        }
    }

    @Test
    void aSaneRequestIdIsKept() {
        Api api = Api.fresh();
        for (String id :
                new String[] {"abc", "01a1ffd8-9e3b-7453-a7d1-9e788194395f", "a".repeat(64), "t:1/2=3+4_5.6"}) {
            given().header("X-Request-Id", id)
                    .get(api.path())
                    .then()
                    .statusCode(404)
                    .header("X-Request-Id", equalTo(id))
                    .body("requestId", equalTo(id));
        }
        for (String id : new String[] {"a".repeat(65), "a b", "<x>", "a\"b", "é"}) {
            given().header("X-Request-Id", id)
                    .get(api.path())
                    .then()
                    .header("X-Request-Id", matchesPattern("[0-9a-f]{24}"));
        }
        given().put(api.path()).then().statusCode(201).header("X-Request-Id", matchesPattern("[0-9a-f]{24}"));
    }
}
