package dev.stampede.balance;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.anEmptyMap;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.matchesPattern;
import static org.hamcrest.Matchers.nullValue;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.stampede.http.Api;
import dev.stampede.support.BackendsResource;
import io.quarkus.test.common.TestResourceScope;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@QuarkusTest
@WithTestResource(value = BackendsResource.class, scope = TestResourceScope.GLOBAL)
@Tag("servers")
class AccountResourceTest {

    private static Response put(Api api, String body) {
        return given().contentType("application/json").body(body).put(api.path());
    }

    private static Response put(Api api, String ifMatch, String body) {
        return given().header("If-Match", ifMatch)
                .contentType("application/json")
                .body(body)
                .put(api.path());
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
    void nobodyOverwritesWhatHeHasNotSeen() {
        Api api = Api.fresh();
        for (String header : new String[] {"*", "W/\"1-000000000000\""}) {
            given().header("If-Match", header)
                    .put(api.path())
                    .then()
                    .statusCode(412)
                    .contentType("application/problem+json")
                    .body("code", equalTo("precondition_failed"))
                    .body("retryable", equalTo(false));
        }
        api.get().then().statusCode(404);
        String first =
                put(api, "{\"attributes\":{\"name\":\"Zoe\"}}").then().extract().header("ETag");
        String second = put(api, "\"x\", " + first, "{\"attributes\":{\"name\":\"Zoë\"}}")
                .then()
                .statusCode(200)
                .body("version", equalTo(2))
                .extract()
                .header("ETag");
        for (String header : new String[] {first, "\"x\"", "", "nonsense,,"}) {
            for (String body : new String[] {"{\"attributes\":{\"name\":\"Zoo\"}}", "{}"}) {
                put(api, header, body).then().statusCode(412).body("code", equalTo("precondition_failed"));
            }
        }
        put(api, second, "{\"attributes\":{\"name\":\"Zoë\"}}").then().statusCode(200);
        put(api, second, "{}").then().statusCode(200);
        api.get().then().body("attributes.name", equalTo("Zoë")).body("version", equalTo(2));
        put(api, "*", "{\"attributes\":{}}").then().statusCode(200).body("version", equalTo(3));
        put(api, first, "{\"tier\":5}").then().statusCode(400).body("code", equalTo("unknown_field"));
    }

    @Test
    void ofManyAtOnceOneIsFirst() throws Exception {
        Api api = Api.with(5);
        for (int round = 0; round < 3; round++) {
            String tag = api.get().then().extract().header("ETag");
            List<CompletableFuture<Integer>> answers = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                String body = "{\"attributes\":{\"n\":" + i + ",\"round\":" + round + "}}";
                answers.add(CompletableFuture.supplyAsync(
                        () -> put(api, tag, body).then().extract().statusCode()));
            }
            int done = -1;
            for (int i = 0; i < answers.size(); i++) {
                int status = answers.get(i).get(30, TimeUnit.SECONDS);
                if (status == 200) {
                    assertEquals(-1, done, "two have overwritten the same");
                    done = i;
                } else {
                    assertEquals(412, status);
                }
            }
            api.get().then().body("attributes", equalTo(java.util.Map.of("n", done, "round", round)));
        }
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
