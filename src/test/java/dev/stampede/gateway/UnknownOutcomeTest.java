package dev.stampede.gateway;

import static dev.stampede.support.TestGateway.account;
import static dev.stampede.support.TestGateway.done;
import static dev.stampede.support.TestGateway.earn;
import static dev.stampede.support.TestGateway.get;
import static dev.stampede.support.TestGateway.redeem;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.account.AccountId;
import dev.stampede.account.Operation;
import dev.stampede.account.SealedOperation;
import dev.stampede.embedded.EmbeddedRedisServer;
import dev.stampede.support.Backends;
import dev.stampede.support.LedgerCheck;
import dev.stampede.support.SharedBinaries;
import dev.stampede.support.TestGateway;
import dev.stampede.support.Wire;
import dev.stampede.support.Wire.Harm;
import io.vertx.redis.client.RedisOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Postgres or Redis doesn't answer: nobody is told what is not known, and nothing happens twice. */
@Tag("servers")
class UnknownOutcomeTest {
    private static final long HANG_LIMIT_MS = 300;

    @TempDir
    Path directory;

    private Wire wire;
    private EmbeddedRedisServer redis;
    private TestGateway gateway;
    private LedgerCheck ledger;

    @BeforeEach
    void start() throws Exception {
        Backends backends = Backends.shared();
        String jdbcUrl = backends.freshDatabase("unknown_outcome_test");
        TestGateway.migrate(jdbcUrl);
        wire = new Wire(backends.postgres().port());
        SharedBinaries.linkInto(Files.createDirectory(directory.resolve("redis")));
        redis = EmbeddedRedisServer.startOpen(directory.resolve("redis"));
        gateway = new TestGateway(
                List.of(TestGateway.options(backends.postgres(), "unknown_outcome_test")
                        .setPort(wire.port())),
                new RedisOptions().setConnectionString(redis.url()),
                Map.of(
                        "stampede.seal.call-timeout", "1s",
                        "stampede.seal.hang-limit", HANG_LIMIT_MS + "ms",
                        "stampede.redis.command-timeout", "500ms",
                        "stampede.gateway.answer-timeout", "3s",
                        "stampede.gateway.max-in-flight", "50"));
        ledger = new LedgerCheck(jdbcUrl);
    }

    @AfterEach
    void stop() {
        ledger.consistent();
        gateway.close();
        redis.close();
        wire.close();
    }

    private void refusedAtOnce(Operation operation) {
        long start = System.nanoTime();
        Unavailable refused = assertThrows(Unavailable.class, () -> gateway.ask(operation));
        assertEquals(Unavailable.Code.UNAVAILABLE, refused.code());
        assertTrue(System.nanoTime() - start < TimeUnit.SECONDS.toNanos(1), "not at once");
    }

    private void survives(Harm harm) throws Exception {
        AccountId account = account("cut");
        done(gateway.ask(earn(account, "e", 100)));
        CountDownLatch happened = wire.atNextSeal(harm);
        CompletableFuture<Answer> answer = gateway.submit(redeem(account, "k", 30));
        assertTrue(happened.await(5, TimeUnit.SECONDS), "the seal was not met");
        assertEquals(70, done(get(answer)).image().state().available());
        assertEquals(1, ledger.byKey(account, "k").size());
        assertEquals(
                69, done(gateway.ask(redeem(account, "k2", 1))).image().state().available());
    }

    @Test
    void cutBeforeItWasCommitted() throws Exception {
        survives(Harm.BEFORE_THE_REQUEST);
    }

    @Test
    void cutAfterItWasCommitted() throws Exception {
        survives(Harm.BEFORE_THE_REPLY);
    }

    @Test
    void silenceAfterTheStatement() throws Exception {
        survives(Harm.SILENCE);
    }

    @Test
    void whilePostgresIsAwayWritesAreRefusedAtOnceAndBalancesGoOn() throws Exception {
        AccountId account = account("away");
        done(gateway.ask(earn(account, "e", 100)));
        wire.state(Wire.State.DOWN);
        CompletableFuture<Answer> first = gateway.submit(redeem(account, "k", 30));
        // refused, or of unknown outcome: then its points are set aside in Redis until it is known
        Unavailable.Code how = assertThrows(Unavailable.class, () -> get(first)).code();
        for (int i = 0; i < 100; i++) {
            refusedAtOnce(redeem(account, "k" + i, 1));
        }
        assertEquals(
                how == Unavailable.Code.UNAVAILABLE ? 100 : 70,
                get(gateway.gateway.peek(account).subscribeAsCompletionStage())
                        .image()
                        .state()
                        .available());
        wire.state(Wire.State.UP);
        SealedOperation later = null;
        for (int i = 0; i < 100 && later == null; i++) {
            try {
                later = done(gateway.ask(redeem(account, "k", 30)));
            } catch (Unavailable e) {
                TimeUnit.MILLISECONDS.sleep(50);
            }
        }
        assertEquals(70, later.image().state().available());
    }

    /** Nobody is sealing, and an account would have to be loaded: Postgres is asked each second whether it is there. */
    @Test
    void aPostgresThatHangsIsNoticedWhileNothingIsSealed() throws Exception {
        wire.state(Wire.State.FROZEN);
        TimeUnit.MILLISECONDS.sleep(1000 + HANG_LIMIT_MS + 100);
        refusedAtOnce(earn(account("cold"), "e", 1));
        wire.state(Wire.State.UP);
        for (int i = 0; i < 100 && gateway.gateway.primary() == null; i++) {
            TimeUnit.MILLISECONDS.sleep(50);
        }
    }

    /** Where nobody answers a call, no further ones shall wait to learn that, nor while it is sent again. */
    @Test
    void whilePostgresHangsWritesAreRefusedAtOnce() throws Exception {
        AccountId account = account("hangs");
        done(gateway.ask(earn(account, "e", 100)));
        wire.state(Wire.State.FROZEN);
        CompletableFuture<Answer> first = gateway.submit(redeem(account, "k", 30));
        TimeUnit.MILLISECONDS.sleep(HANG_LIMIT_MS + 100);
        // past the first call's time limit, and the connections that are tried after it
        long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(1500);
        for (int i = 0; System.nanoTime() < until; i++) {
            refusedAtOnce(redeem(account, "k" + i, 1));
            TimeUnit.MILLISECONDS.sleep(20);
        }
        wire.state(Wire.State.UP);
        assertEquals(70, done(get(first)).image().state().available());
        assertEquals(
                69, done(gateway.ask(redeem(account, "l", 1))).image().state().available());
    }

    @Test
    void inFlightWhenPostgresGoesItIsResolvedWhenItIsBack() throws Exception {
        AccountId account = account("in-flight");
        done(gateway.ask(earn(account, "e", 100)));
        CountDownLatch happened = wire.atNextSeal(Harm.BEFORE_THE_REPLY);
        CompletableFuture<Answer> answer = gateway.submit(redeem(account, "k", 30));
        assertTrue(happened.await(5, TimeUnit.SECONDS));
        wire.state(Wire.State.DOWN);
        // its caller is told in time that nobody knows
        assertEquals(
                Unavailable.Code.OUTCOME_UNKNOWN,
                assertThrows(Unavailable.class, () -> get(answer)).code());
        wire.state(Wire.State.UP);
        Answer.Sealed replay = null;
        for (int i = 0; i < 100 && replay == null; i++) {
            try {
                replay = assertInstanceOf(Answer.Sealed.class, gateway.ask(redeem(account, "k", 30)));
            } catch (Unavailable e) {
                TimeUnit.MILLISECONDS.sleep(50);
            }
        }
        assertTrue(replay.replayed());
        assertEquals(70, replay.operation().image().state().available());
        assertEquals(1, ledger.byKey(account, "k").size());
    }

    @Test
    void pastTheLimitItIsRefusedBeforeRedisIsTouched() throws Exception {
        AccountId account = account("overload");
        done(gateway.ask(earn(account, "e", 1000)));
        List<CompletableFuture<Answer>> answers = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            answers.add(gateway.submit(redeem(account, "k" + i, 1)));
        }
        int ok = 0;
        int overloaded = 0;
        for (CompletableFuture<Answer> answer : answers) {
            try {
                done(get(answer));
                ok++;
            } catch (Unavailable e) {
                assertEquals(Unavailable.Code.OVERLOADED, e.code());
                overloaded++;
            }
        }
        assertTrue(ok > 0, "nothing was answered");
        assertTrue(overloaded > 0, "nothing was refused");
        assertEquals(ok, ledger.count("SELECT count(*) FROM operation WHERE type = 'redeem'"));
        // what was refused is not counted for ever
        assertEquals(0, gateway.registry.get("stampede.in.flight").gauge().value());
        done(gateway.ask(redeem(account, "last", 1)));
    }

    @Test
    void whileRedisIsAwayBalancesComeFromPostgres() throws Exception {
        AccountId account = account("no-redis");
        done(gateway.ask(earn(account, "e", 100)));
        redis.kill();
        assertEquals(
                100,
                get(gateway.gateway.peek(account).subscribeAsCompletionStage())
                        .image()
                        .state()
                        .available());
        assertThrows(Unavailable.class, () -> gateway.ask(redeem(account, "k", 30)));
        redis.restart();
        SealedOperation later = null;
        for (int i = 0; i < 100 && later == null; i++) {
            try {
                later = done(gateway.ask(redeem(account, "k", 30)));
            } catch (Unavailable e) {
                TimeUnit.MILLISECONDS.sleep(50);
            }
        }
        assertEquals(70, later.image().state().available());
        assertEquals(1, ledger.byKey(account, "k").size());
    }
}
