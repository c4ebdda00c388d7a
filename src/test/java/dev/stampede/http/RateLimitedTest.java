package dev.stampede.http;

import static org.hamcrest.Matchers.equalTo;

import dev.stampede.support.BackendsResource;
import io.quarkus.test.common.TestResourceScope;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A gateway with a limit, and with few event streams. */
@QuarkusTest
@TestProfile(RateLimitedTest.Limited.class)
@WithTestResource(value = BackendsResource.class, scope = TestResourceScope.GLOBAL)
class RateLimitedTest {
    public static final class Limited implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of("stampede.http.rate-limit", "1", "stampede.events.max-streams", "0");
        }
    }

    @Test
    void whoAsksTooOftenIsToldToWait() {
        Api api = Api.fresh();
        String body = "{\"points\":1}";
        int refused = 0;
        for (int i = 0; i < 20 && refused == 0; i++) {
            var response = api.post("earn", body).then();
            if (response.extract().statusCode() != 201) {
                response.statusCode(429)
                        .contentType("application/problem+json")
                        .header("Retry-After", equalTo("1"))
                        .body("code", equalTo("rate_limited"))
                        .body("retryable", equalTo(true));
                refused++;
            }
        }

        org.junit.jupiter.api.Assertions.assertEquals(1, refused);
        api.get().then().statusCode(200);
        Api.fresh().put().then().statusCode(201);
    }

    @Test
    void tooManyStreamsAreRefused() {
        Api api = Api.fresh();
        api.put().then().statusCode(201);

        api.get("events")
                .then()
                .statusCode(503)
                .contentType("application/problem+json")
                .header("Retry-After", equalTo("1"))
                .body("code", equalTo("overloaded"))
                .body("retryable", equalTo(true));
    }
}
