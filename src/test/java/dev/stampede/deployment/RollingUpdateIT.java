package dev.stampede.deployment;

import static io.restassured.RestAssured.given;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.equalTo;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.account.AccountId;
import dev.stampede.support.Backends;
import dev.stampede.support.NextRelease;
import dev.stampede.support.PackagedGateway;
import dev.stampede.support.RedisSocket;
import io.restassured.response.Response;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Two releases of the gateway beside each other, on the same accounts, and the steps from one to the other and back:
 * the {@link NextRelease} has another Lua library, another format of images, and a schema with more in it. No call may
 * fail, not even with a 503, but on the account with which it has done what this one does not know.
 */
@Tag("servers")
@Tag("long")
class RollingUpdateIT extends Deployment {
    private static final String DATABASE = "deployed_update";

    @Test
    void theNextReleaseTakesOverWithoutAFailedCall() throws Exception {
        Backends backends = Backends.shared();
        String url = freshDatabase(backends.postgres(), DATABASE);
        List<AccountId> accounts = accounts(8);
        Star star = new Star();
        Path elsewhere = Files.createDirectory(directory.resolve("next"));
        try (PackagedGateway old = gateway(
                        List.of("postgres", "redis"),
                        "postgres-1:5432/points",
                        place(backends.postgres()) + "/" + DATABASE,
                        "redis-1:6379",
                        place(backends.redis()));
                PackagedGateway next =
                        PackagedGateway.in(elsewhere, NextRelease.make(directory.resolve("next-release")))) {
            Files.createDirectory(elsewhere.resolve("config"));
            Files.copy(
                    directory.resolve("config/application.properties"),
                    elsewhere.resolve("config/application.properties"));
            Process leaving = old.start("old.log");
            old.awaitReady(leaving, "old.log");
            int libraries = libraries(backends);
            try (Tills tills = new Tills(old.api(), accounts)) {
                await().atMost(PATIENCE).until(() -> tills.allServedSince(0, accounts));

                star.earn(old, "first", 10, "till").then().statusCode(201);

                NextRelease.migrate(
                        url, "stampede", "secret", directory.resolve("migrations")); // by its first gateway, in earnest
                Process coming = next.start("next.log");
                next.awaitReady(coming, "next.log");
                assertEquals(libraries + 1, libraries(backends), "functions of two versions");
                // now the one, now the other, on the same accounts
                for (int turn = 0; turn < 20; turn++) {
                    tills.moveTo(turn % 2 == 0 ? next.api() : old.api());
                    long since = System.nanoTime();
                    await().atMost(PATIENCE)
                            .pollInterval(Duration.ofMillis(5))
                            .until(() -> tills.allServedSince(since, accounts));
                }

                star.getsGifts(next);
                saysThatItCantRead(old, star);
                star.asItWas(next);

                leaving.destroy(); // SIGTERM
                await().atMost(PATIENCE)
                        .pollInterval(Duration.ofMillis(20))
                        .until(() -> !old.isReady()); // what a Service or a balancer sees
                tills.moveTo(next.api());
                ended(leaving);
                long since = System.nanoTime();
                await().atMost(PATIENCE).until(() -> tills.allServedSince(since, accounts));

                // and back: the older release starts on the newer schema, and is alone
                old.awaitReady(old.start("old-again.log"), "old-again.log");
                tills.moveTo(old.api());
                coming.destroy();
                ended(coming);
                long again = System.nanoTime();
                await().atMost(PATIENCE).until(() -> tills.allServedSince(again, accounts));
                saysThatItCantRead(old, star);

                // and forwards once more
                next.awaitReady(next.start("next-again.log"), "next-again.log");
                star.asItWas(next);

                tills.close();
                for (Tills.Call call : tills.calls()) {
                    assertTrue(call.ok(), call::toString);
                }
                right(tills, url);
            }
        }
    }

    /** What {@link NextRelease} has written can't be read by this one, which says so, and leaves it as it is. */
    private static void saysThatItCantRead(PackagedGateway old, Star star) {
        for (Response answer : List.of(
                star.earn(old, "old-1", 1, "till"),
                star.earn(old, "gift-1", 1, "star"),
                star.post(old, "operations/" + star.gift + "/reverse", "old-2", "{}"),
                star.post(old, "voids", "old-3", "{\"key\":\"gift-1\"}"),
                star.get(old, ""))) {
            answer.then()
                    .log()
                    .ifValidationFails()
                    .statusCode(503)
                    .body("code", equalTo("unavailable"))
                    .body(
                            "detail",
                            equalTo("A newer release of the gateway has written this account."
                                    + " This gateway cannot read it."));
        }
        star.get(old, "/operations")
                .then()
                .statusCode(200)
                .body("items.type", contains("earn", "gift", "gift", "earn"))
                .body("items.balance.available", contains(13, 12, 11, 10));
        star.get(old, "/operations?type=declined")
                .then()
                .statusCode(200)
                .body("items.outcome", contains("too_many_stars"));
        star.get(old, "/operations?key=gift-2").then().statusCode(200).body("items[0].type", equalTo("gift"));
    }

    /** An account that the next release does new things with. */
    private static final class Star {
        private static final String PATH = "/v1/programs/demo/accounts/star";
        private String gift;

        Response earn(PackagedGateway gateway, String key, int points, String channel) {
            return post(gateway, "earn", key, "{\"points\":" + points + ",\"channel\":\"" + channel + "\"}");
        }

        Response post(PackagedGateway gateway, String below, String key, String body) {
            return given().header("Idempotency-Key", key)
                    .contentType("application/json")
                    .body(body)
                    .post(gateway.api().resolve(PATH + "/" + below));
        }

        Response get(PackagedGateway gateway, String below) {
            return given().get(gateway.api().resolve(PATH + below));
        }

        /** Gifts, as the next release knows them: two an account. */
        void getsGifts(PackagedGateway next) {
            gift = earn(next, "gift-1", 1, "star")
                    .then()
                    .statusCode(201)
                    .body("type", equalTo("gift"))
                    .extract()
                    .path("id");
            earn(next, "gift-2", 1, "star").then().statusCode(201);
            earn(next, "gift-3", 1, "star").then().statusCode(409).body("code", equalTo("too_many_stars"));
            earn(next, "more", 1, "till").then().statusCode(201).body("balance.available", equalTo(13));
        }

        /** And nothing of it was lost while an older release was asked. */
        void asItWas(PackagedGateway next) {
            get(next, "").then().statusCode(200).body("available", equalTo(13)).body("version", equalTo(5));
            earn(next, "gift-1", 1, "star")
                    .then()
                    .statusCode(200)
                    .header("Idempotency-Replayed", "true")
                    .body("id", equalTo(gift));
            earn(next, "gift-3", 1, "star").then().statusCode(409).body("code", equalTo("too_many_stars"));
        }
    }

    private static void ended(Process gateway) throws InterruptedException {
        assertTrue(gateway.waitFor(PackagedGateway.STOP_LIMIT.toSeconds(), TimeUnit.SECONDS), "SIGTERM did not end it");
    }

    private static int libraries(Backends backends) {
        try (RedisSocket redis = new RedisSocket(backends.redis().port())) {
            return ((List<?>) redis.ask("FUNCTION", "LIST")).size();
        }
    }
}
