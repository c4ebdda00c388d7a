package dev.stampede.console;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.startsWith;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.http.Api;
import dev.stampede.support.BackendsResource;
import dev.stampede.support.TestIssuer;
import dev.stampede.support.TestKey;
import io.quarkus.test.common.TestResourceScope;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The files of the member's page, and the calls that it makes with a member's token. */
@QuarkusTest
@WithTestResource(value = BackendsResource.class, scope = TestResourceScope.GLOBAL)
@Tag("servers")
class MemberPageResourceTest {
    private static Response get(String path) {
        return given().noFilters().get(path);
    }

    @Test
    void itIsFilesOfThisGateway() {
        get("/me")
                .then()
                .statusCode(200)
                .contentType("text/html")
                .header("Content-Security-Policy", startsWith("default-src 'none'; script-src 'self';"))
                .header("Content-Security-Policy", containsString("worker-src 'self'"))
                .header("Cache-Control", equalTo("no-cache"))
                .header("X-Content-Type-Options", equalTo("nosniff"))
                .header("X-Frame-Options", equalTo("DENY"));
        get("/me/sw.js").then().statusCode(200).header("Service-Worker-Allowed", equalTo("/me"));
        get("/me/manifest.json").then().statusCode(200).contentType("application/manifest+json");
        get("/me/nothing").then().statusCode(404).body("code", equalTo("not_found"));
    }

    @Test
    void everyFileIsThereAndNoneIsForeign() {
        Set<String> named = new TreeSet<>();
        for (String from : Set.of("/me", "/me/manifest.json", "/me/sw.js", "/me/me.js")) {
            Matcher paths = Pattern.compile("['\"](/me(?:/[a-z.]+)?|[a-z]+://[^'\"]*)['\"]")
                    .matcher(get(from).asString());
            while (paths.find()) {
                named.add(paths.group(1));
            }
        }
        assertTrue(named.size() >= 6, named::toString);
        named.forEach(path -> assertEquals(200, get(path).statusCode(), path));
        assertFalse(get("/me").asString().matches("(?s).*(style=|onclick|<script>).*"));
    }

    @Test
    void aMemberMayMakeItsCalls() {
        Api api = Api.with(1000);
        String token = TestIssuer.member(api.account());
        String program = "/v1/programs/demo";
        for (String path : Set.of(
                program,
                program + "/rewards?account=" + api.account(),
                api.path(),
                api.path("lots"),
                api.path("operations?limit=30"))) {
            given().header(TestKey.HEADER, token).get(path).then().statusCode(200);
        }
        String operation = given().header(TestKey.HEADER, token)
                .get(api.path("operations?type=earn"))
                .path("items[0].id");
        given().header(TestKey.HEADER, token)
                .get(api.path("operations/" + operation + "/explanation"))
                .then()
                .statusCode(200);
        given().header(TestKey.HEADER, token)
                .post(api.path("stream-tickets"))
                .then()
                .statusCode(201);
        given().header(TestKey.HEADER, token)
                .post(api.path("codes?qr=true"))
                .then()
                .statusCode(201)
                .body("qr", startsWith("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox="));
    }
}
