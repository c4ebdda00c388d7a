package dev.stampede.console;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.equalTo;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.stampede.access.Sessions;
import dev.stampede.support.TestKey;
import io.restassured.response.Response;
import io.restassured.response.ValidatableResponse;
import io.restassured.specification.RequestSpecification;
import java.util.Map;

/** Somebody at the console, with the session of a key. */
final class Browser {
    private final String session;

    private Browser(String session) {
        this.session = session;
    }

    static Browser signedIn() {
        return signedIn(TestKey.TEXT);
    }

    static Browser signedIn(String key) {
        return new Browser(given().redirects()
                .follow(false)
                .contentType("application/x-www-form-urlencoded")
                .formParam("api-key", key)
                .post("/console/login")
                .then()
                .statusCode(303)
                .extract()
                .cookie(Sessions.COOKIE));
    }

    RequestSpecification asks() {
        return given().redirects().follow(false).cookie(Sessions.COOKIE, session);
    }

    Response get(String below) {
        return asks().get("/console" + below);
    }

    /** A page that is there. */
    @CanIgnoreReturnValue
    ValidatableResponse sees(String below) {
        return get(below).then().statusCode(200).contentType(equalTo("text/html;charset=UTF-8"));
    }

    /** Sends a form, as htmx does. */
    Response sends(String below, Map<String, ?> fields) {
        return asks().header("HX-Request", "true")
                .header("Sec-Fetch-Site", "same-origin")
                .contentType("application/x-www-form-urlencoded; charset=UTF-8")
                .formParams(fields)
                .post("/console" + below);
    }
}
