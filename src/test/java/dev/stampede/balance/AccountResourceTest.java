package dev.stampede.balance;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.anEmptyMap;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.matchesPattern;
import static org.hamcrest.Matchers.nullValue;

import dev.stampede.http.Api;
import dev.stampede.support.BackendsResource;
import io.quarkus.test.common.TestResourceScope;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import org.junit.jupiter.api.Test;

@QuarkusTest
@WithTestResource(value = BackendsResource.class, scope = TestResourceScope.GLOBAL)
class AccountResourceTest {

    private static Response put(Api api, String body) {
        return given().contentType("application/json").body(body).put(api.path());
    }

    @Test
    void enrollingTwiceIsEnrollingOnce() {
        Api api = Api.fresh();
        api.get().then().statusCode(404).body("code", equalTo("account_not_found"));

        String tag = api.put()
                .then()
                .statusCode(201)
                .contentType("application/json")
                .header("ETag", matchesPattern("W/\"1-[0-9a-f]{12}\""))
                .body("account", equalTo(api.account()))
                .body("available", equalTo(0))
                .body("held", equalTo(0))
                .body("pending", equalTo(0))
                .body("debt", equalTo(0))
                .body("lifetimeEarned", equalTo(0))
                .body("expiring", hasSize(0))
                .body("tier", nullValue())
                .body("version", equalTo(1))
                .body("asOf", matchesPattern("\\d{4}-.*Z"))
                .body("attributes", anEmptyMap())
                .extract()
                .header("ETag");
        api.put().then().statusCode(200).header("ETag", equalTo(tag));
        put(api, "{}").then().statusCode(200).header("ETag", equalTo(tag));
        api.get().then().statusCode(200).header("ETag", equalTo(tag)).body("attributes", anEmptyMap());
    }

    @Test
    void attributesAreKeptAndReplaced() {
        Api api = Api.fresh();

        put(api, "{\"attributes\":{\"name\":\"Zoë\",\"vip\":true,\"visits\":3,\"share\":0.25}}")
                .then()
                .statusCode(201)
                .body("attributes.name", equalTo("Zoë"));
        put(api, "{\"attributes\":{\"share\":0.25,\"visits\":3,\"vip\":true,\"name\":\"Zoë\"}}")
                .then()
                .statusCode(200)
                .body("version", equalTo(1));
        api.put().then().statusCode(200).body("attributes.visits", equalTo(3));
        put(api, "{\"attributes\":{\"name\":\"Zoe\"}}")
                .then()
                .statusCode(200)
                .body("version", equalTo(2))
                .body("attributes", equalTo(java.util.Map.of("name", "Zoe")));
        api.get()
                .then()
                .body("attributes", equalTo(java.util.Map.of("name", "Zoe")))
                .body("version", equalTo(2));
        put(api, "{\"attributes\":{}}").then().statusCode(200).body("attributes", anEmptyMap());
        api.get().then().body("attributes", anEmptyMap());
    }

    @Test
    void anUnchangedBalanceIsNotSentAgain() {
        Api api = Api.with(100);
        String tag = api.get().then().statusCode(200).extract().header("ETag");

        for (String header : new String[] {tag, tag.substring(2), "\"x\", " + tag, "*", "\"x\" ," + tag + ", \"y\""}) {
            given().header("If-None-Match", header)
                    .get(api.path())
                    .then()
                    .statusCode(304)
                    .header("ETag", equalTo(tag))
                    .body(equalTo(""));
        }
        given().header("If-None-Match", "\"x\"", tag).get(api.path()).then().statusCode(304);
        for (String header : new String[] {"\"x\"", "", tag.replace("\"", ""), "nonsense,,"}) {
            given().header("If-None-Match", header).get(api.path()).then().statusCode(200);
        }
        api.post("redeem", "{\"points\":1}").then().statusCode(201);
        given().header("If-None-Match", tag)
                .get(api.path())
                .then()
                .statusCode(200)
                .body("available", equalTo(99));
        given().header("If-None-Match", "*").get(Api.fresh().path()).then().statusCode(404);
    }
}
