package dev.stampede.deployment;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.equalTo;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.stampede.account.Image;
import dev.stampede.account.Receipt;
import dev.stampede.award.MemberState;
import dev.stampede.award.Settled;
import dev.stampede.award.Settlement;
import dev.stampede.codec.MemberText;
import dev.stampede.codec.PartsText;
import dev.stampede.codec.Told;
import dev.stampede.rules.CompiledProgram;
import dev.stampede.support.Backends;
import dev.stampede.support.LedgerCheck;
import dev.stampede.support.PackagedGateway;
import dev.stampede.support.Repricing;
import dev.stampede.support.TestKey;
import io.restassured.response.Response;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Three gateways in a rush, in which another version of the program takes effect every second: each operation is priced
 * by exactly one version, that of the time at which it happened, and is worth to the member what that version says.
 */
@Tag("servers")
@Tag("long")
class PublicationIT extends Deployment {
    private static final Logger LOG = Logger.getLogger(PublicationIT.class);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String DATABASE = "deployed_publication";
    private static final String PROGRAM = "rush";

    /** More than the clocks of two processes of one machine differ. */
    private static final long CLOCKS_MS = 100;

    private static final int VERSIONS = 8;
    /** A second version takes effect so long after the first, and then one each second. */
    private static final int FIRST_FOR_S = 3;

    private static final int GATEWAYS = 3;
    private static final int TILLS = 9;
    private static final int MEMBERS = 6;

    private final HttpClient http = HttpClient.newHttpClient();
    private final List<URI> apis = new ArrayList<>();
    /** The versions by the time from which they are in force, in ms since the epoch. */
    private final NavigableMap<Long, Integer> inForce = new TreeMap<>();

    /** An earn, as its till knows it. */
    private record Earned(
            String key, int gateway, String member, String body, Instant sent, Instant answered, JsonNode answer) {}

    @Test
    void eachOperationIsPricedByTheVersionOfItsTime() throws Exception {
        Backends backends = Backends.shared();
        String jdbcUrl = freshDatabase(backends.postgres(), DATABASE);
        Path elsewhere = Files.createDirectory(directory.resolve("other"));
        Path third = Files.createDirectory(directory.resolve("third"));
        try (PackagedGateway one = gateway(
                        List.of("postgres", "redis"),
                        "postgres-1:5432/points",
                        place(backends.postgres()) + "/" + DATABASE,
                        "redis-1:6379",
                        place(backends.redis()));
                PackagedGateway other = configured(elsewhere);
                PackagedGateway another = configured(third)) {
            List<PackagedGateway> gateways = List.of(one, other, another);
            one.awaitReady(one.start("gateway.log"), "gateway.log");
            Process second = other.start("gateway.log");
            another.awaitReady(another.start("gateway.log"), "gateway.log");
            other.awaitReady(second, "gateway.log");
            gateways.forEach(gateway -> apis.add(gateway.api()));

            Map<String, Earned> earned = rush();
            long judged = judge(jdbcUrl, earned);
            LOG.infof("%d earns under %d versions", judged, VERSIONS);
            new LedgerCheck(jdbcUrl).consistent();
        }
    }

    private PackagedGateway configured(Path at) throws Exception {
        Files.createDirectory(at.resolve("config"));
        Files.copy(directory.resolve("config/application.properties"), at.resolve("config/application.properties"));
        return PackagedGateway.in(at);
    }

    // The rush -------------------------------------------------------------------------------------------

    /** All earns, by key. */
    private Map<String, Earned> rush() throws Exception {
        for (int gateway = 0; gateway < GATEWAYS; gateway++) { // so that what follows takes no time
            post(gateway, "versions?dryRun=true", document(1, 0, "now")).then().statusCode(200);
        }
        Instant asked = Instant.now();
        Instant begins = publish(1, "now");
        assertTrue(begins.isAfter(asked.plusMillis(5_000 - CLOCKS_MS)), () -> asked + " " + begins);
        publish(2, takesEffect(begins, 2));
        post(1, "versions", document(VERSIONS, 1, "now"))
                .then()
                .statusCode(412)
                .body("code", equalTo("version_conflict"));
        ExecutorService tills = Executors.newFixedThreadPool(TILLS);
        try {
            Instant ends = begins.plusSeconds(FIRST_FOR_S + VERSIONS - 1);
            List<Future<List<Earned>>> working = new ArrayList<>();
            for (int till = 0; till < TILLS; till++) {
                int number = till;
                Callable<List<Earned>> work = () -> work(number, begins, ends);
                working.add(tills.submit(work));
            }
            for (int version = 3; version <= VERSIONS; version++) {
                sleepUntil(asked.plusSeconds(version - 2));
                publish(version, takesEffect(begins, version));
            }
            Map<String, Earned> earned = new HashMap<>();
            for (Future<List<Earned>> each : working) {
                each.get(1, TimeUnit.MINUTES).forEach(one -> earned.put(one.key, one));
            }
            return earned;
        } finally {
            tills.shutdownNow();
        }
    }

    private static String takesEffect(Instant begins, int version) {
        return begins.plusSeconds(FIRST_FOR_S + version - 2L).toString();
    }

    private static void sleepUntil(Instant then) throws InterruptedException {
        Thread.sleep(Math.max(0, Duration.between(Instant.now(), then).toMillis()));
    }

    @CanIgnoreReturnValue
    private Instant publish(int version, String effectiveFrom) throws Exception {
        String from = post(version % GATEWAYS, "versions", document(version, version - 1, effectiveFrom))
                .then()
                .statusCode(201)
                .body("version", equalTo(version))
                .extract()
                .path("effectiveFrom");
        inForce.put(Instant.parse(from).toEpochMilli(), version);
        return Instant.parse(from);
    }

    private Response post(int gateway, String path, String document) {
        return given().contentType("application/json")
                .body(document)
                .post(apis.get(gateway).resolve("/v1/programs/" + PROGRAM + "/" + path));
    }

    /** Another rate in each version, other promotions, and another ceiling. */
    private static String document(int version, int basedOn, String effectiveFrom) throws Exception {
        ObjectNode document = (ObjectNode) JSON.readTree(Files.readString(Path.of("programs", "cashback.json")));
        document.remove("sandbox");
        document.put("program", PROGRAM).put("basedOn", basedOn).put("effectiveFrom", effectiveFrom);
        ObjectNode everything = (ObjectNode) document.path("earn").path(2).path("rate");
        everything.put("points", version);
        ((ObjectNode) everything.path("byTier").path(0)).put("points", 2 * version + 1);
        ObjectNode plus = (ObjectNode) document.path("tiers").path("levels").path(1);
        plus.put("multiplier", "1." + version);
        // so little that members reach it also where there is time for few purchases
        ((ObjectNode) plus.path("qualify").path("any").path(0)).put("atLeast", "200.00");
        document.set("promotions", JSON.readTree("""
                        [{"id": "welcome", "name": "Welcome", "event": "enrol", "give": {"points": 1%1$d}},
                         {"id": "risen", "name": "Up", "event": "tier:plus", "give": {"points": 10%1$d}},
                         {"id": "card", "name": "Card", "give": {"points": 2%1$d},
                          "progress": {"type": "count", "counts": "operations", "target": %2$d, "repeat": true}},
                         {"id": "mug-card", "name": "Mugs", "give": {"reward": "mug", "validDays": %1$d},
                          "progress": {"type": "count", "counts": "quantity", "target": 41, "repeat": true}},
                         {"id": "%3$s", "name": "Happy", "when": {"minimum": "10.00"}, "give": {"multiply": "1.%1$d"},
                          "limits": [{"of": "points", "max": 20%1$d, "per": "day"}], "group": "one"},
                         {"id": "app", "name": "App", "when": {"channels": ["app"]}, "give": {"points": %1$d},
                          "limits": [{"of": "uses", "max": 1%1$d, "per": "week"}], "group": "one"}]
                        """.formatted(
                        version, 3 + version % 4, version % 2 == 0 ? "even" : "odd")));
        document.set("rewards", JSON.readTree("[{\"id\": \"mug\", \"name\": \"Mug\", \"cost\": 40}]"));
        document.set("stacking", JSON.readTree("{\"groups\": [{\"id\": \"one\", \"mode\": \"best\"}]}"));
        ((ObjectNode) document.path("limits").path(0)).put("max", 1000 + 500 * version);
        return document.toString();
    }

    private List<Earned> work(int till, Instant begins, Instant ends) throws Exception {
        sleepUntil(begins.plusMillis(CLOCKS_MS));
        Random random = new Random(till);
        List<Earned> done = new ArrayList<>();
        while (Instant.now().isBefore(ends)) {
            String key = till + "-" + done.size();
            Earned earned =
                    earn(random.nextInt(GATEWAYS), "m-" + random.nextInt(MEMBERS), key, purchase(random, begins), 201);
            done.add(earned);
            if (random.nextInt(8) == 0) {
                Earned past = done.get(random.nextInt(done.size()));
                Earned again = earn(random.nextInt(GATEWAYS), past.member, past.key, past.body, 200);
                assertEquals(past.answer, again.answer);
            }
        }
        return done;
    }

    /** A third of them says when it was: up to three seconds ago, or in a second. */
    private static String purchase(Random random, Instant begins) {
        ObjectNode body = JSON.createObjectNode().put("currency", "GBP");
        body.put("amount", random.nextInt(30) + "." + random.nextInt(10) + random.nextInt(10));
        if (random.nextInt(3) == 0) {
            body.put("channel", "app");
        }
        if (random.nextInt(3) == 0) {
            Instant at = Instant.now().plusMillis(random.nextInt(4_000) - 3_000L);
            body.put("occurredAt", (at.isBefore(begins) ? begins : at).toString());
        }
        return body.toString();
    }

    private Earned earn(int gateway, String member, String key, String body, int status) throws Exception {
        HttpRequest earn = HttpRequest.newBuilder(
                        apis.get(gateway).resolve("/v1/programs/" + PROGRAM + "/accounts/" + member + "/earn"))
                .header(TestKey.HEADER, TestKey.BEARER)
                .timeout(Duration.ofSeconds(15))
                .header("Content-Type", "application/json")
                .header("Idempotency-Key", key)
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        Instant sent = Instant.now();
        HttpResponse<String> response = http.send(earn, HttpResponse.BodyHandlers.ofString());
        assertEquals(status, response.statusCode(), response::body);
        return new Earned(key, gateway, member, body, sent, Instant.now(), JSON.readTree(response.body()));
    }

    // The judgement --------------------------------------------------------------------------------------

    /** Settles each member's earns again, in the order of the chain. */
    private long judge(String jdbcUrl, Map<String, Earned> earned) throws Exception {
        Map<Integer, CompiledProgram> programs = new HashMap<>();
        Map<String, MemberState> members = new HashMap<>();
        Map<Integer, Set<Integer>> gateways = new TreeMap<>();
        Set<Integer> levels = new HashSet<>();
        long judged = 0;
        try (Connection connection = DriverManager.getConnection(jdbcUrl);
                var versions = connection.createStatement();
                var operations = connection.createStatement()) {
            ResultSet version = versions.executeQuery(
                    "SELECT version, document FROM program_version WHERE program = '" + PROGRAM + "'");
            while (version.next()) {
                programs.put(version.getInt("version"), Repricing.compiled(version.getString("document")));
            }
            ResultSet row = operations.executeQuery("""
                    SELECT account, key, type, outcome, points, program_version, parts, told, detail, image,
                      floor(extract(epoch FROM created_at) * 1000)::bigint AS at
                    FROM operation WHERE program = '%s' ORDER BY account, version""".formatted(PROGRAM));
            for (; row.next(); judged++) {
                Earned call = earned.get(row.getString("key"));
                String what = call + " of " + row.getString("account");
                assertEquals("earn ok", row.getString("type") + " " + row.getString("outcome"), what);
                int by = row.getInt("program_version");
                long at = row.getLong("at");
                assertEquals(by, call.answer.path("programVersion").asInt(), what);
                Receipt.Contents receipt =
                        Receipt.stored(row.getString("detail")).contents();
                if (receipt.occurredAt() != null) {
                    assertEquals(inForceAt(Instant.parse(receipt.occurredAt()).toEpochMilli()), by, what);
                } else {
                    assertTrue(inForceAt(call.sent.toEpochMilli() - CLOCKS_MS) <= by, what);
                    assertTrue(by <= inForceAt(Math.min(at, call.answered.toEpochMilli() + CLOCKS_MS)), what);
                }
                MemberState before = members.getOrDefault(row.getString("account"), MemberState.BLANK);
                Settled settled = Settlement.settle(Repricing.award(programs.get(by), receipt, at), before);
                assertEquals(settled.points(), row.getLong("points"), what);
                assertEquals(settled.points(), call.answer.path("points").asLong(), what);
                assertEquals(Told.of(settled).write(), row.getString("told"), what);
                assertEquals(PartsText.write(settled.parts()), row.getString("parts"), what);
                assertEquals(
                        MemberText.write(settled.member()),
                        Image.parse(row.getString("image")).member(),
                        what);
                members.put(row.getString("account"), settled.member());
                gateways.computeIfAbsent(by, key -> new HashSet<>()).add(call.gateway);
                levels.add(settled.reached());
            }
        }
        assertEquals(earned.size(), judged);
        assertEquals(MEMBERS, members.size());
        assertEquals(VERSIONS, gateways.size());
        gateways.forEach((version, of) -> assertEquals(GATEWAYS, of.size(), "version " + version + " on " + of));
        assertTrue(levels.contains(1), levels::toString);
        return judged;
    }

    /** The newest version that took effect then, or before. */
    private int inForceAt(long ms) {
        var newest = inForce.floorEntry(ms);
        return newest == null ? 0 : newest.getValue();
    }
}
