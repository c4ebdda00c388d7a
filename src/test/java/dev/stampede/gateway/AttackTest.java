package dev.stampede.gateway;

import static dev.stampede.support.TestGateway.account;
import static dev.stampede.support.TestGateway.capture;
import static dev.stampede.support.TestGateway.earn;
import static dev.stampede.support.TestGateway.get;
import static dev.stampede.support.TestGateway.hold;
import static dev.stampede.support.TestGateway.redeem;
import static dev.stampede.support.TestGateway.reverse;
import static dev.stampede.support.TestGateway.voidKey;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.uuid.Generators;
import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.stampede.account.AccountId;
import dev.stampede.account.Image;
import dev.stampede.account.Operation;
import dev.stampede.account.OperationType;
import dev.stampede.account.SealedOperation;
import dev.stampede.account.TargetFacts;
import dev.stampede.points.Lot;
import dev.stampede.points.Refusal;
import dev.stampede.propose.ProposeReply;
import dev.stampede.propose.Proposer;
import dev.stampede.redis.RedisConfig;
import dev.stampede.seal.SealConfig;
import dev.stampede.seal.Sealer;
import dev.stampede.support.Ask;
import dev.stampede.support.Backends;
import dev.stampede.support.RedisProxy;
import dev.stampede.support.TestGateway;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.impl.VertxInternal;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisOptions;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongFunction;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AttackTest {
    private static final Map<String, String> SETTINGS = Map.of(
            "stampede.gateway.answer-timeout", "4s",
            // as if there were millions of accounts: the comparison is far away
            "stampede.gateway.compare-interval", "1h",
            "stampede.gateway.sweep-interval", "1h");
    private static Backends backends;
    private static String url;
    private static TestGateway one;
    private static TestGateway two;
    private static Redis redis;

    @BeforeAll
    static void start() {
        backends = Backends.shared();
        url = backends.freshDatabase("attack_test");
        TestGateway.migrate(url);
        one = gateway(backends.redis().port(), SETTINGS);
        two = gateway(backends.redis().port(), SETTINGS);
        redis = Redis.createClient(one.vertx(), one.redisUri);
    }

    @AfterAll
    static void stop() {
        one.close();
        two.close();
    }

    private static TestGateway gateway(int redisPort, Map<String, String> settings) {
        return new TestGateway(backends.postgres(), "attack_test", redisPort, settings);
    }

    @CanIgnoreReturnValue
    private static SealedOperation done(Answer answer) {
        return assertInstanceOf(Answer.Sealed.class, answer).operation();
    }

    @CanIgnoreReturnValue
    private static Response redis(Command command, Object... args) {
        Request request = Request.cmd(command);
        for (Object arg : args) {
            request.arg(arg.toString());
        }
        return await(redis.send(request));
    }

    @CanIgnoreReturnValue
    private static <T> T await(Future<T> future) {
        return get(future.toCompletionStage().toCompletableFuture());
    }

    private static void edit(AccountId account, String field, String what, String with) {
        String text = redis(Command.HGET, account.redisKey(), field).toString();
        assertTrue(text.contains(what), text);
        redis(Command.HSET, account.redisKey(), field, text.replace(what, with));
    }

    private static long sealedAvailable(AccountId account) throws Exception {
        try (Connection connection = DriverManager.getConnection(url);
                var statement = connection.createStatement();
                var rows = statement.executeQuery(
                        "SELECT available FROM account WHERE account = '" + account.account() + "'")) {
            rows.next();
            return rows.getLong(1);
        }
    }

    /** A proposer of a gateway that dies before it seals. */
    private static final class Dying {
        final Context context = ((VertxInternal) one.vertx()).createEventLoopContext();
        final Proposer proposer = new Proposer(one.vertx(), context, one.redis, one.config(RedisConfig.class));

        Dying(AccountId loaded) throws Exception {
            String format = redis(Command.HGET, loaded.redisKey(), "f").toString();
            call(() -> {
                proposer.epoch(format.substring(format.indexOf(' ') + 1));
                proposer.secrets(TestGateway.secrets(url));
                return proposer.connect();
            });
        }

        <T> T call(Callable<Future<T>> question) throws Exception {
            CompletableFuture<T> answer = new CompletableFuture<>();
            context.runOnContext(v -> {
                try {
                    question.call().onComplete(r -> {
                        if (r.succeeded()) {
                            answer.complete(r.result());
                        } else {
                            answer.completeExceptionally(r.cause());
                        }
                    });
                } catch (Exception e) {
                    answer.completeExceptionally(e);
                }
            });
            return get(answer);
        }

        ProposeReply propose(Operation operation, TargetFacts facts) throws Exception {
            return call(() -> proposer.propose(
                    operation,
                    Generators.timeBasedEpochGenerator().generate(),
                    UUID.randomUUID(),
                    System.currentTimeMillis(),
                    facts,
                    false));
        }
    }

    @Test
    void anEditedUnsealedProposalDoesNotStopTheSealer() throws Exception {
        TestGateway victim = gateway(backends.redis().port(), SETTINGS);
        AccountId account = account("wedge");
        done(one.ask(earn(account, "e", 100)));
        assertInstanceOf(ProposeReply.Decided.class, new Dying(account).propose(earn(account, "e2", 7), null));
        edit(account, "u2", "\"points\":7,", "");
        done(victim.ask(earn(account, "e3", 1)));
        // all others whom this write path serves
        for (int i = 0; i < 4; i++) {
            done(victim.ask(earn(account("wedge-innocent" + i), "e", 1)));
        }
        victim.close();
    }

    @Test
    void reversalsOfOneRunNeverExceedTheOriginal() throws Exception {
        AccountId account = account("overspend");
        done(one.ask(earn(account, "e", 100)));
        SealedOperation redeemed = done(one.ask(redeem(account, "r", 100)));
        long day = redeemed.entries().get(0).lots().get(0).day();
        TargetFacts facts = new TargetFacts(
                redeemed.id(),
                2,
                redeemed.id(),
                "redeem",
                false,
                100,
                List.of(new Lot(day, 100)),
                null,
                null,
                0,
                false,
                false,
                null);
        Dying dying = new Dying(account);
        assertInstanceOf(ProposeReply.Decided.class, dying.propose(reverse(account, "v1", redeemed.id(), 50L), facts));
        redis(Command.HSET, account.redisKey(), "t:" + redeemed.id(), "3 1 0");
        assertInstanceOf(ProposeReply.Decided.class, dying.propose(reverse(account, "v2", redeemed.id(), 99L), facts));
        done(two.ask(earn(account, "e2", 1)));
        assertTrue(sealedAvailable(account) <= 101, "available " + sealedAvailable(account));
    }

    /** Of nothing no sum tells that it was undone, whoever forgets. */
    @Test
    void anEarnOfNothingIsReversedOnceWhateverRedisForgets() {
        AccountId account = account("nothing");
        SealedOperation earned = done(one.ask(earn(account, "e", 0)));
        assertTrue(done(one.ask(reverse(account, "v1", earned.id(), null))).ok());
        redis(Command.DEL, account.redisKey());
        assertEquals(
                "already_reversed",
                done(two.ask(reverse(account, "v2", earned.id(), null))).outcome());
        assertEquals(
                "already_reversed", done(two.ask(voidKey(account, "v3", "e"))).outcome());
    }

    /** As an earlier release left it: the migration makes it due, and the sweep lets it pay. */
    @Test
    void pointsBesideADebtPayIt() throws Exception {
        AccountId account = account("beside");
        SealedOperation earned = done(one.ask(earn(account, "e", 100)));
        String image = earned.image().text().replace("\"debt\":0", "\"debt\":30");
        String debtFirst = "CONSTRAINT account_debt_comes_first";
        try (Connection owner = DriverManager.getConnection(url);
                var sql = owner.createStatement()) {
            sql.execute("ALTER TABLE account DROP " + debtFirst);
            sql.execute("UPDATE operation SET image = '" + image + "' WHERE id = '" + earned.id() + "'");
            sql.execute("UPDATE account SET debt = 30, due_at = now(), digest = '" + Image.digest(image)
                    + "' WHERE head = '" + earned.id() + "'");
            sql.execute("ALTER TABLE account ADD " + debtFirst + " CHECK (debt = 0 OR available = 0) NOT VALID");
            redis(Command.DEL, account.redisKey());
            Sweep.now(one.gateway);
            assertEquals(70, sealedAvailable(account));
            assertEquals(
                    "23514",
                    assertThrows(
                                    SQLException.class,
                                    () -> sql.execute("UPDATE account SET debt = 1 WHERE available = 70"))
                            .getSQLState());
        }
        assertTrue(done(one.ask(redeem(account, "r", 70))).ok());
    }

    @Test
    void reversingAHoldIsNoBug() throws Exception {
        AccountId account = account("reverse-hold");
        done(one.ask(earn(account, "e", 100)));
        SealedOperation held = done(one.ask(hold(account, "h", 40)));
        SealedOperation reversal = done(one.ask(reverse(account, "v", held.id(), null)));
        assertEquals("reverse_exceeds_original", reversal.outcome());
        assertEquals(List.of(), reversal.entries());
        assertEquals(60, sealedAvailable(account));
        assertTrue(done(one.ask(capture(account, "c", held.id()))).ok());
    }

    @Test
    void aStaleImageIsRepairedByWhoeverReverses() throws Exception {
        AccountId account = account("stale");
        done(one.ask(earn(account, "e", 100)));
        SealedOperation redeemed = done(one.ask(redeem(account, "r", 10)));
        TimeUnit.MILLISECONDS.sleep(50);
        Response copy = redis(Command.DUMP, account.redisKey());
        done(one.ask(earn(account, "e2", 1)));
        TimeUnit.MILLISECONDS.sleep(50);
        await(redis.send(Request.cmd(Command.RESTORE)
                .arg(account.redisKey())
                .arg("0")
                .arg(copy.toBuffer())
                .arg("REPLACE")));
        assertTrue(done(one.ask(voidKey(account, "v", "r"))).ok());
        assertEquals(101, sealedAvailable(account));
    }

    @Test
    void anOldKeyLeavesNothingInRedis() throws Exception {
        AccountId account = account("old-key");
        done(one.ask(earn(account, "e", 100)));
        redis(Command.HDEL, account.redisKey(), "k:e", "v1"); // forgotten: 1000 operations ago
        assertTrue(assertInstanceOf(Answer.Sealed.class, one.ask(earn(account, "e", 100)))
                .replayed());
        TimeUnit.MILLISECONDS.sleep(300);
        long shown =
                one.gateway.peek(account).await().indefinitely().image().state().available();
        assertEquals(
                1,
                one.gateway
                        .findByKey(account, "e")
                        .await()
                        .indefinitely()
                        .operation()
                        .version());
        assertTrue(done(one.ask(voidKey(account, "v", "e"))).ok());
        assertEquals(100, shown);
    }

    @Test
    void aKeyThatOnlyRedisKnows() {
        AccountId account = account("invented-key");
        done(one.ask(earn(account, "e", 100)));
        redis(Command.HSET, account.redisKey(), "k:r", "1 " + UUID.randomUUID());
        done(one.ask(redeem(account, "r", 10)));
    }

    @Test
    void aNegativeBucketIsRepaired() {
        AccountId account = account("negative");
        done(one.ask(earn(account, "e", 100)));
        edit(account, "i", "\"held\":0", "\"held\":-10");
        done(one.ask(redeem(account, "r", 10)));
    }

    @Test
    void noAccountIsDeniedOnRedisWordAlone() {
        AccountId account = account("denied");
        done(one.ask(earn(account, "e", 100)));
        edit(account, "i", "\"enrolled\":true", "\"enrolled\":false");
        done(one.ask(redeem(account, "r", 10)));
    }

    @Test
    void noReversalIsDeniedOnAnEditedCounter() {
        AccountId account = account("counter");
        done(one.ask(earn(account, "e", 100)));
        SealedOperation redeemed = done(one.ask(redeem(account, "r", 10)));
        redis(Command.HSET, account.redisKey(), "t:" + redeemed.id(), "3 10 0");
        assertEquals(
                "ok", done(one.ask(reverse(account, "v", redeemed.id(), null))).outcome());
    }

    @Test
    void aDeclinedVoidClaimsNoKey() {
        AccountId account = account("frozen");
        done(one.ask(earn(account, "e", 100)));
        done(one.ask(Ask.of(OperationType.FREEZE, account).key("f", "f").build()));
        assertEquals(
                "account_frozen", done(one.ask(voidKey(account, "v", "later"))).outcome());
        done(one.ask(Ask.of(OperationType.UNFREEZE, account).key("u", "u").build()));
        assertTrue(done(one.ask(redeem(account, "later", 10))).ok());
    }

    @Test
    void aVoidOfItsOwnKey() throws Exception {
        AccountId account = account("self");
        done(one.ask(earn(account, "e", 100)));
        // its tombstone has claimed the key, and there is no other operation of it
        assertEquals(new Answer.Refused(Refusal.VOIDED, true), one.ask(voidKey(account, "k", "k")));
        assertEquals(new Answer.Refused(Refusal.VOIDED, true), one.ask(redeem(account, "k", 10)));
        assertEquals(100, sealedAvailable(account));
        done(two.ask(redeem(account, "r", 10)));
        assertEquals(90, sealedAvailable(account));
    }

    @Test
    void nothingIsDeniedThatRedisHasCarriedOut() throws Exception {
        try (RedisProxy proxy = new RedisProxy(backends.redis().port())) {
            TestGateway victim = gateway(proxy.port(), SETTINGS);
            AccountId account = account("cut");
            done(victim.ask(earn(account, "e", 100)));
            TimeUnit.MILLISECONDS.sleep(100);
            proxy.mute = true;
            CompletableFuture<Answer> answer = victim.submit(redeem(account, "r", 10));
            TimeUnit.MILLISECONDS.sleep(300);
            proxy.mute = false;
            proxy.cut();
            Answer.Sealed sealed = assertInstanceOf(Answer.Sealed.class, get(answer));
            assertTrue(sealed.operation().ok());
            assertFalse(sealed.replayed(), "it was this very call");
            victim.close();
        }
    }

    @Test
    void aReconnectThatHangsIsGivenUp() throws Exception {
        try (RedisProxy proxy = new RedisProxy(backends.redis().port())) {
            TestGateway victim = gateway(proxy.port(), SETTINGS);
            AccountId account = account("hang");
            done(victim.ask(earn(account, "e", 100)));
            proxy.blackHole = true;
            proxy.cut();
            TimeUnit.SECONDS.sleep(2);
            proxy.blackHole = false; // the dead host's connections stay, new ones would work
            TimeUnit.SECONDS.sleep(12);
            boolean up = victim.gateway.redisUp();
            proxy.cut();
            TimeUnit.SECONDS.sleep(3);
            assertTrue(victim.gateway.redisUp(), "not after the cut");
            victim.close();
            assertTrue(up, "not before the cut");
        }
    }

    @Test
    void aLockedRowHurtsNoOneElseAndLeavesNoBackends() throws Exception {
        AccountId account = account("locked");
        try (TestGateway victim = gateway(
                        backends.redis().port(),
                        Map.of(
                                "stampede.seal.sealers",
                                "1",
                                "stampede.gateway.answer-timeout",
                                "10s",
                                "stampede.gateway.compare-interval",
                                "1h"));
                Connection holder = DriverManager.getConnection(url);
                Connection other = DriverManager.getConnection(url)) {
            done(victim.ask(earn(account, "e", 100)));
            holder.setAutoCommit(false);
            holder.createStatement().execute("SELECT 1 FROM account WHERE account = 'locked' FOR UPDATE");
            CompletableFuture<Answer> blocked = victim.submit(redeem(account, "r", 10));
            for (int i = 0; i < 3; i++) {
                assertTrue(done(victim.ask(earn(account("locked-innocent"), "e" + i, 10)))
                        .ok());
            }
            assertFalse(blocked.isDone() && !blocked.isCompletedExceptionally(), "sealed under somebody else's lock");
            assertTrue(waiting(other) <= 2, "a sealer and a reader may wait, and nobody behind them");
            holder.rollback();

            // its caller was answered, or told to ask again: either way it happens once
            blocked.handle((answer, failure) -> answer).get(15, TimeUnit.SECONDS);
            assertTrue(done(victim.ask(redeem(account, "r", 10))).ok());
            assertEquals(90, sealedAvailable(account));
            assertEquals(0, waiting(other));
        }
    }

    private static long waiting(Connection connection) throws Exception {
        try (var statement = connection.createStatement();
                var rows = statement.executeQuery("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                        + " AND datname = 'attack_test'")) {
            rows.next();
            return rows.getLong(1);
        }
    }

    private static Gateway ahead(TestGateway like, long ms) {
        Gateway gateway = new Gateway(
                like.vertx(),
                like.redis,
                List.of(like.postgres),
                like.config(RedisConfig.class),
                like.config(SealConfig.class),
                like.config(GatewayConfig.class),
                () -> Instant.ofEpochMilli(System.currentTimeMillis() + ms),
                Generators.timeBasedEpochGenerator()::generate,
                Sealer::new,
                new SimpleMeterRegistry());
        await(gateway.start());
        return gateway;
    }

    private static final long TWO_DAYS = 2 * 86_400_000L;

    private static Operation earnToday(AccountId account, String key, long points) {
        return Ask.of(OperationType.EARN, account)
                .key(key, "earn")
                .points(points)
                .lot(LocalDate.now(ZoneOffset.UTC).toEpochDay(), null)
                .autoEnrol(true)
                .build();
    }

    @Test
    void aClockAheadDeclinesNothing() {
        AccountId account = account("ahead-decline");
        done(one.ask(earnToday(account, "e", 100)));
        Gateway ahead = ahead(one, TWO_DAYS);
        SealedOperation declined =
                done(ahead.submit(redeem(account, "r", 10)).await().indefinitely());
        await(ahead.stop());
        assertEquals("ok", declined.outcome());
    }

    @Test
    void aClockAheadLeavesNoTimeBehind() {
        AccountId account = account("ahead-time");
        done(one.ask(earnToday(account, "e", 100)));
        Gateway ahead = ahead(one, TWO_DAYS);
        done(ahead.submit(Ask.of(OperationType.FREEZE, account).key("f", "f").build())
                .await()
                .indefinitely());
        await(ahead.stop());
        done(one.ask(Ask.of(OperationType.UNFREEZE, account).key("u", "u").build()));
        assertEquals("ok", done(one.ask(redeem(account, "r", 10))).outcome());
    }

    @Test
    void nothingIsDeniedThatIsSealedLater() throws Exception {
        AccountId account = account("ahead-denied");
        done(one.ask(earn(account, "e", 100)));
        done(one.ask(Ask.of(OperationType.HOLD, account)
                .key("h", "h")
                .points(5L)
                .ttlSeconds(4)
                .build()));
        Gateway ahead = ahead(one, 6000);
        assertTrue(done(ahead.submit(redeem(account, "r", 10)).await().indefinitely())
                .ok());
        TimeUnit.SECONDS.sleep(6);
        done(two.ask(earn(account, "e2", 1)));
        await(ahead.stop());
        assertEquals(91, sealedAvailable(account));
    }

    @Test
    void outOfMemoryStillTakesNotices() throws Exception {
        AccountId account = account("oom");
        done(one.ask(earn(account, "e", 100)));
        Dying dying = new Dying(account);
        ProposeReply.Decided decided =
                assertInstanceOf(ProposeReply.Decided.class, dying.propose(earn(account, "e2", 1), null));
        redis(Command.CONFIG, "SET", "maxmemory", "1");
        try {
            assertTrue(dying.call(
                    () -> dying.proposer.noteSealed(account, 2, decided.own().id())));
        } finally {
            redis(Command.CONFIG, "SET", "maxmemory", "0");
        }
    }

    @Test
    void reversalsOnAHotAccountAreNotStarved() throws Exception {
        AccountId account = account("hot");
        done(one.ask(earn(account, "e", 1_000_000)));
        List<SealedOperation> redeemed = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            redeemed.add(done(one.ask(redeem(account, "r" + i, 1))));
        }
        AtomicBoolean stop = new AtomicBoolean();
        Queue<String> unanswered = new ConcurrentLinkedQueue<>();
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 60; t++) {
            int n = t;
            Thread thread = new Thread(() -> {
                for (int i = 0; !stop.get(); i++) {
                    try {
                        done((n % 2 == 0 ? one : two).ask(redeem(account, "x" + n + "-" + i, 1)));
                    } catch (RuntimeException e) {
                        unanswered.add(e.toString());
                    }
                }
            });
            thread.start();
            threads.add(thread);
        }
        TimeUnit.MILLISECONDS.sleep(500);
        int starved = 0;
        for (int i = 0; i < 40; i++) {
            try {
                done((i % 2 == 0 ? one : two)
                        .ask(reverse(account, "v" + i, redeemed.get(i).id(), null)));
            } catch (Unavailable e) {
                starved++;
            }
        }
        stop.set(true);
        for (Thread thread : threads) {
            thread.join();
        }
        assertEquals(0, starved);
        assertEquals(List.of(), List.copyOf(unanswered));
    }

    @Test
    void aLostCommitReplyIsNotedInRedis() throws Exception {
        try (RedisProxy proxy = new RedisProxy(backends.postgres().port())) {
            TestGateway victim = new TestGateway(
                    List.of(TestGateway.options(backends.postgres(), "attack_test")
                            .setPort(proxy.port())),
                    new RedisOptions().setConnectionString(backends.redis().url()),
                    SETTINGS);
            AccountId account = account("lost-reply");
            done(victim.ask(earn(account, "e", 100)));
            TimeUnit.MILLISECONDS.sleep(100);
            proxy.mute = true;
            CompletableFuture<Answer> answer = victim.submit(redeem(account, "r", 10));
            TimeUnit.MILLISECONDS.sleep(300);
            proxy.mute = false;
            proxy.cut();
            done(get(answer));
            TimeUnit.MILLISECONDS.sleep(300);
            boolean noted = victim.gateway.peek(account).await().indefinitely().isSealed();
            assertEquals(
                    2,
                    victim.gateway
                            .findByKey(account, "r")
                            .await()
                            .indefinitely()
                            .operation()
                            .version());
            victim.close();
            assertTrue(noted);
        }
    }

    @Test
    void anImageWithoutItsNotesIsLoadedAfresh() {
        AccountId account = account("no-notes");
        done(one.ask(earn(account, "e", 100)));
        redis(Command.HDEL, account.redisKey(), "s");
        done(one.ask(redeem(account, "r", 10)));
    }

    /** As many as there may be: nobody holds them, so nobody would ever make room. */
    @Test
    void anAccountThatIsSaidToBeFullIsLoadedAfresh() {
        for (boolean unsealed : new boolean[] {false, true}) {
            AccountId account = account("full-" + unsealed);
            done(one.ask(earn(account, "e", 100)));
            redis(Command.HSET, account.redisKey(), "h", "99999");
            if (unsealed) {
                redis(Command.PERSIST, account.redisKey());
            }
            served(account);
        }
    }

    /** A version that the image has, too. */
    @Test
    void anImageOfManyUnsealedVersionsIsLoadedAfresh() {
        AccountId account = account("full-image");
        done(one.ask(earn(account, "e", 100)));
        edit(account, "i", "\"version\":1,", "\"version\":99999,");
        redis(Command.HSET, account.redisKey(), "h", "99999");
        served(account);
    }

    private static void served(AccountId account) {
        Awaitility.await()
                .atMost(Duration.ofSeconds(5))
                .ignoreException(Unavailable.class)
                .until(() -> done(one.ask(redeem(account, "r", 1))).ok());
    }

    /** Each earn would be made again for a day that no calendar has, and refused for good. */
    @ParameterizedTest
    @ValueSource(
            strings = {"9223372036854775807", "9223372036854774784", "10000000000000000000", "-5", "4102444800000"})
    void anImageOfAnImpossibleTimeIsLoadedAfresh(String at) {
        AccountId account = account("at" + at);
        SealedOperation first = done(one.ask(earn(account, "e", 100)));
        edit(account, "i", "\"at\":" + first.image().at(), "\"at\":" + at);
        LongFunction<Operation> day = ms -> Ask.of(OperationType.EARN, account)
                .key("e2", "earn")
                .points(7L)
                .lot(Math.floorDiv(ms, 86_400_000L) + 400, null)
                .until(Math.multiplyExact(Math.floorDiv(ms, 86_400_000L) + 1, 86_400_000L))
                .build();
        Answer answer = one.gateway
                .submit(day.apply(System.currentTimeMillis()), day)
                .await()
                .atMost(Duration.ofSeconds(10));
        assertEquals(107, done(answer).image().state().available());
    }

    /** A day that no calendar has, or points that no lot has: it is not told. */
    @Test
    void whatMakesNoSenseIsReadFromPostgres() {
        AccountId account = account("no-sense");
        done(one.ask(earn(account, "e", 100)));
        for (String[] edit :
                new String[][] {{"\"lots\":[[", "\"lots\":[[50000000000"}, {"\"available\":100", "\"available\":777"}
                }) {
            edit(account, "i", edit[0], edit[1]);
            var state = one.gateway.peek(account).await().indefinitely().image().state();
            assertTrue(state.isConsistent());
            assertEquals(100, state.available());
            redis(Command.DEL, account.redisKey());
            assertEquals(
                    100,
                    one.gateway
                            .peek(account)
                            .await()
                            .indefinitely()
                            .image()
                            .state()
                            .available());
            Awaitility.await()
                    .atMost(Duration.ofSeconds(5))
                    .until(() -> redis(Command.EXISTS, account.redisKey()).toInteger() == 1);
        }
    }

    /** Facts that were read at the true head count as outdated for ever. */
    @Test
    void aSealedHeadThatIsNoneIsFound() {
        AccountId account = account("wrong-s");
        done(one.ask(earn(account, "e", 100)));
        redis(Command.HSET, account.redisKey(), "s", "1 " + UUID.randomUUID());
        assertEquals(
                ComparisonResult.WRONG,
                get(one.gateway.compare(account).toCompletionStage().toCompletableFuture()));
        assertEquals(0, redis(Command.EXISTS, account.redisKey()).toInteger());
    }

    @Test
    void anEditedUnsealedProposalMintsNothing() throws Exception {
        AccountId account = account("mint");
        done(one.ask(earn(account, "e", 100)));
        assertInstanceOf(ProposeReply.Decided.class, new Dying(account).propose(earn(account, "e2", 7), null));
        edit(account, "u2", "[\"earn\",7,0,0,0,107,", "[\"earn\",7000,0,0,0,7100,");
        edit(account, "u2", "\"available\":107", "\"available\":7100");
        done(two.ask(earn(account, "e3", 1)));
        assertEquals(101, sealedAvailable(account)); // a helper does not seal what it can't trust
    }

    @Test
    void aHoldIsVoidedByKeyThreeTimes() throws Exception {
        AccountId account = account("thrice");
        done(one.ask(earn(account, "e", 100)));
        done(one.ask(hold(account, "h", 40)));
        List<String> outcomes = new ArrayList<>();
        for (String key : List.of("v1", "v2", "v3")) {
            outcomes.add(done(one.ask(voidKey(account, key, "h"))).outcome());
            assertEquals(100, sealedAvailable(account));
        }
        assertEquals(List.of("ok", "voided", "voided"), outcomes);
    }

    @Test
    void capturesStillWork() {
        AccountId account = account("c");
        done(one.ask(earn(account, "e", 100)));
        SealedOperation held = done(one.ask(hold(account, "h", 40)));
        done(two.ask(capture(account, "c", held.id())));
    }
}
