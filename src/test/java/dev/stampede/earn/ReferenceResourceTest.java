package dev.stampede.earn;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.stampede.http.Api;
import dev.stampede.http.Sandbox;
import dev.stampede.support.BackendsResource;
import io.quarkus.test.common.TestResourceScope;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Programs in which each receipt counts once. */
@QuarkusTest
@WithTestResource(value = BackendsResource.class, scope = TestResourceScope.GLOBAL)
@Tag("servers")
class ReferenceResourceTest {
    private static final String NOW = "2026-12-01T10:00:00Z";
    private static final String POINTS = "{'names': {'one': 'point', 'other': 'points'},"
            + " 'expiry': {'type': 'months', 'months': 12, 'end': 'month'}, 'pendingDays': 0, 'clawback': 'debt',"
            + " 'graceDays': 0, 'autoEnrol': true, 'backdateDays': 31, 'uniqueReferences': '%s'}";

    private static Sandbox sandbox(String scope) throws Exception {
        return Sandbox.of("demo", NOW).with("points", POINTS.formatted(scope));
    }

    private static String receipt(String reference) {
        return "{\"amount\":\"12.00\",\"currency\":\"EUR\",\"reference\":\"" + reference + "\"}";
    }

    @Test
    void ofTheProgramEachCountsOnce() throws Exception {
        try (Sandbox sandbox = sandbox("program").published()) {
            Api one = sandbox.account("one");
            Api two = sandbox.account("two");
            String key = Api.key();
            String first = one.post("earn", key, receipt("r-1"))
                    .then()
                    .statusCode(201)
                    .extract()
                    .path("id");
            String second = Api.key();
            String told = two.post("earn", second, receipt("r-1"))
                    .then()
                    .statusCode(409)
                    .contentType("application/problem+json")
                    .body("code", equalTo("reference_used"))
                    .body("usedBy", equalTo(first))
                    .body("detail", containsString(first))
                    .body("operation", not(equalTo(first)))
                    .body("operation", notNullValue())
                    .body("retryable", equalTo(false))
                    .body("balance.available", equalTo(0))
                    .header("Idempotency-Replayed", nullValue())
                    .extract()
                    .path("operation");
            two.post("earn", second, receipt("r-1"))
                    .then()
                    .statusCode(409)
                    .header("Idempotency-Replayed", equalTo("true"))
                    .body("usedBy", equalTo(first))
                    .body("operation", equalTo(told));
            two.post("earn", second, receipt("r-2"))
                    .then()
                    .statusCode(422)
                    .body("code", equalTo("idempotency_key_reused"));
            one.post("earn", key, receipt("r-1")).then().statusCode(200).body("id", equalTo(first));

            // whatever the earn is for
            one.post("earn", "{\"points\":5,\"reference\":\"r-1\"}").then().statusCode(409);
            given().contentType("application/json")
                    .body(receipt("r-1"))
                    .post(two.path("earn?dryRun=true"))
                    .then()
                    .statusCode(409)
                    .body("usedBy", equalTo(first))
                    .body("operation", nullValue());
            // but not without a reference, nor what is no earn
            one.post("earn", "{\"points\":5}").then().statusCode(201);
            one.post("earn", "{\"points\":5}").then().statusCode(201);
            one.post("redeem", "{\"points\":1,\"reference\":\"r-1\"}").then().statusCode(201);
            one.post("redeem", "{\"points\":1,\"reference\":\"r-1\"}").then().statusCode(201);

            one.post("operations/" + first + "/reverse", "{}").then().statusCode(201);
            two.post("earn", receipt("r-1")).then().statusCode(409).body("usedBy", equalTo(first));
            assertEquals(8, one.available());
        }
    }

    @Test
    void ofTheAccountEachCountsOnceInIt() throws Exception {
        try (Sandbox sandbox = sandbox("account").published()) {
            Api one = sandbox.account("one");
            one.post("earn", receipt("r-1")).then().statusCode(201);
            one.post("earn", receipt("r-1")).then().statusCode(409).body("code", equalTo("reference_used"));
            sandbox.account("two").post("earn", receipt("r-1")).then().statusCode(201);

            String key = Api.key();
            one.post("earn", key, receipt("r-2")).then().statusCode(201);
            one.post("voids", "{\"key\":\"" + key + "\"}").then().statusCode(201);
            one.post("earn", receipt("r-2")).then().statusCode(201);
            one.post("earn", key, receipt("r-2")).then().statusCode(409).body("code", equalTo("voided"));
            assertEquals(24, one.available());
        }
    }

    @Test
    void withoutThatTheyAreForInformation() throws Exception {
        try (Sandbox sandbox = sandbox("none").published()) {
            Api one = sandbox.account("one");
            one.post("earn", receipt("r-1")).then().statusCode(201);
            one.post("earn", receipt("r-1")).then().statusCode(201);
        }
    }

    @Test
    void ofManyTillsAtOnceOneGetsThePoints() throws Exception {
        try (Sandbox sandbox = sandbox("program").published()) {
            List<CompletableFuture<Response>> calls = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                Api api = sandbox.account("m-" + i % 4);
                calls.add(CompletableFuture.supplyAsync(() -> api.post("earn", receipt("r-1"))));
            }
            List<Response> answers = calls.stream().map(CompletableFuture::join).toList();
            List<Response> done = answers.stream()
                    .filter(answer -> answer.statusCode() == 201)
                    .toList();
            assertEquals(1, done.size());
            String first = done.get(0).path("id");
            answers.stream()
                    .filter(answer -> answer != done.get(0))
                    .forEach(answer -> answer.then().statusCode(409).body("usedBy", equalTo(first)));
        }
    }
}
