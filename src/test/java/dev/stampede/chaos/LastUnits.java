package dev.stampede.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.account.AccountId;
import dev.stampede.chaos.Call.Kind;
import dev.stampede.chaos.Call.Outcome;
import dev.stampede.chaos.Client.Ask;
import dev.stampede.support.LedgerCheck;
import dev.stampede.support.RedisSocket;
import dev.stampede.support.TestProgram;
import dev.stampede.verify.Verification;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.jboss.logging.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * A rush on what there is too little of, over three gateways: whatever fails meanwhile, it is given exactly, down to
 * the last unit. Whoever has no answer, or is told to come later, asks again with the same key.
 */
@Tag("servers")
@Tag("long")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LastUnits {
    private static final Logger LOG = Logger.getLogger(LastUnits.class);

    private static final int GATEWAYS = 3;
    private static final int RUSH = 10_000;
    /** Where something fails while the budget is used up: about a third of that many see it. */
    private static final int RUSH_WITH_FAULT = 2_000;

    private static final int UNITS = 500;
    /** More of them would wait so long for two cores that they would give up and come again. */
    private static final int AT_ONCE = 240;

    private static final long BASE = 10;
    private static final long BONUS = 80;
    /** So long whoever has no answer, or is told to come later, asks again. */
    private static final long LIMIT_S = 200;

    private static final long PAUSE_MS = 100;

    private static World world;
    private static Client client;

    private final AtomicLong granted = new AtomicLong();
    private String program;

    @BeforeAll
    void start(@TempDir(cleanup = CleanupMode.ON_SUCCESS) Path directory) throws Exception {
        world = new World(1, directory, GATEWAYS, false, RedisPair::new);
        client = new Client(world.vertx, world.gateways);
    }

    @AfterAll
    void stop() throws SQLException {
        try {
            new LedgerCheck(world.jdbcUrl()).consistent();
            try (Connection connection = DriverManager.getConnection(world.jdbcUrl())) {
                assertNull(Verification.of(connection, said -> {}).wrong());
            }
        } finally {
            world.close();
        }
    }

    @AfterEach
    void noGatewayFoundABug() throws Exception {
        for (GatewayProcess gateway : world.gateways) {
            assertEquals(0, gateway.metric("stampede_bugs_total"), gateway.log().toString());
        }
    }

    // A program with a budget, or with stock -------------------------------------------------------------------

    /** Publishes it, and waits until each gateway prices by it and knows what it shares. */
    private void begin(String id, TestProgram document) throws Exception {
        program = id;
        granted.set(0);
        client.history().clear();
        try (Connection owner = DriverManager.getConnection(world.jdbcUrl());
                var make = owner.prepareStatement("SELECT * FROM make_budgets(?, ?::json)")) {
            make.setString(1, id);
            make.setString(2, document.document());
            make.execute();
            document.insert(owner, 1);
        }
        for (GatewayProcess gateway : world.gateways) {
            gateway.awaitProgram(id);
        }
    }

    private void beginWithBudget(String id) throws Exception {
        begin(
                id,
                TestProgram.of(id)
                        .with(
                                "budgets",
                                "[{\"id\": \"b\", \"of\": \"uses\", \"total\": " + UNITS
                                        + ", \"exhausted\": \"nothing\", \"returns\": true}]")
                        .with(
                                "promotions",
                                "[{\"id\": \"p\", \"budget\": \"b\", \"give\": {\"points\": " + BONUS + "}}]"));
    }

    private long number(String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection(world.jdbcUrl());
                var statement = connection.createStatement();
                var row = statement.executeQuery(sql)) {
            row.next();
            return row.getLong(1);
        }
    }

    private long left() throws SQLException {
        return number("SELECT sum(a.units) FROM allotment a JOIN budget b ON b.id = a.budget WHERE b.program = '"
                + program + "'");
    }

    /** What operations have used, less what they gave back. */
    private long used() throws SQLException {
        return number("SELECT coalesce(sum((u ->> 1)::bigint), 0) FROM operation o, json_array_elements(o.uses::json) u"
                + " WHERE o.program = '" + program + "' AND o.uses IS NOT NULL");
    }

    // Callers -----------------------------------------------------------------------------------------------

    private Ask earn(int member) {
        return earn(member, BASE);
    }

    private Ask earn(int member, long points) {
        return Ask.of(1, Kind.EARN, AccountId.of(program, "m-" + member), "e-" + member)
                .said("{\"amount\":\"" + points + ".00\",\"currency\":\"EUR\"}");
    }

    private Ask redeem(int member, String key) {
        return Ask.of(1, Kind.REDEEM, AccountId.of(program, "m-" + member), key).said("{\"reward\":\"pan\"}");
    }

    /**
     * Sends all of them, to one gateway after the other; answers their last answers, in the same order. Fails if one of
     * them has none in time.
     */
    private CompletableFuture<List<Call>> send(List<Ask> asks) {
        Call[] answers = new Call[asks.size()];
        AtomicInteger next = new AtomicInteger();
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_S);
        List<Future<?>> callers = new ArrayList<>();
        for (int caller = 0; caller < AT_ONCE; caller++) {
            callers.add(work(asks, answers, next, deadline));
        }
        return Future.all(callers)
                .map(v -> List.of(answers))
                .toCompletionStage()
                .toCompletableFuture();
    }

    private Future<Void> work(List<Ask> asks, Call[] answers, AtomicInteger next, long deadline) {
        int i = next.getAndIncrement();
        if (i >= asks.size()) {
            return Future.succeededFuture();
        }
        if (System.nanoTime() > deadline) {
            return Future.failedFuture(
                    new AssertionError("only " + i + " of " + asks.size() + " calls were sent in " + LIMIT_S + " s"));
        }
        return answered(asks.get(i), i % GATEWAYS, deadline).compose(call -> {
            answers[i] = call;
            if (call.told().moved() == BASE + BONUS) {
                granted.incrementAndGet();
            }
            return work(asks, answers, next, deadline);
        });
    }

    private Future<Call> answered(Ask ask, int gateway, long deadline) {
        return client.send(ask, gateway).compose(call -> {
            boolean later = call.is(Outcome.UNKNOWN)
                    || (call.is(Outcome.REFUSED)
                            && Shopper.isPassing(call.told().code()));
            if (!later) {
                return Future.succeededFuture(call);
            }
            if (System.nanoTime() > deadline) {
                return Future.failedFuture(new AssertionError("no answer within " + LIMIT_S + " s: " + call));
            }
            Promise<Void> over = Promise.promise();
            world.vertx.setTimer(PAUSE_MS, id -> over.complete());
            return over.future().compose(v -> answered(ask, (gateway + 1) % GATEWAYS, deadline));
        });
    }

    private static List<Call> get(CompletableFuture<List<Call>> answers) throws Exception {
        return answers.get(LIMIT_S + 30, TimeUnit.SECONDS); // those in flight at the deadline still end
    }

    // Budgets -----------------------------------------------------------------------------------------------

    @FunctionalInterface
    private interface Step {
        void take() throws Exception;
    }

    /** All are told that they have earned, and as many as there are units have the bonus. */
    private void rush(int members, Step fault, Step mend) throws Exception {
        long begun = System.nanoTime();
        CompletableFuture<List<Call>> answers =
                send(IntStream.range(0, members).mapToObj(this::earn).toList());
        while (granted.get() < UNITS / 2 && !answers.isDone()) {
            TimeUnit.MILLISECONDS.sleep(1);
        }
        List<Call> calls;
        try {
            fault.take();
            calls = get(answers);
        } finally {
            mend.take();
        }
        LOG.infof("%s: %d earns in %d ms", program, members, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun));
        assertEquals(
                List.of(),
                calls.stream().filter(call -> !call.is(Outcome.OK)).limit(5).toList());
        assertEquals(UNITS, count(calls, BASE + BONUS));
        assertEquals(members - UNITS, count(calls, BASE));
        assertEquals(0, left());
        assertEquals(UNITS, used());
        assertEquals(
                UNITS, number("SELECT count(*) FROM operation WHERE uses IS NOT NULL AND program = '" + program + "'"));
    }

    private static long count(List<Call> calls, long moved) {
        return calls.stream().filter(call -> call.told().moved() == moved).count();
    }

    @Test
    void nothingFails() throws Exception {
        beginWithBudget("plain");
        rush(RUSH, () -> {}, () -> {});
        assertEquals(
                3,
                number("SELECT count(*) FROM budget_event e JOIN budget b ON b.id = e.budget"
                        + " WHERE b.program = 'plain'"));
    }

    @Test
    void aGatewayIsKilled() throws Exception {
        beginWithBudget("killed");
        GatewayProcess victim = world.gateways.get(1);
        rush(RUSH_WITH_FAULT, victim::kill, () -> {
            victim.start();
            victim.awaitReady();
        });
    }

    @Test
    void aGatewayIsStoppedForAWhile() throws Exception {
        beginWithBudget("stopped");
        GatewayProcess victim = world.gateways.get(2);
        rush(
                RUSH_WITH_FAULT,
                () -> {
                    victim.freeze();
                    TimeUnit.SECONDS.sleep(3);
                    victim.thaw();
                },
                () -> {});
    }

    @Test
    void redisIsFlushedAgainAndAgain() throws Exception {
        beginWithBudget("flushed");
        Thread flushes = new Thread(this::flushAgainAndAgain, "flushes");
        flushes.start();
        rush(RUSH_WITH_FAULT, () -> {}, () -> {
            flushes.interrupt();
            flushes.join();
        });
    }

    private void flushAgainAndAgain() {
        try (RedisSocket socket = new RedisSocket(world.redis.masters().get(0).port())) {
            while (true) {
                socket.ask("FLUSHALL");
                TimeUnit.MILLISECONDS.sleep(100);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void postgresIsRestarted() throws Exception {
        beginWithBudget("restarted");
        rush(RUSH_WITH_FAULT, () -> world.postgres.primary().restart(), () -> {});
    }

    @Test
    void theStandbyIsPromoted() throws Exception {
        beginWithBudget("promoted");
        rush(
                RUSH_WITH_FAULT,
                () -> {
                    world.postgres.primary().kill();
                    world.postgres.promote();
                },
                world::replaceStandby);
    }

    // Stock -------------------------------------------------------------------------------------------------

    private List<Call> redeemed(int members, String key) throws Exception {
        return get(send(IntStream.range(0, members)
                .mapToObj(member -> redeem(member, key))
                .toList()));
    }

    private static List<Call> ok(List<Call> calls) {
        return calls.stream().filter(call -> call.is(Outcome.OK)).toList();
    }

    private static void othersAreDeclined(List<Call> calls) {
        assertEquals(
                List.of(),
                calls.stream()
                        .filter(call -> !call.is(Outcome.OK))
                        .filter(call -> !call.is(Outcome.DECLINED)
                                || !call.told().code().equals("out_of_stock"))
                        .limit(5)
                        .toList());
    }

    @Test
    void stockIsSoldOnceAndWhatComesBackIsSoldAgain() throws Exception {
        begin(
                "stock",
                TestProgram.of("stock")
                        .with("rewards", "[{\"id\": \"pan\", \"cost\": 100, \"stock\": {\"total\": " + UNITS + "}}]"));
        List<Call> earned = get(send(
                IntStream.range(0, RUSH).mapToObj(member -> earn(member, 200)).toList()));
        assertEquals(
                List.of(),
                earned.stream().filter(call -> !call.is(Outcome.OK)).limit(5).toList());

        List<Call> first = redeemed(RUSH, "r-1");
        List<Call> sold = ok(first);
        assertEquals(UNITS, sold.size());
        othersAreDeclined(first);
        assertEquals(0, left());

        // the same keys say the same
        List<Call> again = redeemed(RUSH, "r-1");
        assertEquals(operations(first), operations(again));
        assertEquals(codes(first), codes(again));
        assertTrue(again.stream().allMatch(call -> call.told().replayed()));
        assertEquals(RUSH, number("SELECT count(*) FROM operation WHERE program = 'stock' AND key = 'r-1'"));

        List<Ask> back = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            Call payment = sold.get(i);
            back.add(
                    i < 20
                            ? Ask.of(1, Kind.VOID_KEY, payment.account(), "v").voids("r-1")
                            : Ask.of(1, Kind.REVERSE, payment.account(), "b")
                                    .subject(payment.told().operation()));
        }
        assertEquals(50, ok(get(send(back))).size());
        assertEquals(50, left());
        assertEquals(50, ok(get(send(back))).size());
        assertEquals(50, left());

        List<Call> second = redeemed(RUSH, "r-2");
        assertEquals(50, ok(second).size());
        othersAreDeclined(second);
        assertEquals(0, left());
        assertEquals(UNITS, used());
    }

    private static List<Object> operations(List<Call> calls) {
        return calls.stream().<Object>map(call -> call.told().operation()).toList();
    }

    private static List<String> codes(List<Call> calls) {
        return calls.stream().map(call -> "" + call.told().code()).toList();
    }
}
