package dev.stampede.gateway;

import static dev.stampede.support.TestGateway.account;
import static dev.stampede.support.TestGateway.done;
import static dev.stampede.support.TestGateway.earn;
import static dev.stampede.support.TestGateway.get;
import static dev.stampede.support.TestGateway.redeem;
import static dev.stampede.support.TestGateway.reverse;
import static dev.stampede.support.TestGateway.voidKey;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.account.AccountId;
import dev.stampede.account.Proposal;
import dev.stampede.points.Refusal;
import dev.stampede.seal.Outcome;
import dev.stampede.support.Backends;
import dev.stampede.support.Parts;
import dev.stampede.support.TestGateway;
import io.vertx.redis.client.Command;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What a third attack on the write path found. */
class Attack3Test {
    private static final Map<String, String> SETTINGS = Map.of(
            "stampede.seal.sealers", "1",
            "stampede.gateway.orphan-age", "0s",
            "stampede.gateway.compare-interval", "1h",
            "stampede.gateway.sweep-interval", "1h");
    private static Backends backends;
    private static TestGateway one;
    private static Parts dying;

    @BeforeAll
    static void start() {
        backends = Backends.shared();
        TestGateway.migrate(backends.freshDatabase("attack3_test"));
        one = gateway();
        dying = new Parts(one);
    }

    private static TestGateway gateway() {
        return new TestGateway(
                backends.postgres(), "attack3_test", backends.redis().port(), SETTINGS);
    }

    @AfterAll
    static void stop() {
        dying.close();
        one.close();
    }

    private static ComparisonResult compare(TestGateway gateway, AccountId account) {
        return get(gateway.gateway.compare(account).toCompletionStage().toCompletableFuture());
    }

    /** 1,000 unsealed operations: as many as there may be. A void with its tombstone would make it 1,001. */
    private static List<Proposal> brim(AccountId account) {
        done(one.ask(earn(account, "e", 100)));
        List<Proposal> all = new ArrayList<>();
        for (int i = 0; i < 999; i++) {
            all.add(last(dying.propose(earn(account, "k" + i, 1))));
        }
        AssertionError refused = assertThrows(
                AssertionError.class,
                () -> dying.propose(voidKey(account, "v", "never"), dying.facts(account, UUID.randomUUID())));
        assertTrue(refused.getMessage().contains("TooManyUnsealed"), refused.getMessage());
        all.add(last(dying.propose(earn(account, "k999", 1))));
        return all;
    }

    private static Proposal last(List<Proposal> chain) {
        return chain.get(chain.size() - 1);
    }

    /** A gateway seals them and dies before it tells Redis: nobody else may be locked out for ever. */
    @Test
    void aFullAccountIsNotFullForEver() throws Exception {
        AccountId account = account("brim");
        List<Proposal> all = brim(account);
        assertEquals(1000, all.size());
        assertEquals(Outcome.SEALED, dying.seal(all));
        Awaitility.await("the account stays full, though everything is sealed")
                .atMost(Duration.ofSeconds(10))
                .pollInterval(Duration.ofMillis(200))
                .ignoreException(Unavailable.class)
                .until(() ->
                        done(one.ask(earn(account, "later", 1))).image().state().available() == 1101);
    }

    /** Nobody may be told that a call never happened while it may still be sealed. */
    @Test
    void anUnsealedKeyIsNotForgotten() {
        AccountId account = account("brim-key");
        List<Proposal> all = brim(account);
        try {
            var found = get(one.gateway.findByKey(account, "k0").subscribeAsCompletionStage());
            assertNotNull(found.operation(), "said to be unknown, and sealed later: " + dying.seal(all));
        } catch (Unavailable e) {
            assertEquals(Unavailable.Code.OUTCOME_UNKNOWN, e.code());
        }
    }

    /** Some of a rush are refused for want of memory; notices, which free it, are still taken. */
    @Test
    void outOfMemoryInARushStillTakesNotices() throws Exception {
        try (TestGateway rushed = gateway()) {
            AccountId account = account("oom-told");
            done(rushed.ask(earn(account, "e", 100)));
            List<Proposal> own = dying.propose(earn(account, "k", 1));
            for (int i = 0; i < 20; i++) {
                done(rushed.ask(earn(account("oom-" + i), "e", 100)));
            }
            dying.redis(Command.CONFIG, "SET", "maxmemory", "1");
            try {
                assertEquals(Outcome.SEALED, dying.seal(own));
                List<CompletableFuture<Answer>> rush = new ArrayList<>();
                for (int i = 0; i < 20; i++) {
                    rush.add(rushed.submit(earn(account("oom-" + i), "e2", 100)));
                }
                for (CompletableFuture<Answer> each : rush) {
                    each.handle((a, e) -> null).get(20, TimeUnit.SECONDS);
                }
                TimeUnit.SECONDS.sleep(3);
                assertTrue(rushed.gateway.redisUp(), "the connection to Redis does not come back");
                assertEquals(ComparisonResult.ORPHANS, compare(rushed, account));
            } finally {
                dying.redis(Command.CONFIG, "SET", "maxmemory", "0");
            }
        }
    }

    /** An image with unsealed operations was copied under another account's name: they are none of that account's. */
    @Test
    void anIdThatTwoLanesHaveStopsNobodyElse() {
        AccountId a = account("dup-0");
        AccountId b = account("dup-1");
        for (int i = 2; b.lane() <= a.lane(); i++) {
            b = account("dup-" + i);
        }
        List<Proposal> chain = dying.propose(earn(a, "e", 100));
        dying.restore(b, dying.redis(Command.DUMP, a.redisKey()).toBuffer());
        try (TestGateway stopped = gateway()) {
            Answer.Refused refused = assertInstanceOf(Answer.Refused.class, stopped.ask(redeem(b, "r", 10)));
            assertEquals(Refusal.ACCOUNT_NOT_FOUND, refused.refusal());
            assertEquals(Outcome.SEALED, dying.seal(chain));
            CompletableFuture<Answer> reversal =
                    stopped.submit(reverse(a, "rev", chain.get(0).id(), null));
            try {
                done(get(reversal));
            } catch (Unavailable e) {
                assertEquals(Unavailable.Code.OUTCOME_UNKNOWN, e.code());
            }
            done(stopped.ask(earn(account("innocent"), "e", 1)));
        }
    }

    /** Somebody put something else under the account's name. */
    @Test
    void theComparisonReplacesWhatIsNoHash() {
        AccountId account = account("no-hash");
        done(one.ask(earn(account, "e", 100)));
        dying.redis(Command.DEL, account.redisKey());
        dying.redis(Command.SET, account.redisKey(), "x");
        List<CompletableFuture<Answer>> rush = new ArrayList<>();
        CompletableFuture<ComparisonResult> compared =
                one.gateway.compare(account).toCompletionStage().toCompletableFuture();
        for (int i = 0; i < 20; i++) {
            rush.add(one.submit(earn(account("hash-" + i), "e", 100)));
        }
        // with others in one piece it costs the connection: a call that comes after that is refused, and not done
        List<AccountId> refused = new ArrayList<>();
        for (int i = 0; i < rush.size(); i++) {
            try {
                done(get(rush.get(i)));
            } catch (Unavailable e) {
                assertEquals(Unavailable.Code.UNAVAILABLE, e.code());
                refused.add(account("hash-" + i));
            }
        }
        String said;
        try {
            said = String.valueOf(get(compared));
        } catch (RuntimeException e) {
            said = e.toString();
        }
        assertNotEquals(ComparisonResult.NONE.toString(), said);
        Awaitility.await().atMost(Duration.ofSeconds(20)).until(one.gateway::redisUp);
        for (AccountId other : refused) {
            assertNull(get(one.gateway.findByKey(other, "e").subscribeAsCompletionStage())
                    .operation());
        }
        // alone it is repaired
        ComparisonResult alone = compare(one, account);
        assertTrue(alone == ComparisonResult.WRONG || alone == ComparisonResult.NONE, () -> "not repaired: " + alone);
        assertEquals(ComparisonResult.NONE, compare(one, account));
    }

    /** A newer release has put the account into Redis: its gateways compare it, this one does not throw it away. */
    @Test
    void whatANewerReleaseHasPutThereStays() {
        AccountId account = account("newer");
        done(one.ask(earn(account, "e", 100)));
        dying.redis(Command.HSET, account.redisKey(), "f", "3 elsewhere");
        assertEquals(ComparisonResult.NONE, compare(one, account));
        assertEquals(
                "3 elsewhere",
                dying.redis(Command.HGET, account.redisKey(), "f").toString());
        // it may hold operations that are not sealed yet, of which nobody here knows
        dying.redis(Command.HSET, account.redisKey(), "k:of-the-newer", "2 " + UUID.randomUUID());
        Unavailable unknown = assertThrows(
                Unavailable.class,
                () -> get(one.gateway.findByKey(account, "of-the-newer").subscribeAsCompletionStage()));
        assertEquals(Unavailable.Code.OUTCOME_UNKNOWN, unknown.code());
        // whoever is asked for the account here reads it from Postgres, and goes on with that
        assertEquals(101, done(one.ask(earn(account, "e2", 1))).image().state().available());
    }

    /** Redis' host dies without a word, as at a partition: the connection stays open, new ones would work. */
    @Test
    void aConnectionThatHangsIsReplaced() throws Exception {
        java.util.concurrent.atomic.AtomicBoolean[] frozen = {new java.util.concurrent.atomic.AtomicBoolean()};
        try (var server = new java.net.ServerSocket(0, 50, java.net.InetAddress.getLoopbackAddress())) {
            daemon(() -> {
                try {
                    while (true) {
                        var client = server.accept();
                        var redis = new java.net.Socket(
                                java.net.InetAddress.getLoopbackAddress(),
                                backends.redis().port());
                        var mine = frozen[0];
                        daemon(() -> pump(client, redis, mine));
                        daemon(() -> pump(redis, client, mine));
                    }
                } catch (java.io.IOException e) {
                    // closed
                }
            });
            try (TestGateway victim =
                    new TestGateway(backends.postgres(), "attack3_test", server.getLocalPort(), SETTINGS)) {
                done(victim.ask(earn(account("hung"), "e", 100)));
                var dead = frozen[0];
                frozen[0] = new java.util.concurrent.atomic.AtomicBoolean();
                dead.set(true);
                CompletableFuture<Answer> cutOff = victim.submit(earn(account("hung"), "e2", 100));
                Awaitility.await()
                        .alias("a new connection to Redis")
                        .atMost(Duration.ofSeconds(15))
                        .pollDelay(Duration.ofMillis(200))
                        .until(() -> cutOff.isDone() && victim.gateway.redisUp());
                assertEquals(
                        200,
                        done(victim.ask(earn(account("hung"), "e2", 100)))
                                .image()
                                .state()
                                .available());
            }
        }
    }

    private static void daemon(Runnable runnable) {
        Thread thread = new Thread(runnable);
        thread.setDaemon(true);
        thread.start();
    }

    private static void pump(
            java.net.Socket from, java.net.Socket to, java.util.concurrent.atomic.AtomicBoolean frozen) {
        byte[] bytes = new byte[65536];
        try {
            for (int n = from.getInputStream().read(bytes);
                    n >= 0;
                    n = from.getInputStream().read(bytes)) {
                if (!frozen.get()) {
                    to.getOutputStream().write(bytes, 0, n);
                    to.getOutputStream().flush();
                }
            }
        } catch (java.io.IOException e) {
            // cut
        }
    }
}
