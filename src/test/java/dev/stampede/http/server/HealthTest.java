package dev.stampede.http.server;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.not;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.stampede.http.Api;
import dev.stampede.support.BackendsResource;
import io.quarkus.test.common.TestResourceScope;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import org.eclipse.microprofile.health.HealthCheckResponse.Status;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@QuarkusTest
@WithTestResource(value = BackendsResource.class, scope = TestResourceScope.GLOBAL)
@Tag("servers")
class HealthTest {
    @TestHTTPResource(value = "/health", management = true)
    String health;

    @Test
    void aRunningGatewayIsLiveAndReady() {
        given().get(health + "/live").then().statusCode(200).body("status", equalTo("UP"));
        given().get(health + "/ready")
                .then()
                .statusCode(200)
                .body("status", equalTo("UP"))
                .body("checks.find { it.name == 'gateway' }.data.redis", equalTo(true))
                .body("checks.find { it.name == 'gateway' }.data.postgres", equalTo(true))
                .body("checks.find { it.name == 'gateway' }.data.clock", equalTo(true));
    }

    @Test
    void requestsAreAHistogram() {
        Api.with(1).post("redeem", "{\"points\":1}").then().statusCode(201);
        given().get(health.replace("/health", "/metrics"))
                .then()
                .statusCode(200)
                .body(containsString("http_server_requests_seconds_bucket"))
                .body(containsString("stampede_operations_seconds_bucket"));
    }

    /** Accounts are no labels: not where a method is refused, nor a body, before any resource is found. */
    @Test
    void noAccountIsALabel() {
        String path = "/v1/programs/demo/accounts/no-label/earn";
        given().delete(path).then().statusCode(405);
        given().contentType("text/plain").body("x").post(path).then().statusCode(415);
        given().contentType("application/json")
                .body(new byte[300_000])
                .post(path)
                .then()
                .statusCode(413);
        given().get(health.replace("/health", "/metrics"))
                .then()
                .statusCode(200)
                .body(containsString("status=\"413\""))
                .body(not(containsString("no-label")));
    }

    @Test
    void oneOfRedisAndPostgresIsEnough() {
        assertEquals(Status.UP, ReadinessCheck.response(true, false, true).getStatus());
        assertEquals(Status.UP, ReadinessCheck.response(false, true, true).getStatus());
        assertEquals(Status.DOWN, ReadinessCheck.response(false, false, true).getStatus());
        assertEquals(Status.DOWN, ReadinessCheck.response(true, true, false).getStatus());
    }
}
