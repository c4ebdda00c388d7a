package dev.stampede.publish;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.nullValue;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.stampede.http.Api;
import dev.stampede.support.Backends;
import dev.stampede.support.BackendsResource;
import dev.stampede.support.TestProgram;
import io.quarkus.test.common.TestResourceScope;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@QuarkusTest
@WithTestResource(value = BackendsResource.class, scope = TestResourceScope.GLOBAL)
@Tag("servers")
class ProgramsResourceTest {
    private static final List<String> MADE = new ArrayList<>();

    private static String fresh() {
        String id = "p-" + UUID.randomUUID();
        MADE.add(id);
        return id;
    }

    @AfterAll
    static void othersSeeNoneOfThem() throws SQLException {
        try (Connection owner =
                        DriverManager.getConnection(Backends.shared().postgres().jdbcUrl());
                var delete = owner.createStatement()) {
            for (String id : MADE) {
                delete.execute("DELETE FROM program_version WHERE program = '" + id + "'");
            }
        }
    }

    private static Response publish(String program, String document) {
        return publish(program, "", document);
    }

    private static Response publish(String program, String query, String document) {
        return given().contentType("application/json")
                .body(document)
                .post("/v1/programs/" + program + "/versions" + query);
    }

    private static int points(String program) {
        return Api.of(program, Api.fresh().account())
                .post("earn", "{\"amount\":\"3.00\",\"currency\":\"EUR\"}")
                .then()
                .statusCode(201)
                .extract()
                .path("points");
    }

    @CanIgnoreReturnValue
    private static Instant published(Response answer) {
        return Instant.parse(answer.then().statusCode(201).extract().path("effectiveFrom"));
    }

    private static void awaitPoints(String program, int points) {
        Api api = Api.of(program, Api.fresh().account());
        String earn = "{\"amount\":\"3.00\",\"currency\":\"EUR\"}";
        Awaitility.await().atMost(Duration.ofSeconds(15)).until(() -> {
            Response answer = api.post("earn", Api.key(), earn);
            return answer.statusCode() == 201 && (int) answer.path("points") == points;
        });
    }

    @Test
    void aNewProgramTakesEffectInFiveSeconds() {
        String program = fresh();
        Instant before = Instant.now();

        Response answer = publish(program, TestProgram.of(program).document());

        answer.then().statusCode(201).body("version", equalTo(1)).body("diff", empty());
        Instant from = published(answer);
        assertTrue(Duration.between(before, from).compareTo(Duration.ofMillis(4900)) > 0, from::toString);
        Api api = Api.of(program, "m");
        assertEquals(404, api.put().statusCode());
        awaitPoints(program, 3);
        assertTrue(!Instant.now().isBefore(from.minusMillis(100)), "not before its time");
        given().get("/v1/programs/" + program)
                .then()
                .statusCode(200)
                .body("id", equalTo(program))
                .body("name", equalTo(program))
                .body("version", equalTo(1))
                .body("effectiveFrom", equalTo(from.toString()))
                .body("currency", equalTo("EUR"))
                .body("timeZone", equalTo("UTC"))
                .body("points.one", equalTo("point"))
                .body("points.other", equalTo("points"))
                .body("redeem[0].id", equalTo("money"))
                .body("redeem[0].from", nullValue())
                .body("redeem[0].points", equalTo(100))
                .body("redeem[0].value", equalTo("1"))
                .body("tiers", empty())
                .body("rewards", empty());
        given().get("/v1/programs")
                .then()
                .statusCode(200)
                .body("items.id", hasItem(program))
                .body("items.find { it.id == 'demo' }.name", equalTo("demo"))
                .body("items.find { it.id == 'demo' }.currency", equalTo("EUR"))
                .body("items.find { it.id == 'demo' }.version", equalTo(1));
    }

    @Test
    void theNextVersionSaysWhatItChanges() {
        String program = fresh();
        published(publish(program, TestProgram.of(program).document()));
        String next = TestProgram.of(program)
                .basedOn(1)
                .with("earned", "2")
                .with("reason", "\"Winter\"")
                .document();

        publish(program, "?dryRun=true", next)
                .then()
                .statusCode(200)
                .body("version", equalTo(2))
                .body("diff", contains("earn rule base: rate.points 1 -> 2"))
                .body("findings", empty());
        given().get("/v1/programs/" + program + "/versions")
                .then()
                .statusCode(200)
                .body("items.version", contains(1))
                .body("cursor", nullValue());

        Instant from = published(publish(program, next));
        Response list = given().get("/v1/programs/" + program + "/versions?limit=1");
        list.then()
                .statusCode(200)
                .body("items.version", contains(2))
                .body("items[0].reason", equalTo("Winter"))
                .body("items[0].effectiveFrom", equalTo(from.toString()))
                .body("items[0].publishedBy", equalTo("OfTheTests01"))
                .body("items[0].corrects", nullValue());
        given().get("/v1/programs/" + program + "/versions?cursor=" + list.path("cursor"))
                .then()
                .statusCode(200)
                .body("items.version", contains(1))
                .body("cursor", nullValue());
        String text = given().get("/v1/programs/" + program + "/versions/2")
                .then()
                .statusCode(200)
                .body("version", equalTo(2))
                .body("document.earn[0].rate.points", equalTo(2))
                .extract()
                .asString();
        assertTrue(text.contains(next.strip()), "to the letter");
        awaitPoints(program, 6);
    }

    @Test
    void whoIsLateIsToldWhatIsNewest() {
        String program = fresh();
        publish(program, TestProgram.of(program).basedOn(1).document())
                .then()
                .statusCode(412)
                .body("code", equalTo("version_conflict"));
        published(publish(program, TestProgram.of(program).document()));
        for (String query : List.of("", "?dryRun=true")) {
            publish(program, query, TestProgram.of(program).document())
                    .then()
                    .statusCode(412)
                    .body("code", equalTo("version_conflict"))
                    .body("detail", containsString("The newest version is 1"));
        }
    }

    @Test
    void ofManyAtOnceOneWins() {
        String program = fresh();
        List<CompletableFuture<Integer>> calls = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            String document =
                    TestProgram.of(program).with("earned", Integer.toString(i)).document();
            calls.add(CompletableFuture.supplyAsync(
                    () -> publish(program, document).statusCode()));
        }

        List<Integer> answers =
                calls.stream().map(CompletableFuture::join).sorted().toList();

        assertEquals(List.of(201, 412, 412, 412, 412, 412), answers);
    }

    @Test
    void allMistakesAreToldWithTheirPlaces() {
        String program = fresh();
        publish(
                        program,
                        TestProgram.of(program)
                                .with("graceDays", "-1")
                                .with("clawback", "\"both\"")
                                .document())
                .then()
                .statusCode(422)
                .body("code", equalTo("program_invalid"))
                .body("findings.pointer", contains("/points/clawback", "/points/graceDays"))
                .body("findings.level", contains("error", "error"))
                .body("findings.code", contains("bad_value", "out_of_range"))
                .body("findings.line", contains(15, 16))
                .body("findings[0].column", equalTo(17));
        publish(program, TestProgram.of("other").document())
                .then()
                .statusCode(422)
                .body("findings.code", contains("bad_value"))
                .body("findings.pointer", contains("/program"));
        for (String query : List.of("", "?dryRun=true")) {
            publish(
                            program,
                            query,
                            TestProgram.of(program)
                                    .with("effectiveFrom", "\"" + Instant.now().plusSeconds(2) + "\"")
                                    .document()
                                    .replaceAll("(\\.[0-9]{3})[0-9]*Z", "$1Z"))
                    .then()
                    .statusCode(422)
                    .body("findings.code", contains("out_of_range"))
                    .body("findings.pointer", contains("/effectiveFrom"));
        }
        publish(program, "{").then().statusCode(422).body("findings.code", contains("malformed"));
        given().contentType("application/json")
                .post("/v1/programs/" + program + "/versions")
                .then()
                .statusCode(422)
                .body("findings.code", contains("malformed"));
    }

    @Test
    void theCallItselfIsCheckedFirst() {
        publish("a%20b", "{}").then().statusCode(404).body("code", equalTo("program_not_found"));
        publish("demo", "?dryrun=true", "{}").then().statusCode(400).body("code", equalTo("malformed"));
        given().body("{}")
                .contentType("text/plain")
                .post("/v1/programs/demo/versions")
                .then()
                .statusCode(415);
        publish("demo", " ".repeat(1024 * 1024 + 1)).then().statusCode(413);
        publish("demo", " ".repeat(1024 * 1024)).then().statusCode(422);
        given().get("/v1/programs/nobody").then().statusCode(404).body("code", equalTo("program_not_found"));
        given().get("/v1/programs/nobody/rewards").then().statusCode(404).body("code", equalTo("program_not_found"));
        given().get("/v1/programs/demo/rewards?acount=m").then().statusCode(400).body("code", equalTo("malformed"));
        given().get("/v1/programs/demo/rewards").then().statusCode(200).body("items", empty());
        given().get("/v1/programs/nobody/versions").then().statusCode(404).body("code", equalTo("program_not_found"));
        for (String version : List.of("0", "2147483648", "x", "999999999")) {
            given().get("/v1/programs/demo/versions/" + version)
                    .then()
                    .statusCode(404)
                    .body("code", equalTo("not_found"));
        }
        given().get("/v1/programs?x=1").then().statusCode(400);
        given().put("/v1/programs/demo").then().statusCode(405);
    }

    /** The file of the repository is what the first version says, to be changed and published. */
    @Test
    void theDemoIsAFile() throws Exception {
        publish("demo", "?dryRun=true", Files.readString(Path.of("programs/demo.json")))
                .then()
                .statusCode(200)
                .body("version", equalTo(2))
                .body("diff", empty())
                .body("findings", empty());
        given().get("/v1/programs/demo/versions/1")
                .then()
                .statusCode(200)
                .body("effectiveFrom", equalTo("1970-01-01T00:00:00Z"));
        assertEquals(3, points("demo"));
    }
}
