package dev.stampede.deployment;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.equalTo;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.support.Backends;
import dev.stampede.support.PackagedGateway;
import dev.stampede.support.TestProgram;
import io.restassured.response.Response;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Two gateways: a version that one has published is in force in both from the same instant on. */
@Tag("servers")
class PublicationIT extends Deployment {
    private static final String DATABASE = "deployed_publication";

    /** More than the clocks of two processes of one machine differ. */
    private static final long CLOCKS_MS = 100;

    /** An earn of one euro. */
    private record Priced(Instant sent, Instant answered, int points) {}

    @Test
    void whatOnePublishesBothPriceWithFromOneInstantOn() throws Exception {
        Backends backends = Backends.shared();
        freshDatabase(backends.postgres(), DATABASE);
        Path elsewhere = Files.createDirectory(directory.resolve("other"));
        try (PackagedGateway one = gateway(
                        List.of("postgres", "redis"),
                        "postgres-1:5432/points",
                        place(backends.postgres()) + "/" + DATABASE,
                        "redis-1:6379",
                        place(backends.redis()));
                PackagedGateway other = PackagedGateway.in(elsewhere)) {
            Files.createDirectory(elsewhere.resolve("config"));
            Files.copy(
                    directory.resolve("config/application.properties"),
                    elsewhere.resolve("config/application.properties"));
            one.awaitReady(one.start("one.log"), "one.log");
            other.awaitReady(other.start("other.log"), "other.log");

            Instant asked = Instant.now();
            String from = publish(one, 1)
                    .then()
                    .statusCode(201)
                    .body("version", equalTo(2))
                    .extract()
                    .path("effectiveFrom");
            Instant effective = Instant.parse(from);
            assertTrue(effective.isAfter(asked.plusMillis(5_000 - CLOCKS_MS)), from);
            publish(other, 1).then().statusCode(412).body("code", equalTo("version_conflict"));

            List<Priced> ofOne = new ArrayList<>();
            List<Priced> ofOther = new ArrayList<>();
            while (Instant.now().isBefore(effective.plusMillis(1_000))) {
                ofOne.add(earn(one, "one-" + ofOne.size()));
                ofOther.add(earn(other, "other-" + ofOther.size()));
            }
            for (List<Priced> priced : List.of(ofOne, ofOther)) {
                for (Priced each : priced) {
                    if (each.answered.isBefore(effective.minusMillis(CLOCKS_MS))) {
                        assertEquals(1, each.points, () -> each + ", before " + effective);
                    } else if (each.sent.isAfter(effective.plusMillis(CLOCKS_MS))) {
                        assertEquals(2, each.points, () -> each + ", after " + effective);
                    }
                }
                assertEquals(
                        List.of(1, 2),
                        priced.stream().map(Priced::points).distinct().toList());
            }
            given().get(other.api().resolve("/v1/programs/demo"))
                    .then()
                    .statusCode(200)
                    .body("version", equalTo(2));
        }
    }

    /** Two points a euro. */
    private static Response publish(PackagedGateway gateway, int basedOn) {
        return given().contentType("application/json")
                .body(TestProgram.of("demo")
                        .basedOn(basedOn)
                        .with("earned", "2")
                        .document())
                .post(gateway.api().resolve("/v1/programs/demo/versions"));
    }

    private static Priced earn(PackagedGateway gateway, String key) {
        Instant sent = Instant.now();
        int points = given().header("Idempotency-Key", key)
                .contentType("application/json")
                .body("{\"amount\":\"1.00\",\"currency\":\"EUR\"}")
                .post(gateway.api().resolve("/v1/programs/demo/accounts/buyer/earn"))
                .then()
                .statusCode(201)
                .extract()
                .path("points");
        return new Priced(sent, Instant.now(), points);
    }
}
