package dev.stampede.start;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.errorprone.annotations.CanIgnoreReturnValue;
import com.sun.net.httpserver.HttpServer;
import dev.stampede.access.KeyText;
import dev.stampede.cli.Stampede;
import dev.stampede.cli.Terminal;
import dev.stampede.http.Api;
import dev.stampede.http.Json;
import dev.stampede.http.Sandbox;
import dev.stampede.support.Backends;
import dev.stampede.support.BackendsResource;
import dev.stampede.support.TestKey;
import io.quarkus.test.common.TestResourceScope;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.io.BufferedReader;
import java.io.PrintWriter;
import java.io.StringReader;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands, in this process, against a gateway. */
@QuarkusTest
@WithTestResource(value = BackendsResource.class, scope = TestResourceScope.GLOBAL)
@Tag("servers")
class CommandsResourceTest {
    @TempDir
    Path directory;

    private record Ran(int code, String out, String err) {
        @CanIgnoreReturnValue
        Ran is(int expected) {
            assertEquals(expected, code, this::toString);
            assertFalse(out.contains(TestKey.TEXT) || err.contains(TestKey.TEXT), "tells the key");
            return this;
        }

        @CanIgnoreReturnValue
        Ran says(String text) {
            assertTrue(out.contains(text), this::toString);
            return this;
        }

        @CanIgnoreReturnValue
        Ran complains(String text) {
            assertTrue(err.contains(text), this::toString);
            return this;
        }

        Json json() {
            return Json.of(out);
        }
    }

    private Map<String, String> environment() {
        Map<String, String> environment = new HashMap<>();
        environment.put("STAMPEDE_URL", "http://localhost:" + RestAssured.port);
        environment.put("STAMPEDE_KEY", TestKey.TEXT);
        environment.put("STAMPEDE_PROGRAM", "demo");
        environment.put("HOME", directory.toString());
        return environment;
    }

    private Ran run(Map<String, String> environment, boolean interactive, String typed, String... words) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int code = Commands.line(new Terminal(
                        environment,
                        directory,
                        new BufferedReader(new StringReader(typed)),
                        new PrintWriter(out),
                        new PrintWriter(err),
                        interactive))
                .execute(words);
        return new Ran(code, out.toString(), err.toString());
    }

    /** As in a pipe. */
    private Ran piped(String... words) {
        return run(environment(), false, "", words);
    }

    /** As on a terminal. */
    private Ran typed(String... words) {
        return run(environment(), true, "", words);
    }

    private Ran at(String url, String... words) {
        Map<String, String> environment = environment();
        environment.put("STAMPEDE_URL", url);
        return run(environment, false, "", words);
    }

    @Test
    void aMemberEarnsRedeemsAndIsLookedAt() {
        String account = Api.fresh().account();
        Ran earned = piped("earn", account, "--amount", "42.50", "--currency", "EUR", "--reference", "r-" + account);
        assertEquals(42, earned.is(0).json().getLong("points"));
        String key = earned.json().getString("key");
        earned.complains("Idempotency-Key: " + key);
        assertEquals(
                earned.json().getString("id"),
                piped(
                                "earn",
                                account,
                                "--amount=42.50",
                                "--currency=EUR",
                                "--reference=r-" + account,
                                "--idempotency-key",
                                key)
                        .is(0)
                        .json()
                        .getString("id"),
                "the same key, the same operation");
        typed("redeem", account, "--points", "30").is(0).says("available  12\n").says("redeem");

        assertEquals(12, piped("account", "show", account).is(0).json().getLong("available"));
        typed("account", "show", account).is(0).says("available       12\n").says("status");
        assertEquals(2, piped("account", "history", account).is(0).out().lines().count());
        typed("account", "history", account, "--type", "earn")
                .is(0)
                .says("when")
                .says("42")
                .says("r-" + account);
        typed("account", "explain", account, earned.json().getString("id"))
                .is(0)
                .says("42.50 EUR x 1 = 42.5, rounded down");
    }

    @Test
    void aHoldIsCapturedOrGivenBack() {
        String account = Api.with(100).account();
        String hold = piped("hold", account, "--points", "40", "--ttl", "60")
                .is(0)
                .json()
                .getString("hold.id");
        assertEquals(
                25,
                piped("capture", account, hold, "--points", "25").is(0).json().getLong("hold.captured"));
        String other = piped("hold", account, "--points", "10").is(0).json().getString("hold.id");
        piped("void", account, "--hold", other).is(0);
        String key = piped("redeem", account, "--points", "5").is(0).json().getString("key");
        piped("void", account, "--call", key).is(0);
        assertEquals(75, piped("account", "show", account).json().getLong("available"));
        piped("void", account).is(2).complains("--hold and --call");
    }

    @Test
    void whatIsDoneByHandNeedsAReason() {
        String account = Api.with(10).account();
        piped("account", "adjust", account, "--points", "-3").is(2).complains("--reason");
        Ran tried = piped("account", "adjust", account, "--points=-3", "--reason", "typo", "--dry-run");
        assertEquals(-3, tried.is(0).json().getLong("points"));
        piped("account", "adjust", account, "--points", "-3", "--reason", "typo")
                .is(0);
        piped("account", "freeze", account, "--reason", "lost phone", "--spending-only")
                .is(0);
        piped("redeem", account, "--points", "1").is(1).complains("\"code\":\"account_frozen\"");
        piped("account", "unfreeze", account, "--reason", "found").is(0);
        assertEquals(7, piped("account", "show", account).json().getLong("available"));
    }

    @Test
    void aNoIsToldAndExitsWithOne() {
        String account = Api.with(3).account();
        typed("redeem", account, "--points", "5")
                .is(1)
                .complains("The account does not have enough points (insufficient_points)");
        piped("redeem", account, "--points", "5").is(1).complains("\"code\":\"insufficient_points\"");
        typed("account", "show", "nobody-" + account).is(1).complains("(account_not_found)");
    }

    @Test
    void whatCannotBeFoundOutExitsWithTwo() throws Exception {
        typed("account", "show", "m", "--url", "ftp://x").is(2).complains("looks like http://localhost:8080");
        typed("account", "show", "m", "--key", "stk_live_x").is(2).complains("(unauthenticated)");
        typed("account", "show", "m", "--key", "a\nb").is(2).complains("is not the text of one");
        int closed;
        try (ServerSocket socket = new ServerSocket(0)) {
            closed = socket.getLocalPort();
        }
        at("http://localhost:" + closed, "status").is(2).complains("cannot be reached");
        at("http://localhost:" + closed, "earn", "m", "--points", "1").is(2).complains("Nothing was done");
        Map<String, String> nowhere = environment();
        nowhere.remove("STAMPEDE_PROGRAM");
        run(nowhere, true, "", "account", "show", "m").is(2).complains("Which program?");
    }

    @Test
    void aCommandThatIsMistypedIsSuggested() {
        typed("acount").is(2).complains("Did you mean: stampede account");
        typed("account").is(2).complains("Missing required subcommand");
        typed("account", "show", "m", "--kye", TestKey.TEXT).is(2).complains("stk_...");
    }

    /** A gateway that takes the call and dies: the third one answers. */
    @Test
    void aCallWithoutAnAnswerIsRepeatedWithItsKey() throws Exception {
        List<String> keys = new ArrayList<>();
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        AtomicInteger calls = new AtomicInteger();
        server.createContext("/", exchange -> {
            keys.add(exchange.getRequestHeaders().getFirst("Idempotency-Key"));
            int call = calls.incrementAndGet();
            if (call == 2) {
                exchange.close();
                return;
            }
            byte[] body = (call == 1
                            ? "{\"code\":\"outcome_unknown\",\"title\":\"t\",\"retryable\":true}"
                            : "{\"points\":1,\"key\":\"k\"}")
                    .getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(call == 1 ? 503 : 201, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        try {
            String url = "http://127.0.0.1:" + server.getAddress().getPort();
            assertEquals(1, at(url, "earn", "m", "--points", "1").is(0).json().getLong("points"));
            assertEquals(3, keys.size());
            assertEquals(1, keys.stream().distinct().count());
        } finally {
            server.stop(0);
        }
    }

    @Test
    void anOutcomeThatStaysUnknownExitsWithThree() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            String url = "http://127.0.0.1:" + silent.getLocalPort();
            at(url, "earn", "m", "--points", "1", "--timeout", "1", "--idempotency-key", "till-7-1")
                    .is(3)
                    .complains("Repeat it with --idempotency-key till-7-1");
            at(url, "account", "show", "m", "--timeout", "1").is(2);
        }
    }

    @Test
    void theCallIsPrintedWithoutTheKey() {
        assertEquals(
                "curl -sS -X POST 'http://localhost:" + RestAssured.port + "/v1/programs/demo/accounts/m/earn'"
                        + " -H \"Authorization: Bearer $STAMPEDE_KEY\" -H 'Idempotency-Key: k-1'"
                        + " -H 'Content-Type: application/json' -d '{\"points\":1,\"note\":\"it'\\''s\"}'\n",
                piped("earn", "m", "--points=1", "--note", "it's", "--idempotency-key=k-1", "--curl")
                        .is(0)
                        .out());
        typed("account", "show", "m", "--curl").is(0).says("curl -sS 'http://");
    }

    @Test
    void settingsAreTakenFromTheProfile() throws Exception {
        Path file = directory.resolve(".config/stampede/config.properties");
        Files.createDirectories(file.getParent());
        Files.writeString(
                file,
                "url=http://localhost:1\ntest.url=http://localhost:" + RestAssured.port + "\ntest.key=" + TestKey.TEXT
                        + "\ntest.program=demo\n");
        Map<String, String> home = Map.of("HOME", directory.toString());
        run(home, false, "", "promotion", "budget", "--profile", "test").is(0);
        run(home, false, "", "status", "--profile", "other").is(2).complains("no profile other");
        run(home, false, "", "status").is(2).complains("localhost:1");

        Files.createDirectory(directory.resolve("data"));
        Files.writeString(directory.resolve("data/demo.key"), TestKey.TEXT + "\n");
        run(home, false, "", "program", "list", "--url", "http://localhost:" + RestAssured.port)
                .is(0)
                .says("\"id\":\"demo\"");
    }

    @Test
    void aProgramIsShownComparedAndPublished() throws Exception {
        try (Sandbox sandbox = Sandbox.of("demo", "2026-12-01T08:00:00Z")
                .with("rewards", "[{'id':'tea','name':'Tea','cost':100,'code':{'validDays':30}}]")
                .published()) {
            String id = sandbox.document().path("program").asText();
            Path file = directory.resolve("program.json");
            Files.writeString(
                    file, piped("program", "get", "--program", id).is(0).out());
            piped("program", "diff", "-f", file.toString(), "--program", id).is(0);
            piped("program", "diff", "-f", file.toString()).is(2).complains("not of demo");

            sandbox.with("name", "'Other'");
            Files.writeString(file, sandbox.document().toString());
            Map<String, String> any = environment();
            any.remove("STAMPEDE_PROGRAM");
            run(any, true, "", "program", "diff", "-f", file.toString()).is(1).says("name demo -> Other");
            run(any, false, "", "program", "apply", "-f", file.toString()).is(2).complains("--yes");
            run(any, true, "n\n", "program", "apply", "-f", file.toString())
                    .is(1)
                    .complains("Publish it as version 2");
            run(any, true, "y\n", "program", "apply", "-f", file.toString())
                    .is(0)
                    .says("version        2\n");
            typed("program", "history", "--program", id).is(0).says("version").says("publishedAt");
            piped("program", "apply", "--yes", "-f", file.toString(), "--program", id)
                    .is(1)
                    .complains("version_conflict");
            typed("program", "list").is(0).says(id);

            typed("clock", "show", "--program", id).is(0).says("2026-12-01T08:00:00Z");
            typed("clock", "advance", "36h", "--program", id).is(0).says("2026-12-02T20:00:00Z");
            typed("clock", "set", "2026-12-05T00:00:00Z", "--program", id).is(0).says("2026-12-05");
            typed("clock", "advance", "soon", "--program", id).is(2).complains("30d");
            piped("clock", "show").is(1).complains("not_a_sandbox");

            String account = Api.fresh().account();
            piped("earn", account, "--points", "500", "--program", id).is(0);
            String code = piped("redeem", account, "--reward", "tea", "--program", id)
                    .is(0)
                    .json()
                    .getString("code");
            typed("code", "check", code, "--program", id).is(0).says("valid").says(account);
            typed("code", "use", code, "--store", "store-1", "--program", id)
                    .is(0)
                    .says("used");
            typed("code", "check", code, "--program", id).is(1).says("store-1");
            piped("code", "use", code, "--program", id).is(1).complains("code_used");
        }
    }

    private JsonNode promotions(String program) throws Exception {
        Ran got = piped("program", "get", "--program", program).is(0);
        return new ObjectMapper().readTree(got.out()).path("promotions");
    }

    @Test
    void aPromotionIsPausedAndResumedAndAVersionRolledBack() throws Exception {
        try (Sandbox coffee = Sandbox.of("coffee", "2026-12-08T20:00:30Z").published()) {
            String id = coffee.document().path("program").asText();
            JsonNode before = promotions(id);
            String account = Api.fresh().account();
            assertEquals(20 + 20 + 50, earned(id, account)); // a day of double stars, and a welcome

            piped("promotion", "resume", "double-star-day", "--program", id)
                    .is(1)
                    .complains("is not paused");
            piped("promotion", "pause", "double-star-day", "--program", id)
                    .is(2)
                    .complains("--yes");
            piped("promotion", "pause", "double-star-day", "--program", id, "--if-version", "7")
                    .is(1)
                    .complains("not 7");
            run(environment(), true, "y\n", "promotion", "pause", "double-star-day", "--program", id)
                    .is(0)
                    .says("double-star-day")
                    .complains("Publish it as version 2");
            assertEquals(20, earned(id, account));
            piped("promotion", "pause", "double-star-day", "--program", id)
                    .is(1)
                    .complains("is over since");
            piped("promotion", "pause", "nothing", "--program", id).is(1).complains("no promotion nothing");

            coffee.moveTo("2026-12-08T21:00:00Z");
            piped("promotion", "resume", "double-star-day", "--yes", "--program", id)
                    .is(0)
                    .says("\"version\":3");
            assertEquals(before, promotions(id));
            assertEquals(40, earned(id, account));

            piped("program", "rollback", "--to", "2", "--yes", "--program", id)
                    .is(0)
                    .says("\"version\":4");
            assertEquals(20, earned(id, account));
            typed("program", "history", "--program", id)
                    .is(0)
                    .says("Pauses the promotion double-star-day")
                    .says("Rollback to version 2");
            piped("program", "rollback", "--to", "3", "--curl", "--program", id)
                    .is(0)
                    .says("\"basedOn\":4");
        }
    }

    private long earned(String program, String account) {
        return piped("earn", account, "--amount", "10.00", "--currency", "USD", "--program", program)
                .is(0)
                .json()
                .getLong("points");
    }

    @Test
    void aPeriodIsSimulated() throws Exception {
        try (Sandbox coffee = Sandbox.of("coffee", "2026-12-08T20:00:00Z").published()) {
            String id = coffee.document().path("program").asText();
            long points = earned(id, Api.fresh().account());
            coffee.moveTo("2026-12-09T20:00:00Z");
            Path file = directory.resolve("draft.json");
            Files.writeString(file, coffee.document().toString());
            String[] period = {"--from", "2026-12-08T00:00:00Z", "--to", "2026-12-09T00:00:00Z", "--program", id};

            Ran ran = piped(words(period, "program", "simulate", "--version", "1"))
                    .is(0);
            String last = ran.out().strip().replaceFirst("(?s).*\n", "");
            assertEquals(points, Json.of(last).getLong("result.after.earned"));
            typed(words(period, "program", "simulate", "-f", file.toString()))
                    .is(0)
                    .says("as sealed")
                    .says("simulated")
                    .says("promotion:double-star-day");
            piped(words(period, "program", "simulate", "--version", "9")).is(1).complains("not_found");
            piped(words(period, "program", "simulate")).is(2).complains("--file or --version");
            Files.writeString(file, "{\n\"format\": 1}");
            typed(words(period, "program", "simulate", "-f", file.toString()))
                    .is(1)
                    .complains("program_invalid")
                    .complains("at 2:");
            piped(words(period, "program", "simulate", "--version", "1", "--curl"))
                    .is(0)
                    .says("/simulations'");
        }
    }

    private static String[] words(String[] last, String... first) {
        return Stream.of(first, last).flatMap(Stream::of).toArray(String[]::new);
    }

    /** As by Ctrl-C: the gateway does not go on with what nobody waits for. */
    @Test
    void whoInterruptsASimulationCancelsIt() throws Exception {
        try (Sandbox coffee = Sandbox.of("coffee", "2026-12-08T20:00:00Z").published();
                Connection other =
                        DriverManager.getConnection(Backends.shared().postgres().jdbcUrl());
                Statement statement = other.createStatement()) {
            String id = coffee.document().path("program").asText();
            other.setAutoCommit(false);
            statement.execute("LOCK TABLE budget IN ACCESS EXCLUSIVE MODE");
            AtomicReference<Ran> ran = new AtomicReference<>();
            Thread running = new Thread(() -> ran.set(piped(
                    "program",
                    "simulate",
                    "--version=1",
                    "--from=2026-12-08T00:00:00Z",
                    "--to=2026-12-08T10:00:00Z",
                    "--program",
                    id)));
            running.start();
            await().until(() -> waiting() == 1);

            running.interrupt();
            running.join();

            ran.get().is(2).complains("Interrupted");
            await().atMost(Duration.ofSeconds(3)).until(() -> waiting() == 0);
            other.rollback();
        }
    }

    private static int waiting() throws SQLException {
        try (Connection connection =
                        DriverManager.getConnection(Backends.shared().postgres().jdbcUrl());
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT count(*) FROM pg_stat_activity"
                        + " WHERE application_name = 'stampede simulation' AND wait_event_type = 'Lock'")) {
            row.next();
            return row.getInt(1);
        }
    }

    @Test
    void aKeyIsTheOnlyThingOnStandardOutput() {
        Ran made = typed("key", "create", "--scope", "read,keys", "--name", "of the test");
        String key = made.is(0).out().strip();
        assertTrue(key.matches(KeyText.PATTERN), "no key");
        made.complains("told only this once");
        Map<String, String> other = environment();
        other.put("STAMPEDE_KEY", key);
        String id = key.split("_")[2];
        run(other, true, "", "key", "list").is(0).says("of the test").says(id);
        String rotated =
                piped("key", "rotate", id, "--overlap", "0").is(0).json().getString("key");
        other.put("STAMPEDE_KEY", rotated);
        run(other, false, "", "status").is(0);
        piped("key", "revoke", id).is(0);
        run(other, false, "", "status").is(2).complains("unauthenticated");
        piped("key", "create", "--scope", "read", "--ledger", "--location", "x").is(2);
        assertTrue(piped("key", "generate").is(0).out().strip().matches(KeyText.PATTERN), "no key");
    }

    @Test
    void aTillIsPaired() {
        Ran code = typed("till", "pair", "--location", "store-9", "--name", "Till 9", "--scope", "earn");
        code.is(0).says("code ").says("expiresAt");
        typed("till", "list", "--location", "store-9").is(0).says("location");
        piped("till", "revoke", "0123456789ab").is(1).complains("key_not_found");
    }

    @Test
    void aShellCanCompleteThem() {
        piped("completion", "bash").is(0).says("complete -F _complete_stampede").says("unfreeze");
        piped("completion", "zsh").is(0).says("bashcompinit");
        typed("--help").is(0).says("Exit codes: 0 yes");
        typed("account", "adjust", "--help").is(0).says("--allow-debt");
    }

    @Test
    void aGatewayIsLookedAt() {
        typed("status").is(0).says("postgresUp").says("gatewaysAlive");
        assertEquals("true", piped("status").is(0).json().getString("redisUp"));
    }

    @Test
    void aBalanceIsFollowed() {
        String account = Api.with(7).account();
        assertEquals(
                7, piped("events", "tail", account, "--count", "1").is(0).json().getLong("available"));
        typed("events", "tail", account, "--count", "1").is(0).says("available 7");
        piped("events", "tail", "nobody-" + account).is(1).complains("account_not_found");
    }

    @Test
    void aBalanceIsForwarded() throws Exception {
        String account = Api.with(7).account();
        List<String> heard = new CopyOnWriteArrayList<>();
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            heard.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
            exchange.sendResponseHeaders(204, -1);
            exchange.close();
        });
        server.start();
        try {
            String url = "http://127.0.0.1:" + server.getAddress().getPort() + "/hooks";
            piped("listen", account, "--forward-to", url, "--count", "1")
                    .is(0)
                    .says("\"available\":7")
                    .complains("-> 204");
            assertEquals(7, Json.of(heard.get(0)).getLong("available"));
        } finally {
            server.stop(0);
        }
        piped("listen", account, "--forward-to", "nowhere").is(2).complains("looks like");
    }

    @Test
    void aBenchCountsAndConserves() {
        Ran ran = piped("bench", "--rate", "50", "--duration", "1s", "--accounts", "5");
        Json result = ran.json();
        // a machine that has much else to do may not hold the rate
        ran.is(Boolean.parseBoolean(result.getString("held")) ? 0 : 1);
        assertEquals(50, result.getLong("calls"));
        assertEquals(result.getLong("expectedPoints"), result.getLong("foundPoints"));
        assertTrue(result.getLong("foundPoints") > 0);
        typed("bench", "--rate", "50", "--duration", "soon").is(2).complains("30d");
        typed("bench", "--rate", "50", "--duration", "1s")
                .says("p99.9 ms")
                .says("rate held")
                .says("conserved       true");
        typed("bench", "--redeems", "101").is(2);
    }

    @Test
    void aFileIsReplayedOnce() throws Exception {
        String account = Api.fresh().account();
        Path file = directory.resolve("sales.csv");
        Files.writeString(file, """
                key,account,type,points,amount,currency
                %1$s-1,%1$s,earn,,"12.50",EUR
                %1$s-2,%1$s,earn,30,,

                %1$s-3,%1$s,redeem,40,,
                %1$s-4,%1$s,redeem,40,,
                """.formatted(account));
        Ran ran = piped("replay", file.toString());
        ran.is(1).complains("Line 6: insufficient_points");
        assertEquals(3, ran.json().getLong("calls.done"));
        assertEquals(42, ran.json().getLong("earnedPoints"));
        assertEquals(40, ran.json().getLong("redeemedPoints"));
        assertEquals(3, piped("replay", file.toString()).is(1).json().getLong("calls.replayed"));
        assertEquals(2, piped("account", "show", account).json().getLong("available"));

        Files.writeString(file, "key,account,type,points\nk,m,steal,1\n");
        typed("replay", file.toString()).is(2).complains("Line 2: the type is earn or redeem");
        Files.writeString(file, "key,account,kind\n");
        typed("replay", file.toString()).is(2).complains("The column kind is none of");
        typed("replay", directory.resolve("nothing.csv").toString()).is(2).complains("cannot be read");
    }

    @Test
    void theServersOfAConfigurationAreMeasured() throws Exception {
        Backends backends = Backends.shared();
        Map<String, String> settings = new HashMap<>(Backends.logins(backends.postgres()));
        settings.put("quarkus.datasource.reactive.url", backends.postgres().reactiveUrl());
        settings.put(
                "quarkus.datasource.jdbc.url", "jdbc:" + backends.postgres().reactiveUrl());
        settings.put("quarkus.redis.hosts", backends.redis().url());
        Ran ran = of(SelfTestCommand::new, settings, "self-test");
        ran.is(0).says("write to disk").says("Redis").says("ahead of this machine's");
        ran.says("say --program");
        try (Sandbox sandbox = Sandbox.of("demo", "2026-12-01T08:00:00Z").published()) {
            String id = sandbox.document().path("program").asText();
            String url = environment().get("STAMPEDE_URL");
            of(SelfTestCommand::new, settings, "self-test", "--url", url, "--key", TestKey.TEXT, "--program", id)
                    .is(0)
                    .says("expect about");
            assertEquals(0, sandbox.account("self-test-0").available());
        }
        settings.put("quarkus.redis.hosts", "redis://:hush@127.0.0.1:1");
        ran = of(SelfTestCommand::new, settings, "self-test").is(2).says("127.0.0.1:1 has not answered");
        assertFalse(ran.toString().contains("hush"), ran.toString());
    }

    @Test
    void whatAGatewayWouldUnderstandIsToldWithoutSecrets() {
        Map<String, String> settings = new HashMap<>(Map.of(
                "quarkus.datasource.reactive.url",
                "postgresql://u:hush@postgres-1:5432/points",
                "quarkus.redis.hosts",
                "redis://redis-1:6379",
                "quarkus.datasource.password",
                "hush",
                "stampede.gateway.max-tries",
                "7",
                TestKey.SETTING,
                TestKey.TEXT));
        Ran ran = of(DoctorCommand::new, settings, "doctor")
                .is(1)
                .says("postgres-1:5432")
                .says("7");
        ran.says("It would not start: Redis at redis-1:6379 is used without a password");
        assertFalse(ran.toString().contains("hush"), ran.toString());
        of(DoctorCommand::new, Map.of("stampede.data-dir", directory.toString()), "doctor")
                .is(0)
                .says("It is only tried out");
    }

    private Ran of(Function<Supplier<SmallRyeConfig>, Object> command, Map<String, String> settings, String... words) {
        SmallRyeConfig config = new SmallRyeConfigBuilder()
                .withSources(new PropertiesConfigSource(settings, "test", 1000))
                .build();
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        Terminal terminal = new Terminal(
                Map.of(),
                directory,
                new BufferedReader(new StringReader("")),
                new PrintWriter(out),
                new PrintWriter(err),
                true);
        int code = Stampede.line(terminal, command.apply(() -> config)).execute(words);
        return new Ran(code, out.toString(), err.toString());
    }
}
