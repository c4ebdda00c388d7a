package dev.stampede.http.server;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.equalTo;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.http.Api;
import dev.stampede.http.RawHttp;
import dev.stampede.support.BackendsResource;
import dev.stampede.support.TestKey;
import io.quarkus.test.common.TestResourceScope;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What HTTP asks of every server, and is easily left out. */
@QuarkusTest
@WithTestResource(value = BackendsResource.class, scope = TestResourceScope.GLOBAL)
@Tag("servers")
class HttpDetailsTest {
    @TestHTTPResource(value = "/", management = true)
    String management;

    private static final Map<String, String> ALLOWED = Map.of(
            "", "GET, HEAD, OPTIONS, PATCH, PUT",
            "/earn", "OPTIONS, POST",
            "/redeem", "OPTIONS, POST",
            "/holds", "GET, HEAD, OPTIONS, POST",
            "/holds/01a211c1-55ef-7878-9cc0-1ef2d1aa770a", "GET, HEAD, OPTIONS",
            "/voids", "OPTIONS, POST",
            "/operations", "GET, HEAD, OPTIONS",
            "/operations/01a211c1-55ef-7878-9cc0-1ef2d1aa770a", "GET, HEAD, OPTIONS",
            "/events", "GET, HEAD, OPTIONS");

    @Test
    void wrongMethodsAreToldTheRightOnes() {
        Api api = Api.fresh();
        ALLOWED.forEach((below, allowed) -> {
            Set<String> wrong = new TreeSet<>(Set.of("GET", "POST", "PUT", "DELETE", "PATCH", "TRACE"));
            wrong.removeAll(List.of(allowed.split(", ")));
            for (String method : wrong) {
                given().request(method, api.path() + below)
                        .then()
                        .statusCode(405)
                        .header("Allow", equalTo(allowed))
                        .body("code", equalTo("method_not_allowed"));
            }
            given().options(api.path() + below).then().statusCode(204).header("Allow", equalTo(allowed));
        });
        given().options(api.path("nothing")).then().statusCode(404);
    }

    @Test
    void bodiesInAnotherGuiseAreRefused() {
        Api api = Api.fresh();
        for (String type : List.of(
                "application/json;charset=utf-16",
                "application/json; charset=iso-8859-1",
                "application/json;charset=utf-8;charset=utf-16",
                "application/json;charset*=utf-16",
                "application/json;charset*0=utf-16",
                "application/json;\"charset\"=utf-16",
                "application/json; charset=\"utf-8",
                "application/json" + ";".repeat(3000),
                "application/json" + ";charset=utf-8".repeat(500),
                "*/*",
                "application/*",
                "text/plain",
                "application/json5")) {
            given().header("Idempotency-Key", Api.key())
                    .header("Content-Type", type)
                    .body("{\"points\":1}".getBytes(java.nio.charset.StandardCharsets.UTF_8))
                    .post(api.path("earn"))
                    .then()
                    .statusCode(415)
                    .body("code", equalTo("unsupported_media_type"));
        }
        given().header("Idempotency-Key", Api.key())
                .header("Content-Type", "application/json")
                .header("Content-Encoding", "gzip")
                .body(new byte[] {0x1f, (byte) 0x8b, 8})
                .post(api.path("earn"))
                .then()
                .statusCode(415);
        for (String type : List.of(
                "application/json", "application/json;charset=UTF-8", "Application/JSON; Charset=\"utf-8\"; v=1")) {
            given().header("Idempotency-Key", Api.key())
                    .header("Content-Type", type)
                    .body("{\"points\":1}".getBytes(java.nio.charset.StandardCharsets.UTF_8))
                    .post(api.path("earn"))
                    .then()
                    .statusCode(201);
        }
    }

    @Test
    void headersOfTheBodyThatAreThereTwiceAreRefused() throws IOException {
        for (String second :
                List.of("Content-Type: application/json", "Content-Encoding: identity\r\nContent-Encoding: gzip")) {
            String answer = RawHttp.exchange(RawHttp.ascii("POST " + Api.fresh().path("earn")
                    + " HTTP/1.1\r\nHost: localhost\r\n" + TestKey.LINE
                    + "Idempotency-Key: k\r\nContent-Type: application/json\r\n"
                    + second + "\r\nContent-Length: 12\r\nConnection: close\r\n\r\n{\"points\":1}"));
            assertTrue(answer.startsWith("HTTP/1.1 400"), answer);
        }
    }

    @Test
    void pathsThatCanBeReadInTwoWaysReachNoResource() throws IOException {
        Api api = Api.with(5);
        for (String path : List.of(
                api.path() + ";x=y",
                api.path() + "//",
                api.path() + "/",
                api.path("operations?limit=%zz"),
                api.path("operations?reference=a|b"),
                api.path().replace("demo", "d%65mo"))) {
            String answer = RawHttp.exchange(RawHttp.ascii(
                    "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" + TestKey.LINE + "Connection: close\r\n\r\n"));
            assertTrue(answer.startsWith("HTTP/1.1 400"), answer);
            assertTrue(answer.contains("application/problem+json"), answer);
        }
    }

    @Test
    void pagesOfTheFrameworkAreReadOnly() {
        for (String page :
                List.of("/q/openapi", "/q/swagger-ui/", management + "health/live", management + "metrics")) {
            given().get(page).then().statusCode(200);
            given().head(page).then().statusCode(200);
            given().options(page).then().statusCode(204).header("Allow", "GET, HEAD, OPTIONS");
            for (String method : List.of("POST", "PUT", "DELETE", "PATCH", "TRACE", "FOO")) {
                given().body("{}")
                        .request(method, page)
                        .then()
                        .statusCode(405)
                        .contentType("application/problem+json")
                        .header("Allow", "GET, HEAD, OPTIONS");
            }
        }
    }

    @Test
    void answersAreNotSniffedNorKept() {
        Api api = Api.with(5);
        api.get()
                .then()
                .statusCode(200)
                .header("X-Content-Type-Options", equalTo("nosniff"))
                .header("Cache-Control", equalTo("private, no-cache"));
        String tag = api.get().then().extract().header("ETag");
        assertTrue(tag.startsWith("W/"), tag);
        given().header("If-None-Match", tag)
                .get(api.path())
                .then()
                .statusCode(304)
                .header("Cache-Control", equalTo("private, no-cache"));
        for (var answer : List.of(
                api.post("redeem", "{\"points\":1}"),
                api.post("redeem", "{\"points\":100}"),
                given().get("/nothing"),
                given().delete(api.path()),
                api.get("operations"))) {
            assertEquals("nosniff", answer.header("X-Content-Type-Options"), answer.asString());
            assertEquals("no-store", answer.header("Cache-Control"), answer.asString());
        }
    }

    @Test
    void aVoidedKeyIsToldAgain() {
        Api api = Api.with(5);
        String key = Api.key();
        api.keyed(key).body("{\"points\":1}").post(api.path("redeem")).then().statusCode(201);
        api.post("voids", "{\"key\":\"" + key + "\"}").then().statusCode(201);
        for (int i = 0; i < 2; i++) {
            api.keyed(key)
                    .body("{\"points\":1}")
                    .post(api.path("redeem"))
                    .then()
                    .statusCode(409)
                    .body("code", equalTo("voided"))
                    .header("Idempotency-Replayed", equalTo("true"));
        }
    }
}
